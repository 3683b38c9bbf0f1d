//! Whom admission control lets in, and how long they wait.

use evenkeel_tests::exact::Impatience;
use evenkeel_tests::measure::{Plan, chronicle, replicate_one, wait};
use evenkeel_tests::setup::{UNIT_SECONDS, fifo, markovian, open, operated};
use evenkeel_tests::verdict::{agrees, agrees_to, interval_999};
use policy::admission::{Rate, codel};
use policy::strategy::StrategyName;
use policy::time::Duration;
use sim::operations::{AdmissionControls, Operations};
use sim::probe::Tally;
use sim::scenario::Scenario;

const LOAD: f64 = 1.3;
/// In mean services.
const TARGET: f64 = 20.0;

fn minded(law: codel::Law, interval: f64) -> Scenario {
    let options = codel::Options {
        target: Duration::from_seconds(TARGET * UNIT_SECONDS),
        interval: Duration::from_seconds(interval * UNIT_SECONDS),
        law,
    };
    let admission = AdmissionControls {
        codel: Some(codel::Config::new(options).expect("CoDel")),
        ..AdmissionControls::default()
    };
    let operations = Operations {
        admission,
        ..Operations::default()
    };
    operated(markovian(fifo(1, 1), LOAD), operations)
}

fn shed(run: &Tally) -> f64 {
    run.failed.shed as f64 / run.requests() as f64
}

/// At 1.3 of capacity the queue is long all the time, so all who have waited for twice the target leave: constant patience.
/// It holds while hardly ever anybody waits less than the target; a wait x is as likely as e^{0.3 x}, so that one of less
/// than 20 has a probability of e^{-6} against 40.
#[test]
fn who_is_stale_leaves() {
    let plan = Plan::millions(5);
    let runs = replicate_one(&minded(codel::Law::Stale, 1.05 * TARGET), plan);
    let patience = 2.0 * TARGET;
    let exact = Impatience::new(LOAD, patience);
    agrees(
        "CoDel, stale, 1.3: shed",
        runs.iter().map(shed),
        exact.unserved(),
    );
    agrees(
        "CoDel, stale, 1.3: E[W] of the served",
        runs.iter().map(wait),
        exact.wait_of_served(),
    );
}

/// The law for senders that slow down finds the rate at which clients that do not must be turned away, too, but overshoots
/// and begins anew. It sheds what is too much, and nobody waits for long, where without it the wait grows with the run.
#[test]
fn spaced_drops_keep_the_queue_short() {
    let plan = Plan {
        replications: 20,
        warmup: 100_000,
        measured: 100_000,
    };
    let runs = replicate_one(&minded(codel::Law::Spaced, 5.0 * TARGET), plan);
    agrees_to(
        0.05,
        "CoDel, spaced, 1.3: shed",
        runs.iter().map(shed),
        1.0 - 1.0 / LOAD,
    );
    let unminded = replicate_one(&markovian(fifo(1, 1), LOAD), plan);
    let grown: Vec<f64> = unminded.iter().map(wait).collect();
    // The 150,000th request waits for what is too much of 150,000.
    let exact = 150_000.0 * (1.0 - 1.0 / LOAD);
    agrees_to(0.05, "M/M/1 1.3: E[W]", grown, exact);
    let waits: Vec<f64> = runs.iter().map(wait).collect();
    let found = interval_999(&waits);
    println!("CoDel, spaced, 1.3: E[W] {found:?}");
    assert!(found.mean + found.half_width < 0.02 * exact, "{found:?}");
    // Not because there is no queue.
    assert!(found.mean - found.half_width > TARGET, "{found:?}");
}

/// A token bucket that is full at the first request and never after it lets in what it held and what its rate adds.
#[test]
fn a_token_bucket_passes_its_rate() {
    let rate = Rate::new(80, Duration::from_seconds(1.0), 50).expect("a rate");
    let scenario = open(fifo(1, 1), "even", "const:10ms", LOAD);
    let admission = AdmissionControls {
        rate: Some(rate),
        ..AdmissionControls::default()
    };
    let operations = Operations {
        admission,
        ..Operations::default()
    };
    let scenario = operated(scenario, operations);
    let (all, _) = &chronicle(&scenario, StrategyName::RoundRobin, 1, 100_000)[0];
    let seconds = 99_999.0 / 130.0;
    let exact = 50.0 + 80.0 * seconds;
    assert_eq!(all.completed_count(), exact as u64, "{exact}");
    assert_eq!(all.failed.shed + all.completed_count(), 100_000);
}
