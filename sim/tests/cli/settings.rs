//! Which of several sources wins, and what `--print-config` says of them.

use super::{SHORT, directory, json, run, sim, stdout};

const SCENARIO: &str = "# What wins?\nload = 0.5\nbackends = 8\nseed = 7\n";

#[test]
fn flag_then_environment_then_file_then_default() {
    let home = directory(&[("a.toml", SCENARIO)]);
    let arguments = ["--scenario", "a.toml", "--load", "0.7", "--print-config"];
    let assert = sim(home.path())
        .args(arguments)
        .env("EVENKEEL_LOAD", "0.6")
        .env("EVENKEEL_BACKENDS", "16")
        .env("EVENKEEL_QUEUE", "")
        .assert()
        .success();
    let text = stdout(&assert);
    let line = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        let (value, origin) = line.split_once(" # ").unwrap();
        (value.trim().to_owned(), origin.to_owned())
    };
    let expect = |key: &str, value: &str, origin: &str| {
        assert_eq!(line(key), (value.to_owned(), origin.to_owned()));
    };
    expect("load", "load = 0.7", "--load");
    expect("backends", "backends = 16", "EVENKEEL_BACKENDS");
    expect("seed", "seed = 7", "a.toml:4: seed");
    expect("queue =", "queue = \"fifo\"", "default");
    expect(
        "# rate",
        "# rate = 1120.0",
        "requests/s, follows from the load",
    );
}

#[test]
fn what_is_more_urgent_displaces_what_it_contradicts() {
    let home = directory(&[("closed.toml", "clients = 5\nthink = \"1s\"\n")]);
    let config = |arguments| stdout(&run(home.path(), arguments).success());
    let open = config("--scenario closed.toml --load 0.5 --print-config");
    assert!(
        open.contains("load = 0.5") && !open.contains("think"),
        "{open}"
    );
    let closed = config("--scenario closed.toml --print-config");
    assert!(closed.contains("think = \"const:1s\""), "{closed}");
    assert!(!closed.contains("load"), "{closed}");
}

#[test]
fn a_printed_config_gives_the_same_bytes() {
    let trace = "time,demand,user\n0,1ms,a\n1,2ms,b\n1,1ms,a\n3,5ms,c\n";
    for arguments in [
        "",
        "--strategy all --backends 5 --load 0.9 --seed 18446744073709551615",
        "--strategy random,weighted --rate 1k --weights 1,2.5 --speeds 2 --queue lifo --timeout 90ms",
        "--clients 7 --think 0s --queue ps --concurrency 2 --queue-limit 3",
        "--clients 3 --think exp:5ms --precision 40%",
        "--strategy two-choices --choices 3 --replacement --secure-rng --dispatchers 3 --staleness 20ms",
        "--strategy maglev,bounded-load --keys zipf:100,s=1.1 --bound 1.5 --warmup 100",
        "--arrivals bursty:peak=5,share=0.1,cycle=1s --service hyperexp:10ms,cv=3 --accept proxy --retries 0",
        "--trace t.csv --trace-key user --requests 4 --strategy random,ring-hash",
        "--arrivals trace:t.csv --load 0.5 --trace-ties keep --requests 3",
        "--trace t.csv --rate 5 --strict --service exp:3ms --requests 4",
        "--scenario-name stale-herd",
    ] {
        let home = directory(&[("t.csv", trace)]);
        // What comes later displaces nothing, so a typed number of requests stands first.
        let short = if arguments.contains("--requests") {
            "--replications 2 --format json"
        } else {
            SHORT
        };
        let typed = format!("{arguments} {short}");
        let direct = run(home.path(), &typed).success();
        let config = stdout(&run(home.path(), &format!("{typed} --print-config")).success());
        std::fs::write(home.path().join("again.toml"), &config).unwrap();
        let again = run(home.path(), "--scenario again.toml --format json").success();
        assert_eq!(stdout(&direct), stdout(&again), "{arguments}\n{config}");
        let twice = run(home.path(), "--scenario again.toml --print-config").success();
        let settings = |text: &str| -> Vec<String> {
            let values = text.lines().map(|line| line.split(" # ").next().unwrap());
            values.map(|value| value.trim().to_owned()).collect()
        };
        assert_eq!(settings(&config), settings(&stdout(&twice)), "{arguments}");
    }
}

