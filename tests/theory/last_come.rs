//! Last come, first served, without interruption.

use evenkeel_tests::measure::{Plan, replicate_one, response, second_moment};
use evenkeel_tests::setup::{fifo, lifo, markovian};
use evenkeel_tests::verdict::agrees;

const LOAD: f64 = 0.8;
/// E\[W^2\] in M/M/1, first come, first served: P(W > t) = rho e^{-(1 - rho) t}.
const FIRST_COME: f64 = 2.0 * LOAD / (1.0 - LOAD) / (1.0 - LOAD);

/// M/M/1: E\[T\] is that of first come, first served, as neither looks at service times. E\[W^2\] is 1 / (1 - rho) times
/// what it is there (Takagi 1991, "Queueing analysis" I, section 1.3).
#[test]
fn the_mean_stays_and_the_spread_grows() {
    let runs = replicate_one(&markovian(lifo(1, 1), LOAD), Plan::millions(400));
    let (mean, square) = (1.0 / (1.0 - LOAD), FIRST_COME / (1.0 - LOAD));
    agrees("M/M/1-LIFO 0.8: E[T]", runs.iter().map(response), mean);
    let squares = runs.iter().map(|run| second_moment(&run.wait));
    agrees("M/M/1-LIFO 0.8: E[W^2]", squares, square);
}

/// The other side of the comparison.
#[test]
fn first_come_for_comparison() {
    let runs = replicate_one(&markovian(fifo(1, 1), LOAD), Plan::millions(120));
    let squares = runs.iter().map(|run| second_moment(&run.wait));
    agrees("M/M/1-FIFO 0.8: E[W^2]", squares, FIRST_COME);
}
