//! Recorded requests: what is read from them and what is said of them.

use super::{directory, json, run, stdout};

const LOG: &str = r#"10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1000
10.0.0.2 - - [17/May/2015:10:05:05 +0000] "GET /a HTTP/1.1" 304 - "-" "agent"
broken
10.0.0.1 - - [17/May/2015:10:05:04 +0000] "GET /b HTTP/1.1" 200 500
10.0.0.3 - - [17/May/2015:10:05:05 +0000] "POST /c HTTP/1.1" 200 1
"#;

/// All notes, one after the other.
fn notes(result: &serde_json::Value) -> String {
    result["notes"].to_string()
}

#[test]
fn what_was_read_is_said() {
    let home = directory(&[("a.log", LOG)]);
    let result = json(&run(home.path(), "--trace a.log --format json").success());
    let notes = notes(&result);
    for fragment in [
        "a.log: 5 lines read, 4 requests",
        "1 malformed and skipped, the first at line 3",
        "1 earlier than the line before them",
        "tick is 1s, 1 share their stamp",
        "The recorded pace, 1.5000 requests/s over 2.0s, is 3.75e-3 of capacity; ",
        "next to idle",
    ] {
        assert!(notes.contains(fragment), "no {fragment} in {notes}");
    }
    assert_eq!(notes.matches("idle").count(), 1, "{notes}");
    assert_eq!(result["scenario"]["requests"], 4);
    assert_eq!(result["scenario"]["rate"], 1.5);
}

#[test]
fn time_is_scaled_to_a_load_or_a_rate() {
    let home = directory(&[("a.log", LOG)]);
    let scenario = |arguments: &str| {
        let typed = format!("--trace a.log --trace-demand bytes*1ms --format json {arguments}");
        json(&run(home.path(), &typed).success())["scenario"].clone()
    };
    // 1501 ms in 4 requests for 4 backends.
    let recorded = scenario("")["load"].as_f64().unwrap();
    assert!((recorded - 1.5 * 1.501 / 16.0).abs() < 1e-12, "{recorded}");
    let half = scenario("--load 0.5");
    assert!((half["rate"].as_f64().unwrap() - 0.5 * 16.0 / 1.501).abs() < 1e-9);
    let twice = scenario("--rate 3");
    assert!((twice["load"].as_f64().unwrap() - 2.0 * recorded).abs() < 1e-12);
    assert!(recorded > 0.0 && half["load"] == 0.5 && twice["rate"] == 3.0);
}

#[test]
fn what_was_scaled_from_idle_traffic_is_said_to_be() {
    let home = directory(&[("a.log", LOG)]);
    let with = |arguments: &str| {
        let typed = format!("--trace a.log --format json {arguments}");
        notes(&json(&run(home.path(), &typed).success()))
    };
    let scaled = with("--load 0.5");
    assert!(
        scaled.contains("3.75e-3 of capacity and is idle traffic;"),
        "{scaled}"
    );
    assert!(scaled.contains("makes the load 0.500"), "{scaled}");
    let busy = with("--service const:1s --load 0.5");
    assert!(!busy.contains("idle"), "{busy}");
}

#[test]
fn an_arrival_process_may_be_a_trace() {
    let home = directory(&[("a.log", LOG)]);
    let with = |arguments: &str| {
        let typed = format!("{arguments} --load 0.5 --format json");
        stdout(&run(home.path(), &typed).success())
    };
    assert_eq!(with("--trace a.log"), with("--arrivals trace:a.log"));
}

#[test]
fn what_is_typed_goes_before_what_a_file_happens_to_hold() {
    let home = directory(&[("a.csv", "time,demand\n0,5ms\n1,5ms\n2,5ms\n")]);
    let with = |arguments: &str| {
        let typed = format!("--trace a.csv --format json {arguments}");
        json(&run(home.path(), &typed).success())
    };
    let recorded = with("");
    assert_eq!(
        recorded["results"][0]["response_time_seconds"]["mean"],
        0.005
    );
    assert!(recorded["scenario"].get("service").is_none());
    let typed = with("--service const:7ms");
    assert_eq!(typed["results"][0]["response_time_seconds"]["mean"], 0.007);
    assert_eq!(typed["scenario"]["service"], "const:7ms");
}
