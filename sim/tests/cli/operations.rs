//! Faults, controls and pools that are typed rightly: what is resolved, printed, and turned off again.

use super::{SHORT, directory, json, run, stdout};

/// One of everything.
const ALL: &str = "--backends 8 --strategy weighted,two-choices --timeout 2s --dispatchers 2 \
    --fault crash:1@1s+500ms,cold=1sx2 --fault flap:2@1s+2s,up=200ms,down=exp:100ms --fault errors:25%@0s,p=0.05 \
    --surge spike:@1s+1sx2 --surge daily:period=10s,peak=1.5 \
    --attempt-timeout 500ms --abandoned serve --deadlines travel \
    --retries 3 --retry-backoff 10ms..1s,decorrelated --retry-on error,reset,refused --retry-budget 12.5%,min=2,window=5s \
    --hedge-after p99.9 \
    --health-interval 500ms --health-timeout 100ms --health-rise 1 --health-fall 2 --max-fails 3 --fail-timeout 2s \
    --breaker failures=none,rate=50%,window=2s,minimum=10,open=1s,max=1m,jitter=12.5%,probes=2,successes=3 \
    --outlier failures=4,stdev=1.5,volume=20,hosts=3,interval=2s,base=1s,max=4s --max-ejection 40% --panic 30% \
    --slow-start 2s \
    --rate-limit 1e4,burst=7 --concurrency-limit gradient:initial=30,windows=10 --codel 20ms,200ms,stale \
    --slots 100 --slot-wait spins=0,retries=20,patience=none \
    --cold-start spawn=10ms,init=1.5s,jitter=20% --prewarm 6 --min-workers 2 --max-workers 7 \
    --sizing utilization:target=60% --sizing-interval 1s --max-requests 1k,jitter=10% --restart crashes=5,first=1s \
    --series-interval 250ms";

/// The same turned off.
const OFF: &str = "timeout = \"none\"\nfault = \"none\"\nsurge = \"none\"\nattempt-timeout = \"none\"\n\
    abandoned = \"leave\"\ndeadlines = \"stay\"\nretries = 0\nretry-budget = \"none\"\nhedge-after = \"none\"\n\
    health-interval = \"none\"\nmax-fails = \"none\"\nbreaker = \"none\"\noutlier = \"none\"\nslow-start = \"none\"\n\
    rate-limit = \"none\"\nconcurrency-limit = \"none\"\ncodel = \"none\"\nslots = \"none\"\ncold-start = \"none\"\n\
    prewarm = \"none\"\nsizing = \"none\"\nmax-requests = \"none\"\nrestart = \"none\"\nseries-interval = \"none\"\n";

/// What was printed, without where it came from.
fn values(config: &str) -> Vec<&str> {
    let lines = config.lines().map(|line| line.split(" # ").next().unwrap());
    lines.map(str::trim).collect()
}

#[test]
fn everything_at_once_is_printed_and_read_back() {
    let home = directory(&[]);
    let typed = format!("{ALL} {SHORT}");
    let config = stdout(&run(home.path(), &format!("{typed} --print-config")).success());
    for line in [
        "fault = [\"crash:1@1s+500ms,cold=1sx2\", \"flap:2@1s+2s,up=200ms,down=exp:100ms\", \"errors:25%@0s,p=0.05\"]",
        "surge = [\"spike:@1s+1sx2\", \"daily:period=10s,peak=1.5\"]",
        "abandoned = \"serve\"",
        "retry-on = [\"refused\", \"reset\", \"error\"]",
        "retry-budget = \"12.5%,min=2/s,window=5s\"",
        "hedge-after = \"P99.9\"",
        "breaker = \"failures=none,rate=50%,window=2s,minimum=10,open=1s,max=1m,jitter=12.5%,probes=2,successes=3\"",
        "rate-limit = \"10000,burst=7\"",
        "concurrency-limit = \"gradient:initial=30,min=1,max=1000,tolerance=1.5,smoothing=20%,window=1s,windows=10\"",
        "codel = \"20ms,200ms,stale\"",
        "slot-wait = \"spins=0,first=10us,max=1ms,patience=none,retries=20\"",
        "cold-start = \"spawn=10ms,link=0s,init=1.5s,listen=0s,jitter=20%\"",
        "sizing = \"utilization:target=60%,tolerance=10%,stabilization=5m\"",
        "max-requests = \"1000,jitter=10%\"",
    ] {
        assert!(values(&config).contains(&line), "{line} in {config}");
    }
    std::fs::write(home.path().join("again.toml"), &config).unwrap();
    let again = stdout(&run(home.path(), "--scenario again.toml --print-config").success());
    assert_eq!(values(&config), values(&again));
    let direct = stdout(&run(home.path(), &typed).success());
    let again = run(home.path(), "--scenario again.toml --format json").success();
    assert_eq!(direct, stdout(&again));
}

