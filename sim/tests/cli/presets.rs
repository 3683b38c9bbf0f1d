//! The built-in scenarios show what they are there for: with the control things go better than without, on the same
//! requests, beyond chance.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{directory, json, run, stdout};

/// What is compared: the share answered (more is better), or the 99th percentile (less is).
#[derive(Clone, Copy, PartialEq)]
enum By {
    Answered,
    Tail,
}

/// Scenario, the variant that does well, one that does badly.
const CLAIMS: [(&str, &str, &str, By); 13] = [
    (
        "retry-storm",
        "with a retry budget",
        "without a budget",
        By::Answered,
    ),
    (
        "gray-failure",
        "with outlier ejection",
        "with probes alone",
        By::Answered,
    ),
    (
        "black-hole",
        "with circuit breakers",
        "without breakers",
        By::Answered,
    ),
    (
        "recovery-herd",
        "with slow start",
        "without slow start",
        By::Answered,
    ),
    (
        "reload-under-load",
        "one after the other",
        "all at once",
        By::Answered,
    ),
    ("reload-under-load", "all at once", "killed", By::Answered),
    (
        "half-open-stampede",
        "one probe at a half-open breaker",
        "everything comes back",
        By::Answered,
    ),
    (
        "morning-peak",
        "all prewarmed",
        "staffed by the square root",
        By::Answered,
    ),
    (
        "morning-peak",
        "on demand",
        "few spare and started in doubles",
        By::Answered,
    ),
    ("slow-worker", "least time", "round robin", By::Tail),
    ("slow-worker", "least connections", "round robin", By::Tail),
    (
        "stale-views",
        "old: two choices",
        "old: least connections",
        By::Answered,
    ),
    (
        "metastable",
        "with a retry budget",
        "without a budget",
        By::Answered,
    ),
];

#[test]
fn each_shows_what_its_control_is_worth() {
    for (name, well, badly, by) in CLAIMS {
        let json = outcome(name);
        let metric = match by {
            By::Answered => "completed_share",
            By::Tail => "response_time_seconds.p99",
        };
        let pair = json["comparisons"].as_array().unwrap().iter().find(|pair| {
            let named = |key: &str, variant: &str| pair[key] == variant;
            pair["metric"] == metric
                && (named("a_variant", well) && named("b_variant", badly)
                    || named("a_variant", badly) && named("b_variant", well))
        });
        let pair = pair.unwrap_or_else(|| panic!("{name}: {well} and {badly} are not compared"));
        let of_b_less_a = pair["difference"].as_f64().unwrap();
        let gain = if pair["b_variant"] == well {
            of_b_less_a
        } else {
            -of_b_less_a
        };
        let better = if by == By::Answered {
            gain > 0.0
        } else {
            gain < 0.0
        };
        assert!(better && pair["significant"] == true, "{name}: {pair}");
        let story = json["story"].as_array().unwrap();
        assert!((2..=3).contains(&story.len()), "{name}: {story:?}");
    }
}

/// What a number of a scenario's incidents must be like for the scenario to be about what it says.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// Larger than that of this variant.
    MoreThan(&'static str),
    Something,
    Nothing,
}
use Told::{MoreThan, Nothing, Something};

