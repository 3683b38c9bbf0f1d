//! What balancers know of the loads: all of it, their own part, or what stood on a board some time ago.

use evenkeel_tests::measure::{Plan, replicate, response};
use evenkeel_tests::setup::{UNIT_SECONDS, fifo, markovian};
use evenkeel_tests::verdict::{agrees, interval_999, is_positive};
use policy::strategy::StrategyName::{LeastConnections, Random, TwoChoices};
use policy::time::Duration;
use sim::accept::Knowledge;
use sim::scenario::Scenario;

const PLAN: Plan = Plan {
    replications: 20,
    warmup: 10_000,
    measured: 100_000,
};

/// 16 backends at 0.9 whose board is refreshed every `interval` mean services.
fn board(interval: f64) -> Scenario {
    Scenario {
        knowledge: Knowledge::Board(Duration::from_seconds(interval * UNIT_SECONDS)),
        ..own(1)
    }
}

/// The same, with balancers that count what they sent.
fn own(dispatchers: u16) -> Scenario {
    Scenario {
        dispatchers,
        ..markovian(fifo(16, 1), 0.9)
    }
}

fn differences(worse: &[f64], better: &[f64]) -> Vec<f64> {
    worse
        .iter()
        .zip(better)
        .map(|(worse, better)| worse - better)
        .collect()
}

/// The periodic update model of Mitzenmacher 2000, "How useful is old information?": a fresh board is as good as
/// knowing, and the least loaded of an old one is a herd's choice, worse than chance, while two choices are not yet.
#[test]
fn a_board_is_good_while_it_is_fresh() {
    let responses = |strategy, scenario| -> Vec<f64> {
        let runs = replicate(&scenario, strategy, PLAN);
        runs.iter().map(response).collect()
    };
    let exact = responses(LeastConnections, own(1));
    let mut last = f64::INFINITY;
    // An arrival comes every 1 / 14.4: these are 7, 0.7 and 0.07 of that.
    for interval in [0.5, 0.05, 0.005] {
        let loss = interval_999(&differences(
            &responses(LeastConnections, board(interval)),
            &exact,
        ));
        println!(
            "board every {interval}: loses {} ± {}",
            loss.mean, loss.half_width
        );
        assert!(loss.mean + loss.half_width < last, "{interval}: {loss:?}");
        last = loss.mean;
    }
    let mean = exact.iter().sum::<f64>() / exact.len() as f64;
    assert!(last.abs() < 0.01 * mean, "{last} of {mean}");

    let random = responses(Random, own(1));
    let herd = responses(LeastConnections, board(5.0));
    let two = responses(TwoChoices, board(5.0));
    is_positive(
        "board every 5: least-connections - random",
        differences(&herd, &random),
    );
    is_positive(
        "board every 5: random - two-choices",
        differences(&random, &two),
    );
}

/// A board that nobody ever refreshes says that all are idle: the least loaded is any of them, and the backends are
/// independent M/M/1, E\[T\] = 1 / (1 - rho). A balancer that secretly counted what it sent would do far better.
#[test]
fn an_empty_board_leaves_it_to_chance() {
    let load = 0.8;
    let mut scenario = markovian(fifo(4, 1), load);
    scenario.knowledge = Knowledge::Board(Duration::from_seconds(1e9));
    for strategy in [LeastConnections, TwoChoices] {
        let runs = replicate(&scenario, strategy, Plan::millions(40));
        let name = format!("{strategy} by an empty board, 0.8: E[T]");
        agrees(&name, runs.iter().map(response), 1.0 / (1.0 - load));
    }
}

/// Balancers that each know their own part only: more of them know less.
#[test]
fn several_balancers_know_less_than_one() {
    let responses = |dispatchers| -> Vec<f64> {
        let runs = replicate(&own(dispatchers), LeastConnections, PLAN);
        runs.iter().map(response).collect()
    };
    let [one, four, sixteen] = [1, 4, 16].map(responses);
    is_positive(
        "least-connections: 4 balancers - 1",
        differences(&four, &one),
    );
    is_positive(
        "least-connections: 16 balancers - 4",
        differences(&sixteen, &four),
    );
}

/// A strategy that looks at nothing does not care who picks or what stands on a board.
#[test]
fn knowledge_is_nothing_to_chance() {
    let baseline = replicate(&own(1), Random, PLAN);
    assert!(baseline == replicate(&own(7), Random, PLAN));
    assert!(baseline == replicate(&board(1.0), Random, PLAN));
}
