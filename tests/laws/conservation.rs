//! Nothing is lost, nothing is counted twice.

use std::num::NonZeroUsize;

use evenkeel_tests::measure::everything;
use evenkeel_tests::setup::{markovian, sharing};
use policy::strategy::StrategyName;
use policy::time::Duration;
use proptest::prelude::*;
use sim::outcome::StrategyResult;
use sim::probe::Segments;
use sim::run::run;
use sim::scenario::Scenario;
use sim::study::simulate;
use sim::world::Oversight;

use crate::any_scenario::any_scenario;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_outcome_adds_up(scenario in any_scenario()) {
        let outcome = simulate(&scenario, NonZeroUsize::MIN, &Oversight::default());
        prop_assert_eq!(outcome.results.len(), scenario.strategies.len());
        for result in &outcome.results {
            requests_are_conserved(&scenario, result)?;
            nobody_works_more_than_all_the_time(result)?;
            times_are_in_order(result)?;
        }
        for &strategy in &scenario.strategies {
            times_are_accounted_for(&scenario, strategy)?;
        }
    }
}

type Verdict = Result<(), TestCaseError>;

/// Sent = measured + left out; measured = answered + failed; all of them went somewhere.
fn requests_are_conserved(scenario: &Scenario, result: &StrategyResult) -> Verdict {
    let sent = scenario.effort.requests * u64::from(result.replications);
    prop_assert_eq!(result.requests + result.warmup_discarded, sent);
    prop_assert_eq!(result.requests, result.completed + result.failed.total());
    prop_assert_eq!(result.failed.no_backend, 0);
    let placed: u64 = result.backends.iter().map(|backend| backend.requests).sum();
    prop_assert_eq!(placed, result.requests);
    let shares: f64 = result.backends.iter().map(|backend| backend.share).sum();
    prop_assert!((shares - 1.0).abs() < 1e-12);
    if scenario.timeout.is_none() {
        prop_assert_eq!(result.failed.timeout, 0);
    }
    if scenario.fleet.queue_limit.is_none() {
        prop_assert_eq!(result.failed.refused, 0);
    }
    Ok(())
}

/// Little 1961, as bookkeeping: the time that backends had requests is the time that requests had backends. Who
/// gave up while waiting was there for as long as its patience; in service, for at least that long.
fn times_are_accounted_for(scenario: &Scenario, strategy: StrategyName) -> Verdict {
    let segments = Segments::fixed(0, scenario.fleet.len());
    let recorded = run(scenario, strategy, 0, segments, &Oversight::default());
    let all = everything(recorded, scenario.fleet.len());
    prop_assert_eq!(all.answers, all.completed_count());
    let at_backends: f64 = all.backends.iter().map(|backend| backend.sojourn_ns).sum();
    let patience = scenario.timeout.map_or(0, |patience| patience.0);
    let of_requests = all.response_ns as f64 + (all.failed.timeout * patience) as f64;
    let close = (at_backends - of_requests).abs() <= 1e-9 * of_requests;
    let in_vain = scenario.timeout.is_some() && at_backends > of_requests;
    prop_assert!(close || in_vain, "{} and {}", at_backends, of_requests);
    let busy: u64 = all.backends.iter().map(|backend| backend.busy_ns).sum();
    prop_assert!(
        busy as f64 <= at_backends * (1.0 + 1e-9),
        "nobody is served who is not there"
    );
    Ok(())
}

/// Also when some of the work is done in vain.
fn nobody_works_more_than_all_the_time(result: &StrategyResult) -> Verdict {
    for backend in &result.backends {
        prop_assert!(backend.utilization >= 0.0);
        prop_assert!(backend.utilization <= 1.0 + 1e-6, "{:?}", backend);
    }
    let fairness = &result.fairness;
    prop_assert!(
        fairness.jain <= 1.0 + 1e-12 && fairness.jain * result.backends.len() as f64 >= 1.0 - 1e-12
    );
    Ok(())
}

fn times_are_in_order(result: &StrategyResult) -> Verdict {
    let times = &result.response_time_seconds;
    let ladder = [
        times.p50, times.p90, times.p95, times.p99, times.p999, times.max,
    ];
    prop_assert!(ladder.is_sorted(), "{:?}", times);
    prop_assert_eq!(times.mean.is_some(), result.completed > 0);
    prop_assert!(times.mean <= times.max.map(|max| max * (1.0 + 1e-12)));
    prop_assert!(result.wait_time_seconds.mean <= times.mean);
    Ok(())
}

/// A shared processor at 1.2 of its capacity whose clients all give up in the end goes on working in vain, and more and
/// more is left when the last of them has gone. It cannot have worked more than all the time.
#[test]
fn work_in_vain_takes_time_too() {
    let mut scenario = markovian(sharing(1, 1), 1.2);
    scenario.timeout = Some(Duration::from_seconds(0.05));
    scenario.effort.requests = 20_000;
    let outcome = simulate(&scenario, NonZeroUsize::MIN, &Oversight::default());
    let utilization = outcome.results[0].backends[0].utilization;
    assert!((0.999..=1.0).contains(&utilization), "{utilization}");
}
