//! What retries make of errors.

use evenkeel_tests::measure::{Plan, busy_servers, chronicle, replicate_one};
use evenkeel_tests::setup::{faulty, fifo, markovian, operated, retries_at_once};
use evenkeel_tests::verdict::agrees;
use policy::retry;
use policy::strategy::StrategyName;
use policy::time::Duration;
use sim::operations::{Operations, RequestControls};
use sim::probe::Tally;
use sim::scenario::Scenario;

const RETRIES: u32 = 3;

fn failing(scenario: Scenario, faults: &str, budget: Option<retry::Config>) -> Scenario {
    let operations = Operations {
        faults: faulty(faults),
        requests: RequestControls {
            retries: Some(retries_at_once(RETRIES)),
            budget,
            ..RequestControls::default()
        },
        ..Operations::default()
    };
    operated(scenario, operations)
}

fn answered(tally: &Tally) -> f64 {
    tally.completed_count() as f64 / tally.requests() as f64
}

/// Every attempt fails with probability 1/2: sum of p^k attempts a request for k up to 3, and 1 - p^4 of them are answered.
/// The load that this makes of 0.45 is 0.84.
#[test]
fn errors_after_service_multiply_load() {
    let load = 0.45;
    let amplified = 1.0 + 0.5 + 0.25 + 0.125;
    let scenario = failing(markovian(fifo(1, 1), load), "errors:all@0s,p=0.5", None);
    let runs = chronicle(&scenario, StrategyName::RoundRobin, 50, 60_000);
    agrees(
        "errors 1/2, 3 retries: attempts a request",
        runs.iter()
            .map(|(all, chronicle)| chronicle.totals.attempts as f64 / all.requests() as f64),
        amplified,
    );
    agrees(
        "errors 1/2, 3 retries: answered",
        runs.iter().map(|(all, _)| answered(all)),
        1.0 - 0.0625,
    );
    agrees(
        "errors 1/2, 3 retries: utilisation",
        replicate_one(&scenario, Plan::millions(5))
            .iter()
            .map(busy_servers),
        load * amplified,
    );
}

/// Errors at once make attempts, too, but no load.
#[test]
fn errors_at_once_do_not() {
    let load = 0.9;
    let scenario = failing(markovian(fifo(1, 1), load), "failfast:all@0s,p=0.2", None);
    let runs = chronicle(&scenario, StrategyName::RoundRobin, 50, 60_000);
    agrees(
        "fail fast 1/5, 3 retries: attempts a request",
        runs.iter()
            .map(|(all, chronicle)| chronicle.totals.attempts as f64 / all.requests() as f64),
        1.0 + 0.2 + 0.04 + 0.008,
    );
    agrees(
        "fail fast 1/5, 3 retries: utilisation",
        replicate_one(&scenario, Plan::millions(5))
            .iter()
            .map(busy_servers),
        load * (1.0 - 0.0016),
    );
}

/// Where everything fails, a budget is spent to the last retry: what it held, what time and what requests have earned.
#[test]
fn a_budget_is_kept_and_spent() {
    let options = retry::Options {
        thousandths: 200,
        every: Duration::from_millis(500),
        window: Duration::from_millis(10_000),
    };
    let budget = retry::Config::new(options).expect("a budget");
    let scenario = markovian(fifo(1, 1), 0.8);
    let scenario = failing(scenario, "failfast:all@0s", Some(budget));
    for (all, chronicle) in chronicle(&scenario, StrategyName::RoundRobin, 10, 50_000) {
        let totals = chronicle.totals;
        let seconds = chronicle
            .series
            .points()
            .last()
            .expect("time")
            .end_seconds();
        let most = 0.2 * all.requests() as f64 + seconds / 0.5 + 20.0;
        let retries = totals.retries as f64;
        assert!(retries <= most, "{retries} of {most}");
        assert!(retries > most - 2.0, "{retries} of {most}");
        assert_eq!(totals.attempts, all.requests() + totals.retries);
        assert!(totals.retries_denied > 0);
    }
}
