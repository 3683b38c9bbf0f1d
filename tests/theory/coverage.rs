//! Whether reported intervals mean what they say, warm-up removal included.

use std::num::NonZeroUsize;

use evenkeel_tests::setup::{UNIT_SECONDS, fifo, markovian};
use policy::strategy::StrategyName;
use sim::scenario::{Effort, Warmup};
use sim::study::simulate;
use sim::world::Oversight;

/// M/M/1 at 0.95 from an empty system, E\[T\] = 20: of 100 experiments with different seeds, a 95 % interval should
/// contain it in about 95: in fewer than 88 once in 700 times (binomial, P(X <= 87) at 0.95).
fn covered(replications: u32, requests: u64) -> usize {
    let mut scenario = markovian(fifo(1, 1), 0.95);
    scenario.effort = Effort {
        requests,
        warmup: Warmup::Auto,
        replications,
        ..scenario.effort
    };
    let covers = |seed| {
        scenario.seed = seed;
        let outcome = simulate(&scenario, NonZeroUsize::MIN, &Oversight::default());
        let found = outcome.results[0].response_time_seconds;
        let (mean, half) = (
            found.mean.expect("answers"),
            found.mean_ci95.expect("an interval"),
        );
        (mean - 20.0 * UNIT_SECONDS).abs() <= half
    };
    let covered = (1..=100).map(covers).filter(|&covers| covers).count();
    println!(
        "{replications} x {requests} requests at 0.95: {covered} of 100 intervals contain E[T]"
    );
    covered
}

#[test]
fn intervals_over_replications() {
    assert!(covered(10, 100_000) >= 88);
}

/// One replication: batch means.
#[test]
fn intervals_of_a_single_run() {
    assert!(covered(1, 1_000_000) >= 88);
}

/// Random and, with all keys different, rendezvous deal out requests by the same law. "At 95 % one pair in twenty that
/// are equal" is called different, in mean or 99th percentile: of 400, 20 on average, 8 to 35 in 999 cases of 1,000.
#[test]
fn equal_strategies_are_seldom_called_different() {
    let mut scenario = markovian(fifo(4, 1), 0.9);
    scenario.strategies = vec![StrategyName::Random, StrategyName::Rendezvous];
    scenario.effort = Effort {
        requests: 20_000,
        warmup: Warmup::Requests(2_000),
        replications: 10,
        ..scenario.effort
    };
    let mut different = [0, 0];
    for seed in 1..=400 {
        scenario.seed = seed;
        let outcome = simulate(&scenario, NonZeroUsize::MIN, &Oversight::default());
        for (different, comparison) in different.iter_mut().zip(&outcome.comparisons) {
            *different += u32::from(comparison.significant);
        }
    }
    println!("random and rendezvous: mean and p99 called different {different:?} times in 400");
    assert!(
        different
            .iter()
            .all(|different| (8..=35).contains(different))
    );
}
