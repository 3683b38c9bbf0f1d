//! Bursty arrivals.

use evenkeel_tests::exact::Bursts;
use evenkeel_tests::measure::{Plan, replicate_one, response};
use evenkeel_tests::setup::{EXPONENTIAL, fifo, open};
use evenkeel_tests::verdict::agrees;

/// MMPP/M/1 by its rate matrix: bursts at twice the mean rate for a quarter of the time, two thirds of it between
/// them, 20 mean services a cycle. In a burst the load is 1.6, on average 0.8.
#[test]
fn modulated_poisson() {
    let load = 0.8;
    let arrivals = "bursty:peak=2,share=0.25,cycle=200ms";
    let scenario = open(fifo(1, 1), arrivals, EXPONENTIAL, load);
    let runs = replicate_one(&scenario, Plan::millions(80));
    let exact = Bursts {
        rates: [2.0 * load, 2.0 / 3.0 * load],
        lengths: [5.0, 15.0],
    };
    agrees(
        "MMPP/M/1 0.8: E[T]",
        runs.iter().map(response),
        exact.response(),
    );
}

/// Interrupted Poisson: nothing between the bursts.
#[test]
fn interrupted_poisson() {
    let load = 0.8;
    let arrivals = "bursty:peak=4,share=0.25,cycle=40ms";
    let scenario = open(fifo(1, 1), arrivals, EXPONENTIAL, load);
    let runs = replicate_one(&scenario, Plan::millions(80));
    let exact = Bursts {
        rates: [4.0 * load, 0.0],
        lengths: [1.0, 3.0],
    };
    agrees(
        "IPP/M/1 0.8: E[T]",
        runs.iter().map(response),
        exact.response(),
    );
}
