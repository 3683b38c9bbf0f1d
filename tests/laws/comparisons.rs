//! What is compared is the same for both, and what is not known is not said.

use std::io::Cursor;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use evenkeel_tests::setup::{fifo, markovian};
use policy::strategy::StrategyName;
use sim::outcome::Outcome;
use sim::scenario::{Scenario, Traffic, Warmup};
use sim::study::simulate;
use sim::world::Oversight;
use workload::trace::{Options, Ties, Trace};

fn study(scenario: &Scenario) -> Outcome {
    simulate(scenario, NonZeroUsize::MIN, &Oversight::default())
}

/// 2,000 requests, of which the first half comes ten times as fast.
fn recording() -> Trace {
    let mut text = String::from("timestamp,demand\n");
    let mut seconds = 0.0;
    for number in 0..2_000u32 {
        seconds += if number < 1_000 { 0.002 } else { 0.02 };
        let demand = 0.004 + 0.001 * f64::from(number * 7 % 13);
        text += &format!("{seconds:.6},{demand:.6}\n");
    }
    Trace::from_reader("recording", Cursor::new(text), &Options::default()).expect("a trace")
}

/// A recording's peak is as true as its end: nobody may leave it out, whatever a rule for steady states says.
#[test]
fn all_of_a_recording_is_measured_under_every_strategy() {
    let trace = recording();
    let mut scenario = markovian(fifo(4, 1), 0.8);
    scenario.strategies = StrategyName::ALL.to_vec();
    scenario.effort.requests = trace.len() as u64;
    scenario.effort.warmup = Warmup::Auto;
    scenario.effort.replications = 3;
    scenario.traffic = Traffic::Trace {
        trace: Arc::new(trace),
        speedup: 1.0,
        ties: Ties::Spread,
        service: "exp:10ms".parse().expect("a demand"),
    };
    for result in study(&scenario).results {
        let all = scenario.effort.requests * u64::from(result.replications);
        assert_eq!(
            (result.requests, result.warmup_discarded),
            (all, 0),
            "{}",
            result.strategy
        );
    }
}

/// Two strategies that do the same differ by nothing, though their own warm-ups may differ; a warm-up that is
/// the same for both makes differences the differences of the printed means.
#[test]
fn a_difference_is_that_of_the_means_over_the_same_requests() {
    let mut scenario = markovian(fifo(4, 1), 0.9);
    scenario.strategies = vec![StrategyName::RoundRobin, StrategyName::TwoChoices];
    scenario.effort.requests = 50_000;
    scenario.effort.warmup = Warmup::Requests(5_000);
    scenario.effort.replications = 5;
    let outcome = study(&scenario);
    let means = [0, 1].map(|at| {
        outcome.results[at]
            .response_time_seconds
            .mean
            .expect("answers")
    });
    let found = outcome.comparisons[0].difference;
    assert!(
        (found - (means[1] - means[0])).abs() < 1e-12,
        "{found} and {means:?}"
    );
    scenario.strategies = vec![StrategyName::RoundRobin, StrategyName::Weighted];
    scenario.effort.warmup = Warmup::Auto;
    let outcome = study(&scenario);
    assert!(
        outcome
            .comparisons
            .iter()
            .all(|pair| pair.difference == 0.0 && !pair.significant)
    );
}

/// One replication says nothing about its spread, also when it is one because the rest was interrupted.
#[test]
fn one_replication_is_never_significant() {
    let mut scenario = markovian(fifo(4, 1), 0.9);
    scenario.strategies = vec![StrategyName::Random, StrategyName::LeastConnections];
    scenario.effort.requests = 20_000;
    scenario.effort.replications = 1;
    let outcome = study(&scenario);
    assert!(!outcome.comparisons.is_empty());
    assert!(
        outcome
            .comparisons
            .iter()
            .all(|pair| pair.ci95.is_none() && !pair.significant)
    );
}

/// Stopped before it began, it says nothing at all.
#[test]
fn what_was_stopped_at_once_has_no_results() {
    let mut scenario = markovian(fifo(4, 1), 0.9);
    scenario.effort.requests = 20_000;
    let oversight = Oversight::default();
    oversight.stop.store(true, Ordering::Relaxed);
    let outcome = simulate(&scenario, NonZeroUsize::MIN, &oversight);
    assert!(outcome.interrupted && outcome.results.is_empty() && outcome.comparisons.is_empty());
}

/// Most are refused: the warm-up is counted in requests, the interval made of answers, and both are there.
#[test]
fn a_run_that_refuses_most_still_has_an_interval() {
    let mut scenario = markovian(fifo(1, 1), 5.0);
    scenario.fleet.queue_limit = Some(0);
    scenario.effort.requests = 200_000;
    scenario.effort.warmup = Warmup::Requests(100_000);
    scenario.effort.replications = 1;
    let outcome = study(&scenario);
    let result = &outcome.results[0];
    assert_eq!(result.requests, 100_000);
    let times = &result.response_time_seconds;
    let (mean, half) = times.mean.zip(times.mean_ci95).expect("an interval");
    // Nobody waits: the response time is the service time.
    assert!(
        half < 0.02 * mean && (mean - 0.01).abs() < 2.0 * half,
        "{mean} ± {half}"
    );
}
