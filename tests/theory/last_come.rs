//! Last come, first served, without interruption.

use evenkeel_tests::measure::{Plan, replicate_one, response, second_moment};
use evenkeel_tests::setup::{fifo, lifo, markovian};
use evenkeel_tests::verdict::agrees;

/// M/M/1: E\[T\] is that of first come, first served, as neither looks at service times. E\[W^2\] is 2 rho / (1 - rho)^2
/// there, and 1 / (1 - rho) times as much here (Takagi 1991, "Queueing analysis" I, section 1.3). At 0.8.
#[test]
fn the_mean_stays_and_the_spread_grows() {
    let load = 0.8;
    let runs = replicate_one(&markovian(lifo(1, 1), load), Plan::millions(300));
    agrees(
        "M/M/1-LIFO 0.8: E[T]",
        runs.iter().map(response),
        1.0 / (1.0 - load),
    );
    let squares = runs.iter().map(|run| second_moment(&run.wait));
    let first_come = 2.0 * load / (1.0 - load) / (1.0 - load);
    agrees("M/M/1-LIFO 0.8: E[W^2]", squares, first_come / (1.0 - load));

    let runs = replicate_one(&markovian(fifo(1, 1), load), Plan::millions(80));
    let squares = runs.iter().map(|run| second_moment(&run.wait));
    agrees("M/M/1-FIFO 0.8: E[W^2]", squares, first_come);
}
