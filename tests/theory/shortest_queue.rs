//! Policies that look at queue lengths, on fleets small enough for their whole Markov chain.

use evenkeel_tests::exact::{
    Choice, Pair, Ranks, join_idle, shortest, two_choices, two_with_replacement,
};
use evenkeel_tests::measure::{Plan, replicate, response};
use evenkeel_tests::setup::{fifo, markovian};
use evenkeel_tests::verdict::agrees;
use policy::strategy::StrategyName;
use sim::scenario::Scenario;

/// E\[T\] from the chain of queue lengths, solved numerically.
fn against_the_chain<const N: usize>(
    strategy: StrategyName,
    choice: Choice<N>,
    load: f64,
    longest: u16,
    plan: Plan,
) {
    let exact = Ranks {
        load,
        choice,
        longest,
    };
    against(&markovian(fifo(N, 1), load), strategy, exact, plan);
}

/// As above, of a scenario that is out of the ordinary.
fn against<const N: usize>(
    scenario: &Scenario,
    strategy: StrategyName,
    exact: Ranks<N>,
    plan: Plan,
) {
    let runs = replicate(scenario, strategy, plan);
    let name = format!("{strategy} over {N}, {}: E[T]", exact.load);
    agrees(&name, runs.iter().map(response), exact.response());
}

/// Join the shortest of two queues.
#[test]
fn least_connections_of_two() {
    let plan = Plan::millions(80);
    against_the_chain::<2>(StrategyName::LeastConnections, shortest, 0.9, 200, plan);
}

#[test]
fn least_connections_of_three() {
    let plan = Plan::millions(30);
    against_the_chain::<3>(StrategyName::LeastConnections, shortest, 0.8, 50, plan);
}

/// Two distinct ones of two are all: the shortest queue again.
#[test]
fn two_choices_of_two() {
    let plan = Plan::millions(30);
    against_the_chain::<2>(StrategyName::TwoChoices, shortest, 0.8, 120, plan);
}

#[test]
fn two_choices_of_three() {
    let plan = Plan::millions(30);
    against_the_chain::<3>(StrategyName::TwoChoices, two_choices, 0.8, 50, plan);
}

/// Envoy's way: one pick in three compares a backend with itself.
#[test]
fn two_choices_with_replacement_of_three() {
    let exact = Ranks::<3> {
        load: 0.8,
        choice: two_with_replacement,
        longest: 50,
    };
    let mut scenario = markovian(fifo(3, 1), exact.load);
    scenario.options.replacement = true;
    against(
        &scenario,
        StrategyName::TwoChoices,
        exact,
        Plan::millions(30),
    );
}

/// Unequal backends, in proportion to weight: the chain of both queue lengths.
#[test]
fn weighted_least_connections_of_two() {
    let exact = Pair {
        rate: 0.8 * 3.0,
        speeds: [1.0, 2.0],
        weights: [1, 2],
        longest: 120,
    };
    let mut fleet = fifo(2, 1);
    fleet.weights = exact.weights.map(f64::from).to_vec();
    fleet.speeds = exact.speeds.to_vec();
    let scenario = markovian(fleet, 0.8);
    let runs = replicate(
        &scenario,
        StrategyName::LeastConnections,
        Plan::millions(40),
    );
    let response = runs.iter().map(response);
    agrees(
        "least-connections 1:2, 0.8: E[T]",
        response,
        exact.least_connections_response(),
    );
}

#[test]
fn join_idle_queue_of_two() {
    let plan = Plan::millions(40);
    against_the_chain::<2>(StrategyName::JoinIdleQueue, join_idle, 0.8, 150, plan);
}

#[test]
fn join_idle_queue_of_three() {
    let plan = Plan::millions(40);
    against_the_chain::<3>(StrategyName::JoinIdleQueue, join_idle, 0.8, 70, plan);
}
