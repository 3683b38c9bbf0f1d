//! Poisson arrivals dealt out to several backends without a look at them, and even arrivals.

use evenkeel_tests::exact::{even_sigma, round_robin_sigma};
use evenkeel_tests::measure::{Plan, quantile, replicate, replicate_one, response};
use evenkeel_tests::setup::{EXPONENTIAL, fifo, markovian, open};
use evenkeel_tests::verdict::agrees;
use policy::strategy::StrategyName;

/// A Poisson process divided at random is several, and the backends are independent M/M/1: E\[T\] = 1 / (1 - rho).
#[test]
fn random_is_independent_queues() {
    let load = 0.8;
    let runs = replicate(
        &markovian(fifo(8, 1), load),
        StrategyName::Random,
        Plan::millions(40),
    );
    agrees(
        "random over 8, 0.8: E[T]",
        runs.iter().map(response),
        1.0 / (1.0 - load),
    );
}

/// As before, with unequal weights and speeds in step with them: backend i is M/M/1 with service 1 / w_i and load rho,
/// so E\[T_i\] = 1 / (w_i (1 - rho)), of a share w_i of all. Together n / (sum of w (1 - rho)).
#[test]
fn weighted_random_is_independent_queues() {
    let load = 0.8;
    let mut fleet = fifo(4, 1);
    fleet.weights = vec![1.0, 2.0, 3.0, 4.0];
    fleet.speeds = fleet.weights.clone();
    let runs = replicate(
        &markovian(fleet, load),
        StrategyName::WeightedRandom,
        Plan::millions(40),
    );
    let exact = 4.0 / (10.0 * (1.0 - load));
    agrees(
        "weighted-random 1:2:3:4, 0.8: E[T]",
        runs.iter().map(response),
        exact,
    );
}

/// Round robin leaves each of n backends every n-th arrival: E_n/M/1. E\[T\] = 1 / (1 - sigma), T is exponential.
#[test]
fn round_robin_is_erlang_arrivals() {
    let load = 0.9;
    let runs = replicate(
        &markovian(fifo(4, 1), load),
        StrategyName::RoundRobin,
        Plan::millions(100),
    );
    let exact = 1.0 / (1.0 - round_robin_sigma(4, load));
    agrees(
        "round-robin over 4, 0.9: E[T]",
        runs.iter().map(response),
        exact,
    );
    let median = runs.iter().map(|run| quantile(run, 0.5));
    agrees(
        "round-robin over 4, 0.9: p50",
        median,
        libm::log(2.0) * exact,
    );
}

/// Weighted round robin with equal weights is round robin.
#[test]
fn weighted_round_robin_is_erlang_arrivals() {
    let load = 0.8;
    let runs = replicate(
        &markovian(fifo(3, 1), load),
        StrategyName::Weighted,
        Plan::millions(30),
    );
    let exact = 1.0 / (1.0 - round_robin_sigma(3, load));
    agrees(
        "weighted over 3, 0.8: E[T]",
        runs.iter().map(response),
        exact,
    );
}

/// D/M/1: what an open-loop load generator that sends evenly sees.
#[test]
fn even_arrivals() {
    let load = 0.8;
    let scenario = open(fifo(1, 1), "even", EXPONENTIAL, load);
    let runs = replicate_one(&scenario, Plan::millions(30));
    let exact = 1.0 / (1.0 - even_sigma(load));
    agrees("D/M/1 0.8: E[T]", runs.iter().map(response), exact);
}