#[test]
fn a_variant_turns_everything_off() {
    let home = directory(&[]);
    let config = stdout(&run(home.path(), &format!("{ALL} {SHORT} --print-config")).success());
    let scenario = format!("{config}\n[variant.off]\n{OFF}");
    std::fs::write(home.path().join("a.toml"), scenario).unwrap();
    let off = json(&run(home.path(), "--scenario a.toml --variant off --format json").success());
    let plain = "--backends 8 --strategy weighted,two-choices --dispatchers 2";
    let plain = json(&run(home.path(), &format!("{plain} {SHORT}")).success());
    for at in 0..2 {
        let (off, plain) = (&off["results"][at], &plain["results"][at]);
        assert!(plain["trace_hash"].is_string());
        assert_eq!(off["trace_hash"], plain["trace_hash"]);
        assert_eq!(off["response_time_seconds"], plain["response_time_seconds"]);
        assert!(off.get("incidents").is_none() && off["failed"] == plain["failed"]);
    }
    let printed = stdout(&run(home.path(), "--scenario a.toml --print-config").success());
    std::fs::write(home.path().join("b.toml"), &printed).unwrap();
    let again = stdout(&run(home.path(), "--scenario b.toml --print-config").success());
    assert_eq!(values(&printed), values(&again));
}

/// Of what is off, details are read but not told.
#[test]
fn nothing_of_it_stands_in_a_plain_result() {
    let home = directory(&[]);
    let plain = json(&run(home.path(), SHORT).success());
    for key in [
        "fault",
        "retries",
        "retry-on",
        "breaker",
        "panic",
        "sizing",
        "abandoned",
    ] {
        assert!(plain["scenario"].get(key).is_none(), "{key}");
    }
    let typed =
        format!("--retries 0 --retry-budget 20% --health-interval none --panic 10% {SHORT}");
    let off = json(&run(home.path(), &typed).success());
    assert_eq!(off["results"], plain["results"]);
    assert_eq!(off["scenario"]["panic"], "10%");
    assert!(off["scenario"].get("retry-on").is_none());
}

#[test]
fn what_is_asked_for_happens() {
    let home = directory(&[]);
    let typed = format!("--fault errors:all@0s,p=0.5 --retries 20 --retry-backoff none {SHORT}");
    let result = &json(&run(home.path(), &typed).success())["results"][0];
    assert_eq!(result["completed"], result["requests"]);
    let retries = result["incidents"]["retries"].as_f64().unwrap();
    let requests = result["requests"].as_f64().unwrap();
    assert!(
        (retries / requests - 1.0).abs() < 0.15,
        "{retries} of {requests}"
    );
    let line = stdout(&run(
        home.path(),
        "--fault crash:1@1s+1s --retries 2 --retry-budget 20% --breaker default --sizing staffing \
         --cold-start runtime-83ms --requests 2000 --replications 2",
    ));
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "crash:1@1s+1s",
        "up to 2 retries within a budget",
        "circuit breakers",
        "a pool of 1 to 4 by staffing (cold start 83ms)",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

#[test]
fn a_fault_after_the_last_request_is_noted() {
    let home = directory(&[]);
    let table = stdout(&run(
        home.path(),
        "--fault crash:1@1h+1s --requests 2000 --replications 2",
    ));
    let words: Vec<&str> = table.split_whitespace().collect();
    let text = words.join(" ");
    assert!(
        text.contains("`crash:1@1h+1s` begins when all requests have been sent"),
        "{table}"
    );
}

#[test]
fn a_series_is_written() {
    let home = directory(&[]);
    let rows = |typed: &str| {
        let typed = format!("{typed} --series s.csv {SHORT}");
        run(home.path(), &typed).success();
        let text = std::fs::read_to_string(home.path().join("s.csv")).unwrap();
        let mut reader = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect());
        let head: Vec<String> = reader.next().unwrap();
        (head, reader.collect::<Vec<Vec<String>>>())
    };
    let (head, all) = rows("--strategy random,two-choices --series-interval 1s");
    assert_eq!(&head[..2], ["variant", "start_seconds"]);
    let names: Vec<&str> = all.iter().map(|row| row[0].as_str()).collect();
    assert!(
        names.contains(&"random") && names.contains(&"two-choices"),
        "{names:?}"
    );
    assert_eq!((all[0][1].as_str(), all[1][1].as_str()), ("0", "1"));
    let (_, finer) = rows("--fault crash:1@1s+1s --series-interval 100ms");
    assert!(finer.len() > 20, "{}", finer.len());
    run(home.path(), &format!("--series s.json {SHORT}")).success();
    let text = std::fs::read_to_string(home.path().join("s.json")).unwrap();
    let series: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(series["arrivals_per_second"][0].as_f64().unwrap() > 100.0);
    let head: Vec<&str> = text.lines().skip(1).take(3).map(str::trim).collect();
    let version = format!("\"version\": \"{}\",", env!("CARGO_PKG_VERSION"));
    assert_eq!(head, ["\"schema\": 1,", &version, "\"seed\": 1,"]);
}

