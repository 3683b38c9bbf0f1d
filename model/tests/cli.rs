//! What a user types, and what is said when it is wrong.

use assert_cmd::Command;

fn model(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_model"));
    command.args(arguments);
    command
}

/// Exit status and what was printed, stdout or stderr.
fn ran(arguments: &[&str]) -> (i32, String) {
    let output = model(arguments).output().expect("it starts");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text");
    (output.status.code().expect("not by a signal"), text)
}

#[test]
fn what_is_wrong_is_named_with_what_is_allowed() {
    for (arguments, named) in [
        (
            &["--only", "slotz"][..],
            "there is no such structure; there are backoff",
        ),
        (
            &["--only", "slots", "--part", "museum"],
            "--only chooses among",
        ),
        (&["--part", "proof"], "possible values: proofs"),
        (&["--seed", "x"], "invalid value 'x' for '--seed"),
        (&["--jobs", "0"], "'--jobs"),
        (&["--frobnicate"], "unexpected argument '--frobnicate'"),
        (&["--replay", "slots"], "there is no property `slots`"),
        (
            &["--replay", "slots::none_means_full"],
            "a checker must follow",
        ),
        (&["--replay", "nothing,states"], "there is no such system"),
        (
            &[
                "--replay",
                "slots::none_means_full,loom,bound=3,execution=99999999",
            ],
            "there are only",
        ),
        (
            &[
                "--replay",
                "slots::none_means_full,loom,site=a.rs:1:1,mutation=torn",
            ],
            "there is no atomic operation at a.rs:1:1",
        ),
    ] {
        let (status, text) = ran(arguments);
        assert_eq!(status, 2, "{arguments:?}: {text}");
        assert!(
            text.starts_with("model: ") && text.contains(named),
            "{text}"
        );
    }
}

#[test]
fn limits_that_would_end_a_search_early_are_refused() {
    for variable in [
        "LOOM_MAX_DURATION",
        "LOOM_MAX_PERMUTATIONS",
        "SHUTTLE_RANDOM_SEED",
    ] {
        let output = model(&["--only", "counter"])
            .env(variable, "1")
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(variable));
    }
}

/// A bug of the museum, found, and found again in the same execution by the line that was printed.
#[test]
fn a_failure_is_replayed_by_what_it_printed() {
    let (status, first) = ran(&[
        "--replay",
        "lost_update::at_rest_the_count_is_zero,loom,bound=3",
    ]);
    assert_eq!(status, 3, "{first}");
    let line = first.split("--replay '").nth(1).expect(&first);
    let line = line.split('\'').next().expect(&first);
    let (status, again) = ran(&["--replay", line]);
    assert_eq!(status, 3, "{again}");
    let steps = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.contains("thread "))
            .map(str::to_owned)
            .collect()
    };
    assert!(!steps(&first).is_empty());
    assert_eq!(steps(&first), steps(&again));
}

#[test]
fn findings_are_json_with_the_keys_that_are_promised() {
    let (status, text) = ran(&["--only", "counter", "--format", "json"]);
    assert_eq!(status, 0, "{text}");
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for key in [
        "name",
        "checker",
        "executions",
        "bound",
        "exhaustive",
        "seconds",
        "holds",
    ] {
        assert!(!found["properties"][0][key].is_null(), "{key}");
    }
    for key in ["site", "mutation", "killed_by"] {
        assert!(!found["mutants"][0][key].is_null(), "{key}");
    }
    assert!(found["museum"].is_array());
}
