//! Bounded loads.

use evenkeel_tests::setup::{EXPONENTIAL, fifo, open};
use policy::strategy::StrategyName;
use sim::probe::Span;
use sim::scenario::{FleetSpec, Scenario};

use crate::support::spans;

/// Keys of which a few are hot.
fn hot(weights: &[f64]) -> Scenario {
    let fleet = FleetSpec {
        weights: weights.to_vec(),
        speeds: weights.to_vec(),
        ..fifo(weights.len(), 1)
    };
    let mut scenario = open(fleet, "poisson", EXPONENTIAL, 0.9);
    scenario.keys = "zipf:1000,s=1.2".parse().expect("keys");
    scenario
}

/// How many requests were placed beyond ceil(bound x m x share), m the requests in flight with this one, and how many
/// exactly at that, told from when each came and went.
fn beyond_and_at(spans: &[Span], weights: &[f64], bound: f64) -> (u64, u64) {
    let all: f64 = weights.iter().sum();
    let mut leaving: Vec<(u64, u32)> = spans
        .iter()
        .map(|span| ((span.arrived + span.response).0, span.slot.expect("placed")))
        .collect();
    leaving.sort_unstable();
    let mut leaving = leaving.into_iter().peekable();
    let mut in_flight = vec![0u64; weights.len()];
    let (mut beyond, mut at) = (0, 0);
    for span in spans {
        while let Some((_, slot)) = leaving.next_if(|&(time, _)| time <= span.arrived.0) {
            in_flight[slot as usize] -= 1;
        }
        let slot = span.slot.expect("placed") as usize;
        in_flight[slot] += 1;
        let total = in_flight.iter().sum::<u64>() as f64;
        let limit = f64::ceil(bound * total * weights[slot] / all - 1e-9) as u64;
        beyond += u64::from(in_flight[slot] > limit);
        at += u64::from(in_flight[slot] == limit);
    }
    (beyond, at)
}

/// No request is ever placed beyond the bound; many are placed right at it; and plain ring hash, on the same requests,
/// goes beyond it all the time.
#[test]
fn nobody_is_placed_beyond_it() {
    for weights in [vec![1.0; 16], vec![1.0, 2.0, 3.0, 4.0]] {
        for bound in [1.1, 1.25, 2.0] {
            let mut scenario = hot(&weights);
            scenario.options.bound = bound;
            let placed = spans(&scenario, StrategyName::BoundedLoad, 100_000);
            let (beyond, at) = beyond_and_at(&placed, &weights, bound);
            assert!(
                beyond == 0 && at > 1_000,
                "bound {bound}: {beyond} beyond, {at} at it"
            );
            let placed = spans(&scenario, StrategyName::RingHash, 100_000);
            let (beyond, _) = beyond_and_at(&placed, &weights, bound);
            assert!(
                beyond > 1_000,
                "ring-hash against bound {bound}: {beyond} beyond"
            );
        }
    }
}
