//! Scenarios of every kind.

use evenkeel_tests::setup::{closed, fifo, open};
use policy::strategy::StrategyName;
use policy::time::Duration;
use proptest::prelude::*;
use sim::accept::Knowledge;
use sim::scenario::{Effort, FleetSpec, Scenario, Service, Warmup};
use sim::station::Discipline;

/// All strategies, some thousand requests.
pub(crate) fn any_scenario() -> impl Strategy<Value = Scenario> {
    let traffic = (
        any_fleet(),
        any_arrivals(),
        any_service(),
        0.3..1.3f64,
        1..20u32,
    );
    let scenario = traffic.prop_map(|(fleet, arrivals, service, load, clients)| match arrivals {
        Some(arrivals) => open(fleet, arrivals, service, load),
        None => closed(fleet, clients, "exp:15ms", service),
    });
    let timeout = prop::option::of((1..80u64).prop_map(|ms| Duration(ms * 1_000_000)));
    let knowledge = prop_oneof![
        Just(Knowledge::Own),
        (1..50u64).prop_map(|ms| Knowledge::Board(Duration(ms * 1_000_000))),
    ];
    let who = (timeout, knowledge, 1..4u16, any::<bool>());
    (scenario, who, any_effort(), any::<u64>()).prop_map(|(scenario, who, effort, seed)| {
        let (timeout, knowledge, dispatchers, secure_rng) = who;
        Scenario {
            strategies: StrategyName::ALL.to_vec(),
            timeout,
            knowledge,
            dispatchers,
            secure_rng,
            effort,
            seed,
            ..scenario
        }
    })
}

fn any_fleet() -> impl Strategy<Value = FleetSpec> {
    let backends = prop::collection::vec((1..8u32, 1..8u32), 1..7);
    let queue = prop_oneof![
        Just(Service::Queue(Discipline::Fifo)),
        Just(Service::Queue(Discipline::Lifo)),
        Just(Service::Sharing),
    ];
    let limit = prop::option::of(0..10u32);
    (backends, 1..4u32, queue, limit).prop_map(|(backends, servers, queue, queue_limit)| {
        let halves = |half: u32| f64::from(half) / 2.0;
        FleetSpec {
            weights: backends.iter().map(|(weight, _)| halves(*weight)).collect(),
            speeds: backends.iter().map(|(_, speed)| halves(*speed)).collect(),
            queue,
            queue_limit,
            ..fifo(0, servers)
        }
    })
}

/// `None`: a closed loop.
fn any_arrivals() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![
        Some("poisson"),
        Some("even"),
        Some("bursty:peak=4,share=0.2,cycle=300ms"),
        None,
    ])
}

fn any_service() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "exp:10ms",
        "const:10ms",
        "lognormal:10ms,cv=2",
        "bimodal:1ms,p=0.9,91ms",
        "pareto:10ms,alpha=1.5",
    ])
}

fn any_effort() -> impl Strategy<Value = Effort> {
    let warmup = prop_oneof![Just(Warmup::Auto), (0..1_500u64).prop_map(Warmup::Requests)];
    (1..3_000u64, warmup, 1..4u32).prop_map(|(requests, warmup, replications)| Effort {
        requests,
        warmup: match warmup {
            // Something must be left to measure.
            Warmup::Requests(warmup) => Warmup::Requests(warmup.min(requests - 1)),
            Warmup::Auto => Warmup::Auto,
        },
        replications,
        precision: None,
        timeline: 0,
    })
}
