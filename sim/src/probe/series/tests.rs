//! What a series must keep, whatever it is told.

use super::*;
use proptest::prelude::*;

const MS: u64 = 1_000_000;

fn at(ms: u64) -> Instant {
    Instant(ms * MS)
}

/// One request a millisecond, each answered after 3 ms, until `ms`.
fn steady(interval: Option<Duration>, ms: u64) -> Series {
    let mut series = Series::new(interval);
    for now in 0..ms + 3 {
        if now >= 3 {
            series.answered(at(now - 3), at(now));
            series.gauge(at(now), Gauge::InFlight, -1);
        }
        if now < ms {
            series.arrived(at(now));
            series.attempted(at(now));
            series.gauge(at(now), Gauge::InFlight, 1);
        }
    }
    series.finish(at(ms + 3));
    series
}

#[test]
fn a_steady_stream_is_steady() {
    let points = steady(Some(Duration::from_millis(100)), 1_000).points();
    assert_eq!(points.len(), 10);
    for point in &points[1..9] {
        assert_eq!(
            (point.arrivals_per_second, point.goodput_per_second),
            (1_000.0, 1_000.0)
        );
        assert_eq!(
            (point.answered_share, point.gauge(Gauge::InFlight)),
            (Some(1.0), 3.0)
        );
        assert!(
            (point.p50_seconds.unwrap() - 3e-3).abs() < 1e-4,
            "{point:?}"
        );
    }
    // The three milliseconds in which the last requests leave count to the last interval.
    assert_eq!(
        (points[9].start, points[9].length),
        (at(900), Duration::from_millis(103))
    );
    assert_eq!((points[9].arrivals, points[9].answers), (100, 103));
}

#[test]
fn answers_count_when_they_come_and_to_when_they_were_asked_for() {
    let mut series = Series::new(Some(Duration::from_millis(10)));
    series.arrived(at(1));
    series.arrived(at(2));
    series.attempted(at(2));
    series.failed(at(12), Failure::Timeout);
    series.wasted(at(15), Duration::from_millis(5));
    series.answered(at(1), at(25));
    series.finish(at(30));
    let [first, second, third] = &series.points()[..] else {
        panic!("three intervals");
    };
    assert_eq!(
        (first.arrivals_per_second, first.attempts_per_second),
        (200.0, 100.0)
    );
    assert_eq!(
        (first.goodput_per_second, first.answered_share),
        (0.0, Some(0.5))
    );
    assert_eq!(second.failed_per_second[Failure::Timeout as usize], 100.0);
    assert_eq!(
        (second.failures_per_second(), second.wasted_servers),
        (100.0, 0.5)
    );
    assert_eq!((second.answered_share, second.p50_seconds), (None, None));
    assert_eq!((third.goodput_per_second, third.answers), (100.0, 1));
}

#[test]
fn intervals_grow_to_round_numbers_and_are_never_many() {
    for (ms, interval) in [
        (399, 1),
        (400, 2),
        (799, 2),
        (800, 10),
        (3_999, 10),
        (4_000, 20),
        (8_000, 100),
        (60_000, 200),
    ] {
        let series = steady(None, ms - 3);
        assert_eq!(
            series.interval(),
            Duration::from_millis(interval),
            "{ms} ms"
        );
        assert!(series.points().len() <= MOST_OF_ANY && !series.coarsened());
    }
}

#[test]
fn an_interval_that_was_asked_for_is_kept_or_it_says_so() {
    let mut series = Series::new(Some(Duration(10)));
    series.arrived(Instant(999_999));
    assert_eq!(
        (series.interval(), series.coarsened()),
        (Duration(10), false)
    );
    series.arrived(Instant(1_000_000));
    assert_eq!(
        (series.interval(), series.coarsened()),
        (Duration(20), true)
    );
}

