//! Everything that can be typed wrongly ends with 2 and one sentence that names the fault.

use std::path::Path;

use super::{directory, names, run, sim, stderr, stdout};

const FILES: &[(&str, &str)] = &[
    ("good.csv", "time,demand\n0,1ms\n1,2ms\n2,1ms\n"),
    ("malformed.csv", "time,demand\n0,1ms\nsoon,2ms\n2,1ms\n"),
    ("negative.csv", "time,demand\n0,1ms\n1,-2ms\n2,1ms\n"),
    ("idle.csv", "time,demand\n0,0s\n1,0s\n2,0s\n"),
    ("empty.csv", ""),
    ("header.csv", "time,demand\n"),
    ("one.csv", "time\n7\n"),
    ("together.csv", "time\n7\n7\n7\n"),
    ("days.csv", "time,demand\n0,24h\n1,24h\n2,24h\n"),
    ("timeless.csv", "a,b\n1,2\n3,4\n"),
    ("array.json", "[{\"time\": 1}, {\"time\": 2}]\n"),
    ("broken.gz", "\u{1f}\u{8b}no gzip"),
    ("plain.txt", "Dear diary,\nnothing happened.\n"),
    ("values.txt", "10ms\nlong\n"),
    ("unknown.toml", "# What?\nbackends = 4\nlaod = 0.8\n"),
    ("type.toml", "load = true\n"),
    ("array.toml", "\nbackends = [4]\n"),
    ("table.toml", "[fleet]\nbackends = 4\n"),
    ("date.toml", "timeout = 2024-01-01\n"),
    ("value.toml", "seed = 2\n\nload = 0\n"),
    ("syntax.toml", "seed = 2\nload =\n"),
    ("twice.toml", "load = 0.5\nload = 0.6\n"),
    ("both.toml", "load = 0.5\nrate = 10\n"),
    ("unbuilt.toml", "seed = 3\nwake = \"fifo\"\n"),
    ("output.toml", "output = \"a.json\"\n"),
    ("latin.toml", "seed = 1\n"),
];