#[test]
fn the_result_echoes_what_was_resolved() {
    let home = directory(&[]);
    let arguments = format!("--strategy weighted --rate 500 --seed 3 {SHORT}");
    let result = json(&run(home.path(), &arguments).success());
    assert_eq!(result["seed"], 3);
    assert_eq!(result["version"], env!("CARGO_PKG_VERSION"));
    let scenario = &result["scenario"];
    assert_eq!(scenario["strategy"], serde_json::json!(["weighted"]));
    assert_eq!(scenario["weights"], serde_json::json!([1, 2, 3, 4]));
    assert_eq!(scenario["speeds"], scenario["weights"]);
    assert_eq!(
        (&scenario["rate"], &scenario["load"]),
        (&500.0.into(), &0.5.into())
    );
    assert_eq!(scenario["service"], "exp:10ms");
    assert_eq!(scenario["requests"], 2000);
    let typed = json(&run(
        home.path(),
        &format!("--weights 2 --strategy weighted {SHORT}"),
    ));
    assert_eq!(typed["scenario"]["weights"], serde_json::json!([2]));
}

#[test]
fn every_named_scenario_resolves_and_asks_a_question() {
    let home = directory(&[]);
    let list = stdout(&run(home.path(), "--scenario-name list").success());
    let scenarios = || list.lines().filter_map(|line| line.strip_prefix("  "));
    assert!(scenarios().count() >= 3, "{list}");
    assert!(list.contains("Which strategy:\n"), "{list}");
    for line in scenarios() {
        let (name, question) = line.split_once(' ').unwrap();
        assert!(question.ends_with('?'), "{line}");
        run(home.path(), &format!("--scenario-name {name} {SHORT}")).success();
    }
}

#[test]
fn strategies_are_listed_as_data() {
    let home = directory(&[]);
    let table = stdout(&run(home.path(), "--strategy list").success());
    let rows = table.lines().count() - 1;
    assert!(rows >= 13 && table.contains("least-connections"), "{table}");
    let all = json(&run(home.path(), "--strategy list --format json").success());
    assert_eq!(all.as_array().unwrap().len(), rows);
    let csv = stdout(&run(home.path(), "--strategy list --format csv").success());
    assert_eq!(csv.lines().count(), rows + 1);
}

#[test]
fn a_warm_up_is_left_out_where_it_is_asked_for() {
    let home = directory(&[]);
    const NOTE: &str = "no warm-up is left out";
    for (typed, discarded, noted) in [
        ("--fault crash:1@1s+1s", 0, true),
        ("--series s.csv", 0, true),
        ("--fault crash:1@1s+1s --warmup 500", 1000, false),
        ("--series s.csv --warmup 500", 1000, false),
        ("--fault crash:1@1s+1s --warmup 0", 0, false),
        ("--warmup 500", 1000, false),
    ] {
        let assert = run(home.path(), &format!("{typed} {SHORT}")).success();
        let result = json(&assert);
        assert_eq!(
            result["results"][0]["warmup_discarded"], discarded,
            "{typed}"
        );
        assert_eq!(stdout(&assert).contains(NOTE), noted, "{typed}");
    }
    let origin = |typed: &str| {
        let config = stdout(&run(home.path(), &format!("{typed} --print-config")).success());
        let line = config.lines().find(|line| line.starts_with("warmup"));
        let line = line.unwrap().split_whitespace().collect::<Vec<_>>();
        line.join(" ")
    };
    assert_eq!(origin(""), "warmup = \"auto\" # default");
    assert_eq!(
        origin("--retries 1"),
        "warmup = \"auto\" # default; nothing where there are faults or controls"
    );
    assert_eq!(origin("--retries 1 --warmup 3"), "warmup = 3 # --warmup");
}