#[test]
fn a_pause_of_centuries_is_bridged() {
    for interval in [None, Some(Duration(0)), Some(Duration(1))] {
        let mut series = Series::new(interval);
        series.gauge(Instant::ZERO, Gauge::Workers, 1);
        series.arrived(Instant(3));
        series.answered(Instant(3), Instant::NEVER);
        series.finish(Instant::NEVER);
        let points = series.points();
        assert!(points.len() <= MOST_ASKED_FOR);
        assert_eq!(points[0].answered_share, Some(1.0));
        assert!(
            points
                .iter()
                .all(|point| (point.gauge(Gauge::Workers) - 1.0).abs() < 1e-9)
        );
    }
}

#[test]
fn nothing_seen_is_one_empty_interval() {
    let mut series = Series::new(None);
    series.finish(Instant::ZERO);
    let [point] = &series.points()[..] else {
        panic!("one interval");
    };
    assert_eq!(
        (point.arrivals_per_second, point.length),
        (0.0, Duration::ZERO)
    );
}

#[test]
fn replications_are_averaged_over_those_that_lasted() {
    let mut series = steady(Some(Duration::from_millis(100)), 1_000);
    series.merge(&steady(Some(Duration::from_millis(100)), 2_000));
    let points = series.points();
    assert_eq!(points.len(), 20);
    for point in [&points[5], &points[15]] {
        assert_eq!(
            (point.arrivals_per_second, point.gauge(Gauge::InFlight)),
            (1_000.0, 3.0)
        );
    }
    assert_eq!((points[5].arrivals, points[15].arrivals), (200, 100));
}

#[test]
fn the_finer_of_two_takes_on_the_intervals_of_the_coarser() {
    let (short, long) = (steady(None, 100), steady(None, 3_000));
    let (mut a, mut b) = (short.clone(), long.clone());
    a.merge(&long);
    b.merge(&short);
    assert_eq!(a.points(), b.points());
    assert_eq!(a.interval(), long.interval());
}

proptest! {
    /// Whatever the intervals are merged to, nothing is lost.
    #[test]
    fn counts_and_areas_are_kept(
        gaps in prop::collection::vec((0u64..50_000_000, 0u8..4), 1..300),
        interval in prop::option::of(1_000u64..100_000_000),
    ) {
        let mut series = Series::new(interval.map(Duration));
        let (mut now, mut sent, mut counts) = (Instant::ZERO, Vec::new(), [0u64; 4]);
        let (mut level, mut area) = (0u64, 0u128);
        for (gap, what) in gaps {
            now += Duration(gap);
            area += u128::from(level) * u128::from(gap);
            match what {
                0 | 1 => {
                    series.arrived(now);
                    series.gauge(now, Gauge::InFlight, 1);
                    level += 1;
                    sent.push(now);
                    counts[0] += 1;
                }
                2 => {
                    let Some(first) = sent.pop() else { continue };
                    series.answered(first, now);
                    series.gauge(now, Gauge::InFlight, -1);
                    level -= 1;
                    counts[1] += 1;
                }
                _ => {
                    series.failed(now, Failure::Shed);
                    series.attempted(now);
                    counts[2] += 1;
                }
            }
        }
        series.finish(now);
        let sum = |of: fn(&Cell) -> u64| series.cells.iter().map(of).sum::<u64>();
        prop_assert_eq!(sum(|cell| cell.arrivals), counts[0]);
        prop_assert_eq!((sum(|cell| cell.answered), sum(|cell| cell.responses.count())), (counts[1], counts[1]));
        prop_assert_eq!((sum(|cell| cell.failed.iter().sum()), sum(|cell| cell.attempts)), (counts[2], counts[2]));
        let observed: u128 = series.cells.iter().map(|cell| cell.observed_ns).sum();
        prop_assert_eq!(observed, u128::from(now.0));
        prop_assert_eq!(series.cells.iter().map(|cell| cell.areas[0]).sum::<u128>(), area);
        let lengths: u64 = series.points().iter().map(|point| point.length.0).sum();
        prop_assert_eq!(lengths, now.0);
    }
}
