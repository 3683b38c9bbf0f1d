//! Random and round robin, written down again in a line each: nothing of the policy crate's strategies is used.

use evenkeel_tests::setup::{EXPONENTIAL, fifo, markovian, open};
use policy::random::below;
use policy::strategy::StrategyName;
use sim::scenario::{FleetSpec, Scenario};
use workload::stream::{Purpose, Stream};

use crate::compare::agree;
use crate::lindley::{Answer, Arrivals, Servers};

/// Where requests go, by their number.
fn recurse(scenario: &Scenario, replication: u32, mut slot: impl FnMut(u64) -> u32) -> Vec<Answer> {
    let mut servers = Servers::new(scenario);
    let arrivals = Arrivals::new(scenario, replication);
    arrivals
        .map(|arrival| servers.serve(&arrival, slot(arrival.number)))
        .collect()
}

fn both_agree(scenario: &Scenario, replication: u32) {
    let backends = scenario.fleet.len();
    let stream = |purpose| Stream::new(scenario.seed, replication, purpose);

    let (meets, picks) = (stream(Purpose::Dispatch), stream(Purpose::Policy));
    let answers = recurse(scenario, replication, |number| {
        below(backends, &mut picks.at(number))
    });
    agree(scenario, StrategyName::Random, replication, answers);

    // Each balancer goes round on its own.
    let balancers = u32::from(scenario.dispatchers);
    let mut turns = vec![0; balancers as usize];
    let answers = recurse(scenario, replication, |number| {
        let met = match balancers {
            1 => 0,
            several => below(several, &mut meets.at(number)),
        };
        let turn = &mut turns[met as usize];
        *turn += 1;
        (*turn - 1) % backends
    });
    agree(scenario, StrategyName::RoundRobin, replication, answers);
}

fn of(mut scenario: Scenario, requests: u64) -> Scenario {
    scenario.effort.requests = requests;
    scenario
}

/// The reference work: 16 equal backends at 0.9, two million requests.
#[test]
fn equal_speeds() {
    both_agree(&of(markovian(fifo(16, 1), 0.9), 2_000_000), 0);
}

/// Request by request, for several seeds and replications.
#[test]
fn request_by_request() {
    for seed in [1, 2, u64::MAX] {
        let mut scenario = of(markovian(fifo(5, 1), 0.9), 100_000);
        scenario.effort.timeline = 100_000;
        scenario.seed = seed;
        both_agree(&scenario, 0);
        both_agree(&scenario, 3);
    }
}

/// The slowest are overloaded by some strategies: queues of thousands.
#[test]
fn different_speeds() {
    let fleet = FleetSpec {
        speeds: vec![0.3, 1.0, 2.5, 7.0, 1.0 / 3.0],
        ..fifo(5, 1)
    };
    let mut scenario = of(markovian(fleet, 0.8), 300_000);
    scenario.effort.timeline = 300_000;
    both_agree(&scenario, 0);
}

#[test]
fn several_servers() {
    for servers in [2, 7] {
        let fleet = FleetSpec {
            speeds: vec![1.0, 2.0, 1.5],
            ..fifo(3, servers)
        };
        both_agree(&of(markovian(fleet, 0.9), 300_000), 0);
    }
}

#[test]
fn several_balancers() {
    let mut scenario = of(markovian(fifo(4, 1), 0.9), 300_000);
    scenario.dispatchers = 3;
    both_agree(&scenario, 0);
}

/// Other gaps, other demands; with even gaps and constant service many things happen at the same nanosecond.
#[test]
fn other_workloads() {
    for (arrivals, service, load) in [
        ("even", "const:10ms", 1.0),
        ("even", "const:10ms", 0.8),
        ("even", EXPONENTIAL, 0.95),
        (
            "bursty:peak=5,share=0.1,cycle=1s",
            "lognormal:10ms,cv=2",
            0.9,
        ),
        ("poisson", "pareto:10ms,alpha=2.1", 0.9),
        ("poisson", "bimodal:1ms,p=0.99,100ms", 1.2),
        ("poisson", "uniform:5ms..15ms", 0.9),
        ("poisson", "erlang:10ms,k=4", 0.9),
    ] {
        both_agree(&of(open(fifo(4, 1), arrivals, service, load), 200_000), 0);
    }
}