/// Arguments, and what the sentence must contain.
const CASES: &[(&str, &[&str])] = &[
    // What is no flag.
    ("--laod 0.8", &["--laod", "--load"]),
    ("sixteen", &["unexpected argument 'sixteen'"]),
    ("--load", &["a value is required", "--load"]),
    ("--load 0.5 --load 0.6", &["--load", "multiple times"]),
    ("--format xml", &["--format", "`xml`", "table, json, csv"]),
    ("--jobs 0", &["--jobs", "`0`", "1 to 1024"]),
    ("--quiet --verbose", &["--quiet", "--verbose"]),
    // Policy.
    ("--strategy best", &["--strategy", "`best`", "round-robin"]),
    (
        "--strategy random,random",
        &["--strategy", "`random`", "twice"],
    ),
    ("--strategy random,all", &["--strategy", "`all`"]),
    ("--strategy=", &["--strategy", "no strategy ``"]),
    ("--choices 0", &["--choices", "1 to 64"]),
    ("--choices 65", &["--choices", "1 to 64"]),
    ("--bound 1", &["--bound", "1.001 to 1000"]),
    ("--ring-points 0", &["--ring-points", "1 to"]),
    ("--sticky-keys 1e9", &["--sticky-keys", "1 to"]),
    (
        "--replacement=maybe",
        &["--replacement", "`maybe`", "true nor false"],
    ),
    ("--dispatchers 0", &["--dispatchers", "1 to 1000"]),
    ("--dispatchers 1001", &["--dispatchers", "1 to 1000"]),
    (
        "--dispatchers 1000 --backends 1M",
        &["--dispatchers", "4000000"],
    ),
    (
        "--dispatchers 1000 --backends 1000 --strategy random,maglev",
        &["--dispatchers", "250000 under maglev"],
    ),
    ("--staleness 0s", &["--staleness", "longer than 0s"]),
    ("--staleness 5", &["--staleness", "no unit"]),
    (
        "--staleness 1ns --requests 1000",
        &[
            "--staleness",
            "4 backends",
            "allowed here are 2ns and longer",
        ],
    ),
    (
        "--staleness 1us --dispatchers 10 --clients 50",
        &["--staleness", "dispatchers: 10", "allowed here are 10us"],
    ),
    (
        "--accept carrier-pigeon",
        &["--accept", "allowed are proxy, shared"],
    ),
    // Fleet.
    ("--backends 0", &["--backends", "1 to 1000000"]),
    ("--backends -4", &["--backends", "`-4`", "negative"]),
    ("--backends 1.5", &["--backends", "not whole"]),
    ("--backends many", &["--backends", "`many`"]),
    ("--backends 1000001", &["--backends", "1 to 1000000"]),
    ("--weights 0", &["--weights", "`0`", "0.001 to 65535"]),
    ("--weights 1,,2", &["--weights", "`` is not a number"]),
    ("--weights 1,heavy", &["--weights", "`heavy`"]),
    ("--weights nan", &["--weights", "`nan`"]),
    ("--strategy all,random", &["--strategy", "named alone"]),
    ("--service exp:10parsec", &["--service", "none of these"]),
    (
        "--weights 1,2,3 --backends 2",
        &["--weights", "3 weights for 2 backends"],
    ),
    ("--speeds 0", &["--speeds", "`0`"]),
    ("--speeds inf", &["--speeds", "`inf`"]),
    (
        "--speeds 1,2,3,4,5",
        &["--speeds", "5 speeds for 4 backends"],
    ),
    ("--concurrency 0", &["--concurrency", "1 to"]),
    ("--queue random", &["--queue", "fifo, lifo, ps"]),
    ("--queue-limit -1", &["--queue-limit", "negative"]),
    // Traffic.
    ("--load 0", &["--load", "`0`", "out of range"]),
    ("--load -0.5", &["--load", "`-0.5`"]),
    ("--load nan", &["--load", "`nan`"]),
    ("--load much", &["--load", "not a number"]),
    ("--rate 0", &["--rate", "`0`"]),
    ("--rate 1e13", &["--rate", "out of range"]),
    ("--load 0.5 --rate 10", &["--load", "--rate", "not both"]),
    (
        "--load 1000 --backends 1M --service const:100ns --speeds 1000",
        &["--load", "1e12"],
    ),
    ("--service exp", &["--service", "the mean is missing"]),
    (
        "--service gauss:10ms",
        &["--service", "`gauss:10ms`", "exp:10ms"],
    ),
    ("--service exp:10", &["--service", "no unit"]),
    ("--service pareto:10ms,alpha=1", &["--service", "above 1"]),
    (
        "--service empirical:values.txt",
        &["--service", "values.txt", "2"],
    ),
    (
        "--service empirical:missing.txt",
        &["--service", "missing.txt"],
    ),
    ("--arrivals poison", &["--arrivals", "`poison`", "poisson"]),
    (
        "--arrivals bursty:peak=3,share=0.2,cycle=1ns",
        &["--arrivals"],
    ),
    ("--arrivals trace:", &["--arrivals", "the file is missing"]),
    ("--clients 0", &["--clients", "1 to"]),
    ("--clients 5 --load 0.5", &["--clients", "--load"]),
    ("--clients 5 --rate 5", &["--clients", "--rate"]),
    ("--clients 5 --arrivals even", &["--clients", "--arrivals"]),
    ("--think 1s", &["--think", "without --clients"]),
    ("--clients 5 --think long", &["--think", "`long`"]),
    ("--keys zipf:10", &["--keys", "`s=` is missing"]),
    ("--timeout 0ms", &["--timeout", "longer than 0s"]),
    ("--timeout soon", &["--timeout", "`soon`"]),
    // Traces.
    (
        "--trace missing.csv",
        &["--trace", "missing.csv", "cannot be read"],
    ),
    ("--trace .", &["--trace", "cannot be read"]),
    ("--trace empty.csv", &["--trace", "empty.csv", "is empty"]),
    ("--trace header.csv", &["--trace", "header.csv"]),
    ("--trace one.csv", &["--trace", "one.csv"]),
    ("--trace together.csv", &["--trace", "together.csv"]),
    (
        "--trace timeless.csv",
        &["--trace", "timeless.csv", "`a`, `b`"],
    ),
    ("--trace array.json", &["--trace", "JSON array"]),
    ("--trace broken.gz", &["--trace", "broken.gz"]),
    ("--trace plain.txt", &["--trace", "plain.txt"]),
    (
        "--trace malformed.csv --strict",
        &["--trace", "malformed.csv", "line 3"],
    ),
    (
        "--trace negative.csv --strict",
        &["--trace", "negative.csv", "line 3"],
    ),
    (
        "--trace good.csv --trace-time when",
        &["--trace", "good.csv", "when"],
    ),
    (
        "--trace good.csv --trace-demand demand*2",
        &["--trace", "`2`"],
    ),
    (
        "--trace good.csv --trace-ties cut",
        &["--trace-ties", "`cut`", "spread or keep"],
    ),
    (
        "--trace good.csv --requests 4",
        &["--requests", "1 to 3", "trace's length"],
    ),
    (
        "--trace good.csv --arrivals even",
        &["--trace", "--arrivals"],
    ),
    (
        "--trace good.csv --arrivals trace:good.csv",
        &["--arrivals", "--trace"],
    ),
    ("--trace good.csv --clients 5", &["--trace", "--clients"]),
    (
        "--trace good.csv --trace-demand demand --service exp:1ms",
        &["--service", "--trace-demand"],
    ),
    (
        "--trace good.csv --trace-key time --keys uniform:5",
        &["--keys", "--trace-key"],
    ),
    (
        "--trace idle.csv --load 0.5",
        &["--load", "all demands in the trace are 0"],
    ),
    ("--trace-key host", &["--trace-key", "without --trace"]),
    ("--strict", &["--strict", "without --trace"]),
    // Effort.
    ("--requests 0", &["--requests", "1 to"]),
    ("--requests 2e12", &["--requests", "1 to 1000000000000"]),
    (
        "--requests 1e12 --rate 1",
        &["--requests", "simulated years"],
    ),
    (
        "--service const:24h --backends 2 --speeds 1,1e-6 --load 0.5 --requests 5000",
        &[
            "--service",
            "speed 0.000001",
            "2738 simulated years",
            "200",
            "--speeds",
        ],
    ),
    (
        "--service const:24h --backends 2 --speeds 1,1e-3 --load 0.5 --requests 5000",
        &[
            "--requests",
            "share of them, 2500",
            "6845 simulated years",
            "200",
            "--service",
            "--speeds",
        ],
    ),
    (
        "--service const:24h --backends 1 --load 1000 --requests 1M",
        &[
            "--requests",
            "2738 simulated years",
            "200",
            "--service",
            "--concurrency",
        ],
    ),
    (
        "--service const:24h --backends 1 --clients 100 --requests 1M",
        &["--requests", "2738 simulated years"],
    ),
    (
        "--service const:24h --backends 1 --clients 10 --requests 1M",
        &["--requests", "274 simulated years"],
    ),
    (
        "--trace days.csv --backends 1 --speeds 1e-6",
        &["--trace", "2738 simulated years", "--speeds"],
    ),
    (
        "--trace days.csv --backends 1 --speeds 3e-5",
        &["--requests", "274 simulated years", "--speeds"],
    ),
    ("--requests 1e12 --load 2", &["--requests", "--queue-limit"]),
    (
        "--warmup 1000 --requests 1000",
        &["--warmup", "leaves nothing"],
    ),
    ("--warmup half", &["--warmup", "`half`", "auto"]),
    ("--replications 0", &["--replications", "1 to 1000"]),
    ("--replications 1001", &["--replications", "1 to 1000"]),
    ("--precision 0", &["--precision", "0.001% to 50%"]),
    ("--precision exact", &["--precision", "1%"]),
    ("--seed -1", &["--seed", "negative"]),
    ("--seed 18446744073709551616", &["--seed", "64 bits"]),
    // Scenarios.
    (
        "--scenario missing.toml",
        &["--scenario", "missing.toml", "cannot be read"],
    ),
    ("--scenario .", &["--scenario", "cannot be read"]),
    (
        "--scenario-name rush-hour",
        &["--scenario-name", "`rush-hour`", "stale-herd"],
    ),
    (
        "--scenario value.toml --scenario-name stale-herd",
        &["--scenario", "one scenario"],
    ),
    (
        "--scenario unknown.toml",
        &["unknown.toml:3", "`laod`", "load"],
    ),
    (
        "--scenario type.toml",
        &["type.toml:1", "load", "boolean", "a number"],
    ),
    (
        "--scenario array.toml",
        &["array.toml:2", "backends", "array"],
    ),
    ("--scenario table.toml", &["table.toml:1", "`fleet`"]),
    (
        "--scenario date.toml",
        &["date.toml:1", "timeout", "datetime"],
    ),
    ("--scenario value.toml", &["value.toml:3", "load", "`0`"]),
    ("--scenario syntax.toml", &["syntax.toml:2"]),
    ("--scenario twice.toml", &["twice.toml:2", "duplicate"]),
    (
        "--scenario both.toml",
        &["both.toml:1", "both.toml:2", "not both"],
    ),
    (
        "--scenario unbuilt.toml",
        &["unbuilt.toml:2", "wake", "not built yet"],
    ),
    (
        "--scenario output.toml",
        &["output.toml:1", "`output` is not a setting"],
    ),
    // Files to be written.
    ("--output", &["--output", "a value is required"]),
    ("--output=", &["--output", "cannot be written"]),
    (
        "--output .",
        &["--output", "cannot be written", "directory"],
    ),
    (
        "--output missing/a.json",
        &["--output", "missing/a.json", "cannot be written"],
    ),
    (
        "--output good.csv/a.json",
        &["--output", "good.csv/a.json", "cannot be written"],
    ),
    ("--output missing/", &["--output", "cannot be written"]),
    (
        "--output /proc/a.json",
        &["--output", "/proc/a.json", "cannot be written"],
    ),
    (
        "--output a.svg --plot a.svg",
        &["--plot", "a.svg", "--output"],
    ),
    (
        "--output a.svg --plot ./a.svg",
        &["--plot", "a.svg", "--output"],
    ),
    ("--plot a.png", &["--plot", "`a.png`", ".svg or .html"]),
    ("--plot a", &["--plot", ".svg or .html"]),
    ("--timeline a.txt", &["--timeline", ".json"]),
    (
        "--trace good.csv --output good.csv",
        &["--output", "good.csv", "read from"],
    ),
    // What will be.
    (
        "--accept shared",
        &["--accept", "`shared`", "not built yet"],
    ),
    ("--wake lifo", &["--wake", "not built yet"]),
    ("--backlog 128", &["--backlog", "not built yet"]),
    ("--connections 64", &["--connections", "not built yet"]),
    ("--cores 2", &["--cores", "not built yet"]),
];

