//! Whatever goes wrong and whatever is done about it: nothing is lost, nothing is counted twice, and it ends.

use std::cell::Cell;

use evenkeel_tests::measure::everything;
use proptest::prelude::*;
use sim::probe::Recorded;
use sim::run::run_watched;
use sim::scenario::Scenario;
use sim::world::Counts;

use crate::any_operations::any_eventful_scenario;

/// Some hundred requests take some ten thousand events; probes, boards and waits for slots go on for as long as the last
/// of them does.
const MANY: u64 = 1_000_000;

/// One run, the requests looked at after every event: what there was of them at last.
fn watched(scenario: &Scenario) -> (Recorded, Counts) {
    let last = Cell::new(Counts::default());
    let events = Cell::new(0);
    let recorded = run_watched(scenario, scenario.strategies[0], 0, &|now: Counts| {
        let before = last.replace(now);
        events.set(events.get() + 1);
        assert!(events.get() < MANY, "it does not end: {now:?}");
        assert_eq!(now.sent, now.completed + now.failed + now.in_flight);
        assert!(now.sent >= before.sent && now.sent <= scenario.effort.requests);
        assert!(now.completed >= before.completed && now.failed >= before.failed);
    });
    (recorded, last.get())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn requests_in_are_requests_out(scenario in any_eventful_scenario()) {
        let (recorded, last) = watched(&scenario);
        prop_assert_eq!(last.sent, scenario.effort.requests);
        prop_assert_eq!(last.in_flight, 0);
        let hash = recorded.hash;
        let totals = recorded.chronicle.as_ref().expect("an eventful run").totals;
        let all = everything(recorded, scenario.fleet.len());
        prop_assert_eq!(all.failed.total(), last.failed);
        prop_assert_eq!(all.completed_count(), last.completed);
        prop_assert_eq!(all.answers, last.completed);
        // Every attempt went to a backend and is counted there once, wherever it ended.
        let placed: u64 = all.backends.iter().map(|backend| backend.requests).sum();
        prop_assert_eq!(placed, totals.attempts);
        prop_assert!(totals.attempts <= last.sent + totals.retries + totals.hedges);
        prop_assert!(totals.hedges_won <= totals.hedges);
        prop_assert!(totals.wasted_ns <= totals.served_ns + 1_000_000);
        let (again, _) = watched(&scenario);
        prop_assert_eq!(hash, again.hash);
        prop_assert_eq!(totals, again.chronicle.expect("an eventful run").totals);
    }
}
