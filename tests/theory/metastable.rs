//! Overload that outlives what caused it (Bronson et al. 2021, "Metastable Failures in Distributed Systems").
//!
//! One server, first come, first served, does all the work it is sent, also what nobody waits for any more. Attempts are
//! given up after 10 services and repeated at once, 3 times. Once the wait exceeds the 10, every request makes 4 attempts,
//! all in vain: load that was `rate` is 4 `rate`, and where that exceeds 1 the queue only grows. So there are three
//! regions: below 1/4 a spike passes; between 1/4 and 1 it does not; above 1 none is needed.
//!
//! Rates are chosen well away from the edges: at 0.2 the queue that a spike leaves shrinks by 0.2 each unit of time, so
//! that it has gone by the time from which on is measured; at 0.5 it grows by 1. Without a spike at 0.5 the wait for constant
//! services exceeds 10 with a probability of about e^{-12}, and a single such wait does not overload anything.

use evenkeel_tests::measure::{Plan, replicate_one};
use evenkeel_tests::setup::{fifo, open, operated, retries_at_once};
use policy::retry;
use policy::time::Duration;
use sim::operations::{Abandoned, Operations, RequestControls};
use sim::probe::Tally;
use workload::arrivals::Surge;

/// The shares of the requests that are answered, long after the spike, in each of some replications.
fn answered(rate: f64, text: &str, budget: Option<retry::Config>) -> Vec<f64> {
    let surges = match text {
        "" => Vec::new(),
        text => Surge::list(text).expect("surges"),
    };
    let operations = Operations {
        surges,
        requests: RequestControls {
            attempt_timeout: Some(Duration::from_millis(100)),
            abandoned: Abandoned::Serve,
            retries: Some(retries_at_once(3)),
            budget,
            ..RequestControls::default()
        },
        ..Operations::default()
    };
    let scenario = open(fifo(1, 1), "poisson", "const:10ms", rate);
    let scenario = operated(scenario, operations);
    let plan = Plan {
        replications: 10,
        warmup: 10_000,
        measured: 10_000,
    };
    let runs = replicate_one(&scenario, plan);
    let share = |run: &Tally| run.completed_count() as f64 / run.requests() as f64;
    let shares: Vec<f64> = runs.iter().map(share).collect();
    println!("{rate} {text}: {shares:?}");
    shares
}

/// Ten times as many for 2 s, which is 200 services.
const SPIKE: &str = "spike:@10s+2sx10";

fn stays_good(shares: &[f64]) -> bool {
    shares.iter().all(|&share| share > 0.999)
}

fn stays_bad(shares: &[f64]) -> bool {
    shares.iter().all(|&share| share < 0.001)
}

#[test]
fn a_spike_collapses_goodput_for_good_only_inside_the_band() {
    assert!(stays_good(&answered(0.2, SPIKE, None)));
    assert!(stays_good(&answered(0.5, "", None)));
    assert!(stays_bad(&answered(0.5, SPIKE, None)));
    assert!(stays_bad(&answered(1.2, "", None)));
}

/// With a retry for every tenth request and one a second, the load of 0.5 is never more than 0.56: what a spike leaves is
/// served, in vain, and then all is well.
#[test]
fn a_budget_prevents_it() {
    let options = retry::Options {
        thousandths: 100,
        every: Duration::from_millis(1_000),
        window: Duration::from_millis(10_000),
    };
    let budget = retry::Config::new(options).expect("a budget");
    assert!(stays_good(&answered(0.5, SPIKE, Some(budget))));
}
