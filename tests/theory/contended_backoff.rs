//! Clients that contend for one server, and wait before they try again.

use evenkeel_tests::measure::chronicle;
use evenkeel_tests::setup::{closed, fifo, operated};
use evenkeel_tests::verdict::interval_999;
use policy::retry::{Delays, Retries, Spread, decide};
use policy::strategy::StrategyName;
use policy::time::Duration;
use sim::operations::{Operations, RequestControls};
use sim::stats::Interval;

const CLIENTS: u32 = 60;

/// All clients send at once to a server that serves one of them for 10 ms and refuses the others, which try again until
/// they are served. Calls, and the seconds until the last was.
fn contended(spread: Spread) -> [Interval; 2] {
    let mut scenario = closed(fifo(1, 1), CLIENTS, "const:10ms", "const:10ms");
    scenario.fleet.queue_limit = Some(0);
    let options = decide::Options {
        retries: u32::MAX,
        delays: Delays {
            first: Duration::from_millis(5),
            max: Duration::from_millis(2_000),
            spread,
        },
        ..decide::Options::default()
    };
    let operations = Operations {
        requests: RequestControls {
            retries: Some(Retries::new(options).expect("retries")),
            ..RequestControls::default()
        },
        ..Operations::default()
    };
    let scenario = operated(scenario, operations);
    let runs = chronicle(
        &scenario,
        StrategyName::RoundRobin,
        1_000,
        u64::from(CLIENTS),
    );
    let mut calls = Vec::new();
    let mut seconds = Vec::new();
    for (all, chronicle) in &runs {
        assert_eq!(all.completed_count(), u64::from(CLIENTS));
        assert_eq!(
            chronicle.totals.attempts,
            all.requests() + chronicle.totals.retries
        );
        calls.push(chronicle.totals.attempts as f64);
        seconds.push(all.response.max().as_seconds());
    }
    let found = [interval_999(&calls), interval_999(&seconds)];
    let [calls, seconds] = found;
    println!(
        "{spread:?}: {:.1} ± {:.1} calls, {:.3} ± {:.3} s",
        calls.mean, calls.half_width, seconds.mean, seconds.half_width
    );
    found
}

/// Each is less than the next, and that is no accident.
fn in_order(intervals: [Interval; 4]) -> bool {
    let apart =
        |pair: &[Interval]| pair[0].mean + pair[0].half_width < pair[1].mean - pair[1].half_width;
    intervals.windows(2).all(apart)
}

/// The order in time is that of Brooker 2015, and of the policy's own test of it: decorrelated jitter is done first, then
/// full, then equal; without jitter all come back together, and one of them is served each time.
///
/// So is that decorrelated jitter takes more calls than the others, and none four times as many. Between full and equal
/// jitter the calls are the other way round: the article's clients lose by what happened while they were away, and these by
/// coming while another is served, 10 ms, which full jitter does more often after a first delay of 5 ms.
#[test]
fn contention_ranks_the_spreads() {
    let [none, full, equal, decorrelated] = [
        Spread::None,
        Spread::Full,
        Spread::Equal,
        Spread::Decorrelated,
    ]
    .map(contended);
    let [calls, seconds] = [0, 1].map(|of| {
        let of_each = [none, full, equal, decorrelated];
        of_each.map(|found| found[of])
    });
    let [none, full, equal, decorrelated] = seconds;
    assert!(in_order([decorrelated, full, equal, none]));
    assert!(none.mean > 20.0 * equal.mean);
    let [none, full, equal, decorrelated] = calls;
    assert!(in_order([equal, full, decorrelated, none]));
    // One less comes back each time; after the first 5 ms nobody had been served yet.
    let clients = f64::from(CLIENTS);
    let exact = clients * (clients + 1.0) / 2.0 + clients - 1.0;
    assert!((none.mean - exact).abs() < 1e-9, "{none:?}");
    assert!(none.mean > 3.5 * decorrelated.mean);
}
