//! Shares in proportion to weight.

use policy::strategy::StrategyName;

use crate::support::{counts, fleet_of, is_chance};

const WEIGHTS: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 7.0];

/// Weighted round robin deals out whole periods exactly, and a part of one to within two picks.
#[test]
fn weighted_is_exact_over_whole_periods() {
    let scenario = fleet_of(&WEIGHTS);
    for periods in [1, 2, 1_000] {
        let counts = counts(&scenario, StrategyName::Weighted, 17 * periods);
        for (count, weight) in counts.into_iter().zip(WEIGHTS) {
            assert_eq!(count, weight as u64 * periods);
        }
    }
    for requests in 1..17 * 3 {
        let counts = counts(&scenario, StrategyName::Weighted, requests);
        for (count, weight) in counts.into_iter().zip(WEIGHTS) {
            let share = weight * requests as f64 / 17.0;
            assert!(
                (count as f64 - share).abs() < 2.0,
                "{count} of {requests}, share {share}"
            );
        }
    }
}

/// Round robin, whatever the weights.
#[test]
fn round_robin_is_even() {
    assert_eq!(
        counts(&fleet_of(&WEIGHTS), StrategyName::RoundRobin, 5_000),
        [1_000; 5]
    );
}

#[test]
fn random_is_even_to_chance() {
    let counts = counts(&fleet_of(&WEIGHTS), StrategyName::Random, 1_000_000);
    is_chance("random", &counts, &[1.0; 5], 0.0);
}

/// Each share is binomial.
#[test]
fn weighted_random_is_in_proportion_to_chance() {
    let requests = 1_000_000;
    let counts = counts(&fleet_of(&WEIGHTS), StrategyName::WeightedRandom, requests);
    is_chance("weighted-random", &counts, &WEIGHTS, 0.0);
    for (count, weight) in counts.into_iter().zip(WEIGHTS) {
        let (n, p) = (requests as f64, weight / 17.0);
        // Five tests at 99.9 %.
        let most = 3.72 * (n * p * (1.0 - p)).sqrt();
        assert!((count as f64 - n * p).abs() < most, "{count} of {}", n * p);
    }
}

/// Both give everybody the exact share of the keys: rendezvous each key by chance, maglev to one entry of a table of at
/// least 65,537, with all keys different.
#[test]
fn hashing_is_in_proportion() {
    let (even, requests) = (vec![1.0; 100], 1_000_000);
    for weights in [even, WEIGHTS.to_vec()] {
        let scenario = fleet_of(&weights);
        let name = |strategy: StrategyName| format!("{strategy} over {}", weights.len());
        let dealt = counts(&scenario, StrategyName::Rendezvous, requests);
        is_chance(&name(StrategyName::Rendezvous), &dealt, &weights, 0.0);
        // An entry more or less in each of n shares adds at most requests x sum of (1 / entries)^2 / share.
        let all: f64 = weights.iter().sum();
        let entry = 1.0 / 65_537.0;
        let off: f64 = weights
            .iter()
            .map(|weight| entry * entry * all / weight)
            .sum();
        let dealt = counts(&scenario, StrategyName::Maglev, requests);
        is_chance(
            &name(StrategyName::Maglev),
            &dealt,
            &weights,
            requests as f64 * off,
        );
    }
}
