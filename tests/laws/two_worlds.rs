//! The steady and the eventful world are two programs. Where nothing befalls anybody they must tell the same story, to
//! the last event.

use proptest::prelude::*;
use sim::operations::Operations;
use sim::probe::{Recorded, Segments};
use sim::run::run;
use sim::scenario::{Scenario, Warmup};
use sim::world::Oversight;

use crate::any_scenario::any_scenario;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Every event of a replication in order, and everything that was counted.
    #[test]
    fn they_agree_where_nothing_happens(scenario in any_scenario()) {
        let mut eventful = scenario.clone();
        eventful.operations = Some(Box::new(Operations::default()));
        for &strategy in &scenario.strategies {
            let steady = run(&scenario, strategy, 0, segments(&scenario), &Oversight::default());
            let eventful = run(&eventful, strategy, 0, segments(&scenario), &Oversight::default());
            prop_assert!(steady.chronicle.is_none() && eventful.chronicle.is_some());
            let events = |recorded: &Recorded| recorded.hash.events();
            prop_assert_eq!(events(&steady), events(&eventful), "{}", strategy);
            prop_assert_eq!(steady.hash, eventful.hash, "{}", strategy);
            prop_assert_eq!(steady.segments.suffixes(), eventful.segments.suffixes(), "{}", strategy);
        }
    }
}

fn segments(scenario: &Scenario) -> Segments {
    let backends = scenario.fleet.len();
    match scenario.effort.warmup {
        Warmup::Auto => Segments::open(scenario.effort.requests, backends),
        Warmup::Requests(warmup) => Segments::fixed(warmup, backends),
    }
}
