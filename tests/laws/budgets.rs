//! Limits that must hold whatever happens: on retries and hedges, on requests let in, on backends ejected.
//!
//! That breakers let no more probes through than they may cannot be seen from outside; that is proved of the policy's own
//! breaker, by exploring all its states, and a permit that is not given back or given back twice shows as a world that
//! does not end, or that panics, in [`crate::conservation_at_every_instant`].

use std::cell::Cell;

use policy::admission::{Limit, Limiter};
use policy::time::Duration;
use proptest::prelude::*;
use sim::accept::Knowledge;
use sim::operations::{AdmissionControls, BackendControls, Operations};
use sim::probe::Gauge;
use sim::run::run_watched;
use sim::scenario::Scenario;

use crate::any_operations::{any_budget, any_eventful_scenario, any_outlier};

fn operations(scenario: &mut Scenario) -> &mut Operations {
    scenario.operations.as_mut().expect("an eventful scenario")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Of each balancer: what it holds, what time adds, and a share of its requests.
    #[test]
    fn retries_and_hedges_stay_within_their_budget(
        mut scenario in any_eventful_scenario(),
        budget in any_budget(),
    ) {
        operations(&mut scenario).requests.budget = Some(budget);
        let recorded = run_watched(&scenario, scenario.strategies[0], 0, &|_| {});
        let chronicle = recorded.chronicle.expect("an eventful run");
        let options = budget.options();
        let end_ns = chronicle.series.points().last().map_or(0.0, |last| last.end_seconds() * 1e9);
        let each = (options.window.0 as f64 + end_ns) / options.every.0 as f64;
        let earned = f64::from(options.thousandths) / 1000.0 * scenario.effort.requests as f64;
        let most = f64::from(scenario.dispatchers) * each + earned;
        let spent = chronicle.totals.retries + chronicle.totals.hedges;
        prop_assert!(spent as f64 <= most + 1e-6, "{spent} of {most}");
    }

    /// Whatever else holds requests up, none but those let in is in the system.
    #[test]
    fn no_more_are_let_in_than_may_be_there(
        mut scenario in any_eventful_scenario(),
        limit in 1..10u32,
    ) {
        let limiter = Limiter::new(Limit::Fixed(limit)).expect("a limit");
        operations(&mut scenario).admission = AdmissionControls {
            concurrency: Some(limiter),
            ..operations(&mut scenario).admission.clone()
        };
        let most = Cell::new(0);
        run_watched(&scenario, scenario.strategies[0], 0, &|now| {
            most.set(now.in_flight.max(most.get()));
        });
        let allowed = u64::from(limit) * u64::from(scenario.dispatchers);
        prop_assert!(most.get() <= allowed, "{} of {allowed}", most.get());
    }

    /// At one balancer, where nothing else holds anything against a backend: its share, and one always may be. The series is
    /// so fine that hardly anything is averaged away.
    #[test]
    fn no_more_are_ejected_than_may_be(
        mut scenario in any_eventful_scenario(),
        outlier in any_outlier(),
    ) {
        scenario.dispatchers = 1;
        scenario.knowledge = Knowledge::Own;
        let backends = scenario.fleet.len();
        let changed = operations(&mut scenario);
        changed.pool = None;
        changed.series = Some(Duration::from_micros(100));
        changed.backends = BackendControls {
            outlier: Some(outlier),
            breaker: changed.backends.breaker,
            slow_start: changed.backends.slow_start,
            panic: changed.backends.panic,
            ..BackendControls::default()
        };
        let recorded = run_watched(&scenario, scenario.strategies[0], 0, &|_| {});
        let points = recorded.chronicle.expect("an eventful run").series.points();
        let most = points.iter().map(|point| point.gauge(Gauge::Ejected)).fold(0.0, f64::max);
        let share = backends * outlier.options().max_ejected_thousandths / 1000;
        let allowed = f64::from(share.max(1));
        prop_assert!(most <= allowed + 1e-9, "{most} of {allowed}");
    }
}
