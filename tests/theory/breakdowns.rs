//! Servers that break down, at any time, and are repaired.

use evenkeel_tests::exact::Breakdowns;
use evenkeel_tests::measure::{Plan, replicate_one, response, throughput};
use evenkeel_tests::setup::{befallen, fifo, markovian};
use evenkeel_tests::verdict::{agrees, agrees_to};
use sim::probe::Failure;

/// Up for 8 mean services, down for 2.
fn breaking(rate: f64) -> Breakdowns {
    Breakdowns {
        rate,
        up: 8.0,
        down: 2.0,
    }
}

/// At 0.8 of what the server is capable of when it breaks down; service goes on where it was.
#[test]
fn interrupted() {
    let exact = breaking(0.64);
    let fault = "pause:all@0s,up=exp:80ms,down=exp:20ms";
    let scenario = befallen(markovian(fifo(1, 1), exact.rate), fault);
    let runs = replicate_one(&scenario, Plan::millions(15));
    agrees_to(
        0.02,
        "M/M/1 with breakdowns 0.8: E[T]",
        runs.iter().map(response),
        exact.response_if_resumed(),
    );
}

/// With more than it can serve, it serves whenever it is up.
#[test]
fn saturated() {
    let fault = "pause:all@0s,up=exp:80ms,down=exp:20ms";
    let scenario = befallen(markovian(fifo(1, 1), 1.5), fault);
    let runs = replicate_one(&scenario, Plan::millions(3));
    agrees(
        "M/M/1 with breakdowns 1.5: throughput",
        runs.iter().map(throughput),
        breaking(1.5).availability(),
    );
}

/// A crash takes everybody with it, and whoever comes before the restart finds nobody.
#[test]
fn crashed() {
    let exact = breaking(0.9);
    let fault = "flap:all@0s,up=exp:80ms,down=exp:20ms";
    let scenario = befallen(markovian(fifo(1, 1), exact.rate), fault);
    let runs = replicate_one(&scenario, Plan::millions(5));
    let share = |failure| {
        let share = move |of: f64, all: f64| of / all;
        runs.iter()
            .map(move |run| share(run.failed.of(failure) as f64, run.requests() as f64))
    };
    agrees(
        "M/M/1 with crashes 0.9: lost in one",
        share(Failure::Reset),
        exact.lost_if_reset(),
    );
    agrees_to(
        0.02,
        "M/M/1 with crashes 0.9: found nobody",
        share(Failure::Unreachable),
        1.0 - exact.availability(),
    );
}