#[test]
fn sizers_are_listed_as_data() {
    let home = directory(&[]);
    let table = stdout(&run(home.path(), "--sizing list").success());
    assert!(
        table.contains("thresholds") && table.contains("doubling"),
        "{table}"
    );
    let all = json(&run(home.path(), "--sizing list --format json").success());
    assert_eq!(all.as_array().unwrap().len(), table.lines().count() - 1);
    assert_eq!(all[0]["interval_seconds"], 5.0);
    let csv = stdout(&run(home.path(), "--sizing list --format csv").success());
    assert_eq!(csv.lines().count(), table.lines().count());
}

/// Everything is found in the long help, with an example; what is a detail is not in the short one.
#[test]
fn the_short_help_leaves_details_out() {
    let home = directory(&[]);
    let (short, long) = (
        stdout(&run(home.path(), "-h")),
        stdout(&run(home.path(), "--help")),
    );
    for heading in ["Faults:", "Requests:", "Backends:", "Admission:", "Pool:"] {
        assert!(
            short.contains(heading) && long.contains(heading),
            "{heading}"
        );
    }
    for detail in [
        "--retry-backoff",
        "--health-rise",
        "--panic",
        "--slot-wait",
        "--prewarm",
    ] {
        assert!(
            !short.contains(&format!("{detail} <")) && long.contains(&format!("{detail} <")),
            "{detail}"
        );
    }
    assert!(long.matches("Example").count() > 35, "{long}");
}

