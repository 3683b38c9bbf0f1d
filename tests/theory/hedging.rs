//! A second attempt beside the first.

use evenkeel_tests::measure::chronicle;
use evenkeel_tests::setup::{EXPONENTIAL, UNIT_SECONDS, fifo, open, operated};
use evenkeel_tests::verdict::{agrees, agrees_to};
use policy::retry::{After, Hedge};
use policy::strategy::StrategyName;
use policy::time::Duration;
use sim::operations::{Abandoned, Operations, RequestControls};

/// Two idle servers, the second asked after d: T = min(S_1, d + S_2), so that P(T > t) = e^{-t} up to d and
/// e^{d - 2t} beyond, E\[T\] = 1 - e^{-d} / 2, and the hedge is sent with e^{-d} and wins with half of that.
///
/// That holds of servers that are idle, so requests come evenly and so far apart that one never meets another: in a queue
/// hedges are load, and what they gain depends on it.
#[test]
fn the_faster_of_two() {
    let delay = 1.0;
    let scenario = open(fifo(2, 1), "even", EXPONENTIAL, 0.005);
    let after = After::Fixed(Duration::from_seconds(delay * UNIT_SECONDS));
    let operations = Operations {
        requests: RequestControls {
            hedge: Some(Hedge::new(after).expect("a hedge")),
            abandoned: Abandoned::Cancel,
            ..RequestControls::default()
        },
        ..Operations::default()
    };
    let scenario = operated(scenario, operations);
    let runs = chronicle(&scenario, StrategyName::LeastConnections, 50, 40_000);
    let hedged = libm::exp(-delay);
    agrees(
        "hedge after 1: E[T]",
        runs.iter()
            .map(|(all, _)| all.mean_response().expect("answers") / UNIT_SECONDS),
        1.0 - hedged / 2.0,
    );
    agrees(
        "hedge after 1: p99",
        runs.iter()
            .map(|(all, _)| all.response.quantile(0.99).expect("answers") / UNIT_SECONDS),
        (libm::log(100.0) + delay) / 2.0,
    );
    let share = |of: u64| of as f64 / 40_000.0;
    agrees(
        "hedge after 1: hedges",
        runs.iter()
            .map(|(_, chronicle)| share(chronicle.totals.hedges)),
        hedged,
    );
    agrees_to(
        0.02,
        "hedge after 1: hedges that won",
        runs.iter()
            .map(|(_, chronicle)| share(chronicle.totals.hedges_won)),
        hedged / 2.0,
    );
}

/// Hedged after the 95th percentile of what it has seen, one request in twenty is: the losers of a race must be seen, too,
/// or the percentile falls and hedges breed hedges. Among what is seen are the hedges x themselves, which are shorter, so that
/// x / (1 + x) is 0.05; and the percentile is rounded up by 6 % at most, to e^{-3.18} of the requests.
#[test]
fn the_slowest_twentieth() {
    let scenario = open(fifo(2, 1), "even", EXPONENTIAL, 0.005);
    let after = After::Quantile { thousandths: 950 };
    let operations = Operations {
        requests: RequestControls {
            hedge: Some(Hedge::new(after).expect("a hedge")),
            abandoned: Abandoned::Cancel,
            ..RequestControls::default()
        },
        ..Operations::default()
    };
    let scenario = operated(scenario, operations);
    let runs = chronicle(&scenario, StrategyName::LeastConnections, 20, 40_000);
    for (_, chronicle) in runs {
        let share = chronicle.totals.hedges as f64 / 40_000.0;
        println!("hedge after the 95th percentile: {share}");
        assert!((0.04..0.056).contains(&share), "{share}");
    }
}