#[test]
fn a_wrong_invocation_ends_with_2_and_a_sentence() {
    let home = directory(FILES);
    std::fs::write(home.path().join("latin.toml"), b"service = \"caf\xe9\"\n").unwrap();
    let before = names(home.path());
    let latin: (&str, &[&str]) = (
        "--scenario latin.toml",
        &["latin.toml", "cannot be read", "UTF-8"],
    );
    assert!(CASES.len() > 40);
    all_are_refused(home.path(), CASES);
    all_are_refused(home.path(), &[latin]);
    assert_eq!(names(home.path()), before, "nothing was created");
}

/// Arguments, and what the sentence must contain.
pub(super) fn all_are_refused(home: &Path, cases: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (arguments, fragments) in cases {
        let assert = run(home, arguments);
        let sentence = stderr(&assert);
        let told = assert.get_output().status.code() == Some(2)
            && stdout(&assert).is_empty()
            && sentence.starts_with("error: ")
            && sentence.lines().count() == 1
            && fragments.iter().all(|fragment| sentence.contains(fragment));
        if !told {
            wrong.push(format!(
                "sim {arguments}: {fragments:?} expected, found {sentence}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_variable_is_named() {
    let home = directory(&[]);
    for (name, value, fragment) in [
        ("EVENKEEL_LOAD", "0", "`0` is out of range"),
        ("EVENKEEL_FORMAT", "xml", "`xml` is not a format"),
        ("EVENKEEL_SECURE_RNG", "x", "neither true nor false"),
        ("EVENKEEL_OUTPUT", "missing/a", "cannot be written"),
        ("EVENKEEL_FAULT", "crash:9@1s", "no backend 9"),
        ("EVENKEEL_WAKE", "fifo", "not built yet"),
    ] {
        let assert = sim(home.path()).env(name, value).assert().code(2);
        let sentence = stderr(&assert);
        assert!(
            sentence.starts_with(&format!("error: {name}: ")),
            "{sentence}"
        );
        assert!(sentence.contains(fragment), "{sentence}");
    }
}