/// Scenario, variant, number, what of it.
const MEANS: [(&str, &str, &str, Told); 25] = [
    (
        "retry-storm",
        "without a budget",
        "attempts_per_request",
        MoreThan("with a retry budget"),
    ),
    (
        "retry-storm",
        "without a budget",
        "wasted_share",
        MoreThan("with a retry budget"),
    ),
    (
        "retry-storm",
        "with a retry budget",
        "retries_denied",
        Something,
    ),
    ("retry-storm", "without a budget", "retries_denied", Nothing),
    (
        "metastable",
        "without a budget",
        "attempts_per_request",
        MoreThan("with a retry budget"),
    ),
    (
        "metastable",
        "without a budget",
        "wasted_share",
        MoreThan("with a retry budget"),
    ),
    (
        "metastable",
        "with a retry budget",
        "retries_denied",
        Something,
    ),
    (
        "metastable",
        "without a budget",
        "unrecovered_replications",
        Something,
    ),
    (
        "gray-failure",
        "with outlier ejection",
        "ejections",
        Something,
    ),
    ("gray-failure", "with probes alone", "ejections", Nothing),
    ("gray-failure", "with probes alone", "probes", Something),
    (
        "black-hole",
        "with circuit breakers",
        "breaker_openings",
        Something,
    ),
    (
        "black-hole",
        "without breakers",
        "breaker_openings",
        Nothing,
    ),
    ("recovery-herd", "with slow start", "probes", Something),
    (
        "recovery-herd",
        "without slow start",
        "wasted_share",
        MoreThan("with slow start"),
    ),
    (
        "half-open-stampede",
        "one probe at a half-open breaker",
        "breaker_openings",
        Something,
    ),
    (
        "half-open-stampede",
        "everything comes back",
        "lost",
        MoreThan("one probe at a half-open breaker"),
    ),
    (
        "reload-under-load",
        "one after the other",
        "workers_started",
        Something,
    ),
    (
        "reload-under-load",
        "all at once",
        "workers_crashed",
        Nothing,
    ),
    ("reload-under-load", "killed", "workers_crashed", Something),
    (
        "morning-peak",
        "on demand",
        "workers_started",
        MoreThan("all prewarmed"),
    ),
    (
        "morning-peak",
        "on demand",
        "mean_workers",
        MoreThan("few spare and started in doubles"),
    ),
    (
        "slow-worker",
        "round robin",
        "unclear_replications",
        Something,
    ),
    ("slow-worker", "least time", "unclear_replications", Nothing),
    (
        "stale-views",
        "old: least connections",
        "wasted_share",
        MoreThan("old: two choices"),
    ),
];

/// The gain could come from elsewhere: storms are of retries, controls control, and workers are started.
#[test]
fn each_is_about_what_it_says() {
    let mut outcomes: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, variant, key, told) in MEANS {
        let json = outcomes.entry(name).or_insert_with(|| outcome(name));
        let number = |variant| incidents(json, variant)[key].as_f64().unwrap();
        let found = number(variant);
        let holds = match told {
            MoreThan(other) => found > number(other),
            Something => found > 0.0,
            Nothing => found == 0.0,
        };
        assert!(holds, "{name}, {variant}: {key} is {found}, not {told:?}");
    }
}

/// One system, one spike; with and without.
#[test]
fn a_collapse_is_called_metastable_and_prevented() {
    let json = outcome("metastable");
    let verdict = |variant| incidents(&json, variant)["verdict"].as_str().unwrap();
    assert!(verdict("without a budget").starts_with("Metastable: "));
    assert!(verdict("with a retry budget").starts_with("It recovered "));
}

/// Each that is listed runs, and is written down so that it runs again the same.
#[test]
fn every_listed_scenario_can_be_written_down_and_read_back() {
    let here = directory(&[]);
    let list = stdout(&run(here.path(), "--scenario-name list"));
    let names = list
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 13, "{names:?}");
    for name in names {
        let written = run(
            here.path(),
            &format!("--scenario-name {name} --print-config"),
        );
        let written = stdout(&written.success());
        std::fs::write(here.path().join("written.toml"), &written).unwrap();
        let again = run(here.path(), "--scenario written.toml --print-config").success();
        assert_eq!(values(&written), values(&stdout(&again)), "{name}");
    }
}

/// Without where they came from.
fn values(config: &str) -> Vec<&str> {
    config
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split("  #").next().unwrap_or_default().trim_end())
        .collect()
}

/// Those of one variant.
fn incidents<'a>(json: &'a Value, variant: &str) -> &'a Value {
    let mut results = json["results"].as_array().unwrap().iter();
    let result = results.find(|result| result["variant"] == variant);
    &result.unwrap_or_else(|| panic!("there is no {variant}"))["incidents"]
}

fn outcome(name: &str) -> Value {
    let here = directory(&[]);
    let arguments = format!("--scenario-name {name} --format json -q");
    json(&run(here.path(), &arguments).success())
}
