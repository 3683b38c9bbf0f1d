//! Variants of a scenario: what each says instead, who wins, and that all face the same requests.

use serde_json::Value;

use super::{directory, json, run, sim, stderr, stdout};

const LIMITS: &str = "\
# Does a limit on the queue help those who are served?
strategy = \"two-choices\"
load = 1.2
timeout = \"100ms\"
base = \"without a limit\"
requests = \"5k\"
replications = 3

[variant.\"with a limit\"]
queue-limit = 3

[variant.lifo]
queue = \"lifo\"
";

fn variants(result: &Value) -> Vec<&str> {
    let results = result["results"].as_array().unwrap().iter();
    results
        .map(|result| result["variant"].as_str().unwrap())
        .collect()
}

#[test]
fn each_is_what_the_same_settings_alone_are() {
    let home = directory(&[("a.toml", LIMITS)]);
    let all = json(&run(home.path(), "--scenario a.toml --format json").success());
    assert_eq!(variants(&all), ["without a limit", "with a limit", "lifo"]);
    let alone = "--strategy two-choices --load 1.2 --timeout 100ms --requests 5k --replications 3 --format json";
    for (at, more) in ["", "--queue-limit 3", "--queue lifo"].iter().enumerate() {
        let alone = json(&run(home.path(), &format!("{alone} {more}")).success());
        let mut result = all["results"][at].clone();
        result.as_object_mut().unwrap().remove("variant");
        assert_eq!(result, alone["results"][0]);
        assert!(alone.get("story").is_none() && alone["scenario"].get("base").is_none());
    }
    assert_eq!(all["scenario"]["base"], "without a limit");
    let said = serde_json::json!({"lifo": {"queue": "lifo"}, "with a limit": {"queue-limit": 3}});
    assert_eq!(all["scenario"]["variant"], said);
}

#[test]
fn they_are_compared_replication_by_replication() {
    let home = directory(&[("a.toml", LIMITS)]);
    let all = json(&run(home.path(), "--scenario a.toml --format json").success());
    let comparisons = all["comparisons"].as_array().unwrap();
    assert_eq!(comparisons.len(), 3 * 3, "{comparisons:?}");
    let share = |result: &Value| {
        result["completed"].as_f64().unwrap() / result["requests"].as_f64().unwrap()
    };
    let found = comparisons
        .iter()
        .find(|pair| pair["metric"] == "completed_share" && pair["b_variant"] == "with a limit")
        .unwrap();
    assert_eq!(found["a_variant"], "without a limit");
    assert_eq!(
        (&found["a"], &found["b"]),
        (&"two-choices".into(), &"two-choices".into())
    );
    let expected = share(&all["results"][1]) - share(&all["results"][0]);
    let difference = found["difference"].as_f64().unwrap();
    assert!(
        (difference - expected).abs() < 0.01 && difference > 0.05,
        "{difference}"
    );
    assert_eq!(found["significant"], true);
}

#[test]
fn several_strategies_are_compared_within_a_variant_and_each_with_itself() {
    let home = directory(&[("a.toml", LIMITS)]);
    let typed = "--scenario a.toml --strategy random,two-choices --load 0.5 --format json";
    let all = json(&run(home.path(), typed).success());
    assert_eq!(all["results"].as_array().unwrap().len(), 6);
    for pair in all["comparisons"].as_array().unwrap() {
        assert!(
            pair["a"] == pair["b"] || pair["a_variant"] == pair["b_variant"],
            "{pair}"
        );
    }
    let means = all["comparisons"].as_array().unwrap().iter();
    let means = means.filter(|pair| pair["metric"] == "response_time_seconds.mean");
    assert_eq!(means.count(), 3 + 2 * 3);
}

/// What varies may be the strategy.
#[test]
fn variants_with_a_strategy_each_are_compared() {
    let text = "strategy = \"random\"\nrequests = 2000\nreplications = 2\n[variant.better]\nstrategy = \"two-choices\"\n";
    let home = directory(&[("a.toml", text)]);
    let all = json(&run(home.path(), "--scenario a.toml --format json").success());
    let pair = &all["comparisons"][0];
    assert_eq!(
        (&pair["a"], &pair["b"]),
        (&"random".into(), &"two-choices".into())
    );
    assert_eq!(pair["b_variant"], "better");
}

#[test]
fn threads_change_no_byte() {
    let home = directory(&[("a.toml", LIMITS)]);
    for format in ["json", "csv", "table"] {
        let with = |jobs| {
            let typed = format!("--scenario a.toml --format {format} --jobs {jobs}");
            stdout(&run(home.path(), &typed).success())
        };
        assert_eq!(with(1), with(2));
    }
}

#[test]
fn some_may_be_selected() {
    let home = directory(&[("a.toml", LIMITS)]);
    let selected = |names: &str| {
        let mut command = sim(home.path());
        let arguments = [
            "--scenario",
            "a.toml",
            "--format",
            "json",
            "--variant",
            names,
        ];
        json(&command.args(arguments).assert().success())
    };
    let two = selected("lifo,without a limit");
    assert_eq!(variants(&two), ["lifo", "without a limit"]);
    let one = selected("with a limit");
    assert_eq!(variants(&one), ["with a limit"]);
    assert_eq!(one["story"].as_array().unwrap().len(), 1);
    let all = json(&run(home.path(), "--scenario a.toml --format json").success());
    assert_eq!(one["results"][0], all["results"][1]);
}

/// Otherwise all variants would be the same.
#[test]
fn what_is_typed_holds_where_a_variant_says_nothing_else() {
    let home = directory(&[("a.toml", LIMITS)]);
    let mut command = sim(home.path());
    command.args("--scenario a.toml --queue-limit 9 --print-config".split(' '));
    let text = stdout(&command.env("EVENKEEL_QUEUE", "ps").assert().success());
    let values: Vec<&str> = text
        .lines()
        .map(|line| line.split(" #").next().unwrap().trim())
        .filter(|line| line.starts_with("queue") || line.starts_with('['))
        .collect();
    assert_eq!(
        values,
        [
            "queue = \"ps\"",
            "queue-limit = 9",
            "[variant.\"with a limit\"]",
            "queue-limit = 3",
            "[variant.\"lifo\"]",
            "queue = \"lifo\"",
        ]
    );
}

#[test]
fn a_printed_config_has_all_variants_and_gives_the_same_bytes() {
    let closed = "clients = 5\nrequests = 2000\nreplications = 2\nstrategy = \"random\"\n\
                  [variant.\"open, \\\"weighted\\\"\"]\nload = 0.7\nstrategy = \"weighted\"\n\
                  [variant.rate]\nrate = 100\nspeeds = [1, 2]\ntimeout = \"90ms\"\n"
        .replace("open, ", "open ");
    for text in [LIMITS, &closed] {
        let home = directory(&[("a.toml", text)]);
        let config = stdout(&run(home.path(), "--scenario a.toml --print-config").success());
        std::fs::write(home.path().join("again.toml"), &config).unwrap();
        for format in ["json", "table"] {
            let bytes = |name: &str| {
                let typed = format!("--scenario {name} --format {format}");
                stdout(&run(home.path(), &typed).success())
            };
            assert_eq!(bytes("a.toml"), bytes("again.toml"), "{config}");
        }
        let twice = stdout(&run(home.path(), "--scenario again.toml --print-config").success());
        let settings = |text: &str| -> Vec<String> {
            let values = text.lines().map(|line| line.split(" # ").next().unwrap());
            values.map(|value| value.trim().to_owned()).collect()
        };
        assert_eq!(settings(&config), settings(&twice));
    }
}

#[test]
fn refusals_name_the_line_or_what_there_is() {
    let files = [
        ("good.toml", LIMITS),
        (
            "key.toml",
            "load = 0.5\n[variant.a]\nbackends = 3\nlaod = 0.8\n",
        ),
        ("value.toml", "[variant.a]\n\nload = 0\n"),
        ("seed.toml", "[variant.a]\nseed = 2\n"),
        ("empty.toml", "load = 0.5\n[variant.a]\n"),
        ("flat.toml", "load = 0.5\nvariant = \"a\"\n"),
        ("base.toml", "load = 0.5\nbase = \"a\"\n"),
        ("twice.toml", "base = \"a\"\n[variant.a]\nload = 0.5\n"),
        (
            "inherited.toml",
            "weights = [1, 2, 3]\n[variant.few]\nbackends = 2\n",
        ),
        ("trace.csv", "time,demand\n0,1ms\n1,2ms\n2,1ms\n"),
        (
            "length.toml",
            "load = 0.5\n[variant.a]\ntrace = \"trace.csv\"\n",
        ),
        ("both.toml", "[variant.a]\nload = 0.5\nrate = 7\n"),
        ("own.toml", "[variant.a]\ntrace = \"trace.csv\"\n"),
    ];
    let home = directory(&files);
    for (arguments, fragments) in [
        (
            "--scenario key.toml",
            &["key.toml:4: ", "`laod` is not a setting"][..],
        ),
        (
            "--scenario value.toml",
            &["value.toml:3: load", "`0`", "(variant `a`)"],
        ),
        (
            "--scenario seed.toml",
            &["seed.toml:2: seed", "same requests"],
        ),
        (
            "--scenario empty.toml",
            &["empty.toml:2: variant", "differs in nothing"],
        ),
        (
            "--scenario flat.toml",
            &["flat.toml:2: variant", "[variant."],
        ),
        (
            "--scenario base.toml",
            &["base.toml:2: base", "there are none"],
        ),
        ("--scenario twice.toml", &["twice.toml:1: base", "`a`"]),
        (
            "--scenario inherited.toml",
            &[
                "inherited.toml:1: weights",
                "3 weights for 2",
                "(variant `few`)",
            ],
        ),
        (
            "--scenario length.toml",
            &["--requests: 3 requests", "1000000", "(variant `a`)"],
        ),
        (
            "--scenario both.toml",
            &["both.toml:2", "both.toml:3", "not both"],
        ),
        (
            "--scenario own.toml --output trace.csv",
            &["--output", "trace.csv", "read from"],
        ),
        (
            "--scenario good.toml --variant fifo",
            &[
                "--variant: there is no variant `fifo`; there are without a limit, with a limit, lifo",
            ],
        ),
        (
            "--scenario good.toml --variant lifo,lifo",
            &["--variant", "twice"],
        ),
        ("--variant lifo", &["--variant: there are no variants"]),
        (
            "--scenario-name stale-herd --variant a",
            &["--variant: there are no variants"],
        ),
    ] {
        let assert = run(home.path(), arguments).code(2);
        let sentence = stderr(&assert);
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
        for fragment in fragments {
            assert!(sentence.contains(fragment), "{arguments}: {sentence}");
        }
    }
}

#[test]
fn what_happened_is_told_first() {
    let home = directory(&[("a.toml", LIMITS)]);
    let typed = "--scenario a.toml --variant lifo,with --plot a.html --timeline t.json";
    run(home.path(), typed).code(2);
    let table = stdout(
        &run(
            home.path(),
            "--scenario a.toml --plot a.html --timeline t.json",
        )
        .success(),
    );
    let told = table.find("“without a limit” answers ").unwrap();
    let heads = table.find("variant          answered").unwrap();
    assert!(
        told < heads && table.contains("points more of the same requests"),
        "{table}"
    );
    let all = json(&run(home.path(), "--scenario a.toml --format json").success());
    let story = all["story"].as_array().unwrap();
    assert_eq!(story.len(), 3);
    let page = std::fs::read_to_string(home.path().join("a.html")).unwrap();
    assert!(page.contains(story[0].as_str().unwrap()), "{story:?}");
    let timeline = std::fs::read_to_string(home.path().join("t.json")).unwrap();
    assert!(timeline.contains("\"with a limit\""));
    let csv = stdout(&run(home.path(), "--scenario a.toml --format csv").success());
    assert!(csv.starts_with("variant,strategy,") && csv.contains("\r\nlifo,two-choices,"));
}

#[test]
fn what_holds_for_all_is_noted_once() {
    let home = directory(&[("a.toml", LIMITS)]);
    let notes = |load: &str| {
        let typed = format!("--scenario a.toml --format json {load}");
        json(&run(home.path(), &typed).success())["notes"].to_string()
    };
    let all = notes("");
    assert_eq!(all.matches("The offered load is 1.200").count(), 1, "{all}");
}
