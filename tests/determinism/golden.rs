//! Fingerprints of whole runs. Another value here means that earlier results cannot be reproduced: on this machine, by
//! this build profile or since this change. If that is meant, say so in the changelog and put the new value in.

use evenkeel_tests::setup::{closed, fifo, lifo, markovian, open, sharing};
use policy::strategy::StrategyName;
use policy::time::Duration;
use sim::accept::Knowledge;
use sim::probe::Segments;
use sim::run::run;
use sim::scenario::Scenario;
use sim::world::Oversight;

/// How many events, their fingerprint, and the sum of the response times in nanoseconds.
fn fingerprint(mut scenario: Scenario, strategy: StrategyName) -> (u64, u64, u128) {
    scenario.effort.requests = 200_000;
    let segments = Segments::fixed(0, scenario.fleet.len());
    let recorded = run(&scenario, strategy, 0, segments, &Oversight::default());
    let (events, hash) = (recorded.hash.events(), recorded.hash.value());
    (events, hash, recorded.after(0).response_ns)
}

#[test]
fn open_loop_two_choices() {
    let found = fingerprint(markovian(fifo(16, 1), 0.9), StrategyName::TwoChoices);
    assert_eq!(found, (400_000, 0x767d_0d56_e4ff_59ae, 5_542_073_954_974));
}

#[test]
fn least_connections_on_unequal_backends_with_lognormal_service() {
    let mut fleet = fifo(5, 2);
    fleet.weights = vec![1.0, 2.0, 3.0, 2.5, 0.5];
    fleet.speeds = fleet.weights.clone();
    let scenario = open(
        fleet,
        "bursty:peak=3,share=0.2,cycle=1s",
        "lognormal:10ms,cv=2",
        0.8,
    );
    let found = fingerprint(scenario, StrategyName::LeastConnections);
    assert_eq!(found, (400_000, 0x9dfb_e3dd_274a_ac92, 102_269_504_318_616));
}

#[test]
fn shared_cores_under_peak_ewma_with_pareto_service() {
    let scenario = open(sharing(4, 2), "poisson", "pareto:10ms,alpha=2.1", 0.8);
    let found = fingerprint(scenario, StrategyName::LeastTime);
    assert_eq!(found, (400_000, 0xb1fc_2ba9_f6dd_385d, 4_159_419_149_514));
}

#[test]
fn a_closed_loop_of_sticky_clients() {
    let mut scenario = closed(lifo(3, 1), 12, "erlang:20ms,k=3", "hyperexp:10ms,cv=2");
    scenario.keys = "zipf:5000,s=1.1".parse().expect("keys");
    let found = fingerprint(scenario, StrategyName::Sticky);
    assert_eq!(found, (400_000, 0x87ed_f4b4_c26d_0f2e, 7_820_640_509_853));
}

#[test]
fn overload_with_limits_and_timeouts_on_a_bounded_ring() {
    let mut scenario = markovian(fifo(6, 1), 1.2);
    scenario.fleet.queue_limit = Some(10);
    scenario.timeout = Some(Duration::from_seconds(0.06));
    scenario.keys = "zipf:5000,s=1.1".parse().expect("keys");
    let found = fingerprint(scenario, StrategyName::BoundedLoad);
    assert_eq!(found, (435_323, 0xa9a6_1faf_d96f_af83, 4_785_288_715_209));
}

#[test]
fn several_balancers_with_an_old_board_and_a_secure_generator() {
    let mut scenario = markovian(fifo(8, 1), 0.8);
    scenario.dispatchers = 3;
    scenario.knowledge = Knowledge::Board(Duration::from_seconds(0.004));
    scenario.secure_rng = true;
    let found = fingerprint(scenario, StrategyName::JoinIdleQueue);
    assert_eq!(found, (478_306, 0x2fe4_192d_96b3_a801, 4_167_259_870_853));
}

/// Weighted rendezvous takes logarithms.
#[test]
fn rendezvous_by_weight() {
    let mut fleet = fifo(5, 1);
    fleet.weights = vec![1.0, 2.0, 3.0, 4.0, 7.0];
    fleet.speeds = fleet.weights.clone();
    let found = fingerprint(markovian(fleet, 0.8), StrategyName::Rendezvous);
    assert_eq!(found, (400_000, 0x7d68_a38c_fa70_bf6d, 2_840_284_134_870));
}
