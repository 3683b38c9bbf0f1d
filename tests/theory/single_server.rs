//! M/M/1.

use evenkeel_tests::measure::{Plan, busy_servers, in_system, quantile, replicate_one, response};
use evenkeel_tests::setup::{fifo, markovian};
use evenkeel_tests::verdict::agrees;

/// E\[T\] = 1 / (1 - rho), E\[N\] = rho / (1 - rho), utilisation rho (Kleinrock 1975, section 3.2), at 0.9.
#[test]
fn means() {
    let load = 0.9;
    let runs = replicate_one(&markovian(fifo(1, 1), load), Plan::millions(120));
    agrees(
        "M/M/1 0.9: E[T]",
        runs.iter().map(response),
        1.0 / (1.0 - load),
    );
    agrees(
        "M/M/1 0.9: E[N]",
        runs.iter().map(in_system),
        load / (1.0 - load),
    );
    agrees(
        "M/M/1 0.9: utilisation",
        runs.iter().map(busy_servers),
        load,
    );
}

/// T is exponential: a share q does not exceed -ln(1 - q) E\[T\]. At 0.8.
#[test]
fn distribution() {
    let load = 0.8;
    let runs = replicate_one(&markovian(fifo(1, 1), load), Plan::millions(200));
    let mean = 1.0 / (1.0 - load);
    agrees("M/M/1 0.8: E[T]", runs.iter().map(response), mean);
    for share in [0.5, 0.99] {
        let name = format!("M/M/1 0.8: p{}", share * 100.0);
        let found = runs.iter().map(|run| quantile(run, share));
        agrees(&name, found, -libm::log(1.0 - share) * mean);
    }
}
