//! Policies that look at queue lengths, on fleets small enough for their whole Markov chain.

use evenkeel_tests::exact::{Choice, Ranks, join_idle, shortest, two_choices};
use evenkeel_tests::measure::{Plan, replicate, response};
use evenkeel_tests::setup::{fifo, markovian};
use evenkeel_tests::verdict::agrees;
use policy::strategy::StrategyName;

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
    let runs = replicate(&markovian(fifo(N, 1), load), strategy, plan);
    let name = format!("{strategy} over {N}, {load}: E[T]");
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