#[test]
fn every_example_of_the_help_can_be_typed() {
    let home = directory(&[]);
    let help = stdout(&run(home.path(), "--help"));
    let mut tried = 0;
    for paragraph in help
        .split("\n\n")
        .flat_map(|text| text.split("\n          \n"))
    {
        let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some((_, examples)) = text
            .split_once("Example: ")
            .or(text.split_once("Examples: --"))
        else {
            continue;
        };
        let examples = examples.trim_start_matches("--");
        let flag = format!(" --{} ", examples.split(' ').next().unwrap());
        for example in format!(" --{examples}").split(&flag).skip(1) {
            let fleet = if flag.contains("backends") || example.contains("--backends") {
                ""
            } else {
                "--backends 32"
            };
            run(
                home.path(),
                &format!("{flag}{example} {fleet} --print-config"),
            )
            .success();
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

#[test]
fn a_recording_may_surge() {
    let lines: String = (0..500).map(|at| format!("{at},1ms\n")).collect();
    let home = directory(&[("t.csv", &format!("time,demand\n{lines}"))]);
    let duration = |more: &str| {
        let typed = format!("--trace t.csv --replications 1 --format json {more}");
        let result = json(&run(home.path(), &typed).success());
        result["results"][0]["duration_seconds"].as_f64().unwrap()
    };
    let (plain, surging) = (duration(""), duration("--surge step:@0sx2"));
    assert!((surging / plain - 0.5).abs() < 0.01, "{plain} {surging}");
}

/// The notes under a run of a moment.
fn notes(typed: &str) -> String {
    let home = directory(&[]);
    let typed = format!("{typed} {SHORT}");
    let result = json(&run(home.path(), &typed).success());
    let notes = result["notes"].as_array().unwrap().iter();
    let notes: Vec<&str> = notes.map(|note| note.as_str().unwrap()).collect();
    notes.join("\n")
}

#[test]
fn a_queue_is_said_to_grow_only_where_it_does() {
    const GROWS: &str = "grows without bound";
    const LIMIT: &str = "The throughput is the fleet's limit, 400 requests/s";
    for typed in [
        "",
        "--rate-limit 401",
        "--series-interval 1s",
        "--max-fails 3",
    ] {
        let said = notes(&format!("--load 1.5 {typed}"));
        assert!(
            said.contains(GROWS) && said.contains(LIMIT),
            "{typed}: {said}"
        );
    }
    for typed in [
        "--rate-limit 390",
        "--dispatchers 2 --rate-limit 190",
        "--concurrency-limit 50",
        "--codel default",
        "--slots 8 --slot-wait patience=100ms",
    ] {
        let said = notes(&format!("--load 1.5 {typed}"));
        assert!(
            !said.contains(GROWS) && said.contains("turned away or times out"),
            "{typed}: {said}"
        );
    }
    for typed in [
        "--timeout 1s --abandoned serve",
        "--sizing staffing",
        "--fault crash:0@1s",
    ] {
        let said = notes(&format!("--load 1.5 {typed}"));
        assert!(
            said.contains(GROWS) && !said.contains(LIMIT),
            "{typed}: {said}"
        );
    }
    assert!(notes("--load 0.02").contains("The offered load is 0.02 of capacity"));
    // One worker of four is as busy as it can be, and that is what it was asked for.
    let said = notes("--load 0.5 --sizing staffing --max-workers 1");
    assert!(!said.contains("sent more than"), "{said}");
}

#[test]
fn clients_that_come_again_at_once_are_noted() {
    const RUSH: &str = "come again at once";
    let all_down = "--clients 4 --fault crash:all@1s+10s";
    assert!(notes(all_down).contains(RUSH));
    assert!(!notes(&format!("{all_down} --think 100ms")).contains(RUSH));
    assert!(!notes("--fault crash:all@0s+10s").contains(RUSH));
    assert!(!notes("--clients 4 --fault crash:0@1s+1s").contains(RUSH));
    // Who waits until his patience is spent does not rush.
    let waits = "--clients 4 --timeout 1s --fault blackhole:all@1s+1h";
    assert!(!notes(waits).contains(RUSH));
}

#[test]
fn a_pool_may_begin_with_nobody_where_requests_wait_for_slots() {
    let home = directory(&[]);
    let typed = "--sizing on-demand --prewarm 0 --slots 8 --cold-start runtime-83ms --load 0.2";
    let result = &json(&run(home.path(), &format!("{typed} {SHORT}")).success())["results"][0];
    assert_eq!(result["completed"], result["requests"]);
    let help = stdout(&run(home.path(), "--help"));
    let list = stdout(&run(home.path(), "--sizing list"));
    for line in list.lines().skip(1) {
        let name = line.split_whitespace().next().unwrap();
        assert!(help.contains(&format!("{name}:")), "{name} in {help}");
    }
}

#[test]
fn empty_arrays_are_none() {
    let typed = "retries = 1\nfault = [\"crash:0@1s\"]\nsurge = [\"step:@1sx2\"]\nretry-on = [\"error\"]\n\
                 [variant.none]\nfault = []\nsurge = []\nretry-on = []\n";
    let home = directory(&[("a.toml", typed)]);
    let config = stdout(&run(home.path(), "--scenario a.toml --print-config").success());
    let (_, variant) = config.split_once("[variant.\"none\"]").unwrap();
    let expected = ["fault", "surge", "retry-on"].map(|key| format!("{key} = \"none\""));
    assert!(
        expected
            .iter()
            .all(|line| values(variant).contains(&line.as_str())),
        "{config}"
    );
    std::fs::write(home.path().join("b.toml"), &config).unwrap();
    let again = stdout(&run(home.path(), "--scenario b.toml --print-config").success());
    assert_eq!(values(&config), values(&again));
    // What is never retried fails the first time.
    let failed = |more: &str| {
        let typed = format!("--fault errors:all@0s,p=0.5 --retries 1 {more} {SHORT}");
        let result = &json(&run(home.path(), &typed).success())["results"][0];
        result["failed"]["error"].as_f64().unwrap() / result["requests"].as_f64().unwrap()
    };
    let (with, without) = (failed(""), failed("--retry-on none"));
    assert!(
        (with - 0.25).abs() < 0.04 && (without - 0.5).abs() < 0.04,
        "{with} {without}"
    );
}

/// Without end and without patience: each time it is over, and so is the wait of those it held.
#[test]
fn a_pause_and_a_black_hole_that_come_and_go_hold_nobody_for_ever() {
    let home = directory(&[]);
    let result = |kind: &str| {
        let typed = format!("--fault {kind}:0@0s,up=exp:1s,down=exp:100ms {SHORT}");
        let mut result = json(&run(home.path(), &typed).success());
        result["results"][0].take()
    };
    let paused = result("pause");
    assert_eq!(paused["completed"], 4000);
    assert!(paused["response_time_seconds"]["max"].as_f64() > Some(0.2));
    let swallowed = result("blackhole");
    let reset = swallowed["failed"]["reset"].as_u64().unwrap();
    assert!(reset > 10, "{reset}");
    assert_eq!(swallowed["completed"].as_u64(), Some(4000 - reset));
}
