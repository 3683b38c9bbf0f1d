//! Every strategy there is, also those that look at loads: the balancer is told of the departures that the recursion
//! has computed, in their order, and nothing else.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use evenkeel_tests::setup::{fifo, markovian, open};
use policy::strategy::{AnyBalancer, StrategyName};
use policy::time::Instant;
use policy::{BackendId, Request, Weight};
use rand_core::Rng;
use sim::scenario::{FleetSpec, Scenario};
use workload::stream::{Purpose, Stream};

use crate::compare::agree;
use crate::lindley::{Answer, Arrivals, Servers};

/// Departures to come, earliest first; of equal ones the service that began first.
type Departures = BinaryHeap<Reverse<(Instant, Instant, Answer)>>;

fn recurse(scenario: &Scenario, strategy: StrategyName, replication: u32) -> Vec<Answer> {
    let mut balancer = balancer(scenario, strategy);
    let picks = Stream::new(scenario.seed, replication, Purpose::Policy);
    let mut servers = Servers::new(scenario);
    let mut departures = Departures::new();
    let keyed = strategy.about().keyed;
    let place = |arrival: crate::lindley::Arrival| {
        let now = arrival.time;
        while let Some(Reverse((time, _, answer))) = departures.peek().copied()
            && time <= now
        {
            departures.pop();
            balancer.finish(backend(answer.slot), Some(answer.response), time);
        }
        let key = if keyed { arrival.key } else { 0 };
        let chosen = balancer.assign(&Request { key }, now, &mut picks.at(arrival.number));
        let answer = servers.serve(&arrival, chosen.expect("all are eligible").slot);
        departures.push(Reverse((answer.departed(), answer.began(), answer)));
        answer
    };
    Arrivals::new(scenario, replication).map(place).collect()
}

fn balancer(scenario: &Scenario, strategy: StrategyName) -> AnyBalancer {
    let names = Stream::new(scenario.seed, 0, Purpose::Names);
    let backends = (0..).zip(&scenario.fleet.weights).map(|(slot, &weight)| {
        let weight = Weight::new(weight).expect("a weight");
        (weight, names.at(slot).next_u64())
    });
    AnyBalancer::new(strategy, &scenario.options, backends)
}

fn backend(slot: u32) -> BackendId {
    BackendId {
        slot,
        generation: 0,
    }
}

fn all_agree(scenario: Scenario, requests: u64) {
    these_agree(StrategyName::ALL, scenario, requests);
}

fn these_agree(strategies: &[StrategyName], mut scenario: Scenario, requests: u64) {
    scenario.effort.requests = requests;
    scenario.effort.timeline = requests as usize;
    for &strategy in strategies {
        for replication in [0, 1] {
            let answers = recurse(&scenario, strategy, replication);
            agree(&scenario, strategy, replication, answers);
        }
    }
}

#[test]
fn equal_backends() {
    all_agree(markovian(fifo(8, 1), 0.9), 100_000);
}

#[test]
fn unequal_backends() {
    let fleet = FleetSpec {
        weights: vec![1.0, 2.0, 3.5, 2.0, 1.0],
        speeds: vec![1.0, 2.0, 3.0, 2.5, 0.5],
        ..fifo(5, 1)
    };
    let mut scenario = markovian(fleet, 0.9);
    scenario.keys = "zipf:10000,s=1.1".parse().expect("keys");
    all_agree(scenario, 100_000);
}

#[test]
fn several_servers() {
    let fleet = fifo(4, 3);
    all_agree(
        open(
            fleet,
            "bursty:peak=3,share=0.2,cycle=500ms",
            "lognormal:10ms,cv=2",
            0.8,
        ),
        100_000,
    );
}

/// Departures at the very nanosecond of an arrival come first: with even gaps and constant service there are many. Which of
/// several departures at once comes first is the agenda's business, and is felt by strategies that keep an index.
#[test]
fn ties() {
    use StrategyName::{JoinIdleQueue, LeastConnections, LeastTime};
    let indexed = [JoinIdleQueue, LeastConnections, LeastTime];
    let all = StrategyName::ALL.iter().copied();
    let others: Vec<StrategyName> = all.filter(|strategy| !indexed.contains(strategy)).collect();
    let two_sizes = "bimodal:5ms,p=0.5,15ms";
    these_agree(&others, open(fifo(4, 1), "even", "const:10ms", 1.0), 20_000);
    these_agree(&others, open(fifo(4, 1), "even", two_sizes, 0.8), 20_000);
    these_agree(&others, open(fifo(3, 2), "even", two_sizes, 1.0), 20_000);
}
