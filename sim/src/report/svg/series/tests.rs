//! That the pictures can be read by machines, and stay small.

use super::*;
use crate::probe::{Failure, Gauge};
use policy::time::{Duration, Instant};

/// A fault from 2 to 4 s of 10: requests are tried `attempts` times and fail, until `heals`.
fn example(seed: u64, attempts: u64, heals: u64) -> Series {
    let mut series = Series::new(None);
    series.gauge(Instant::ZERO, Gauge::Workers, 8);
    let mut events: Vec<(u64, u8, u64)> = Vec::new();
    let mut random = seed;
    for number in 0..20_000u64 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let sent = number * 500_000 + random % 400_000;
        let bad = (2_000..heals).contains(&(sent / 1_000_000));
        let service = 4_000_000 + (random >> 40) % 20_000_000 + if bad { 200_000_000 } else { 0 };
        let fails = bad && !(random >> 33).is_multiple_of(3);
        events.push((sent, 0, if bad { attempts } else { 1 }));
        events.push((sent + service, if fails { 2 } else { 1 }, sent));
    }
    events.extend([(2_500_000_000, 3, 3), (5_000_000_000, 4, 3)]);
    events.sort_unstable();
    for (now, what, more) in events {
        let now = Instant(now);
        match what {
            0 => {
                series.arrived(now);
                (0..more).for_each(|_| series.attempted(now));
                series.gauge(now, Gauge::InFlight, 1);
            }
            3 => {
                series.gauge(now, Gauge::Ejected, more as i32);
                series.gauge(now, Gauge::Workers, -(more as i32));
            }
            4 => {
                series.gauge(now, Gauge::Ejected, -(more as i32));
                series.gauge(now, Gauge::Workers, more as i32);
            }
            kind => {
                series.gauge(now, Gauge::InFlight, -1);
                match kind {
                    1 => series.answered(Instant(more), now),
                    _ => series.failed(now, Failure::Timeout),
                }
            }
        }
    }
    series.finish(Instant(10_250_000_000));
    series
}

fn triggers() -> Vec<Window> {
    vec![
        ("backend 3 slow ×10".to_string(), 2.0, Some(4.0)),
        ("spike ×2".to_string(), 2.2, Some(2.4)),
        ("flap".to_string(), 7.0, Some(7.2)),
        ("flap".to_string(), 7.4, Some(7.6)),
        ("crash of backend 1".to_string(), 9.0, None),
    ]
}

fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let nodes = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    nodes
        .filter_map(|node| node.text().map(str::to_string))
        .collect()
}

#[test]
fn it_shows_every_panel_variant_and_trigger() {
    let (with, without) = (example(1, 2, 5_000), example(2, 4, 10_000));
    let svg = series_svg(
        &[("with a budget", &with), ("without <b>", &without)],
        &triggers(),
    );
    let texts = texts(&svg);
    let count = |text: &str| texts.iter().filter(|found| *found == text).count();
    for once in [
        "Requests per second",
        "Requests that failed",
        "Response time of answered requests",
        "Timed out",
        "Attempts per request",
        "Requests in flight",
        "Workers",
        "Backends ejected, breakers not closed",
        "with a budget",
        "without <b>",
        "backend 3 slow ×10",
        "flap",
    ] {
        assert_eq!(count(once), 1, "{once}: {texts:?}");
    }
    assert_eq!(
        svg.matches("class=\"trouble\"").count(),
        8 * triggers().len()
    );
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn what_never_was_is_not_shown() {
    let mut quiet = Series::new(None);
    quiet.gauge(Instant::ZERO, Gauge::Workers, 4);
    for at in 0..1_000 {
        let now = Instant(at * 1_000_000);
        quiet.arrived(now);
        quiet.attempted(now);
        quiet.answered(now, now + Duration(500_000));
    }
    quiet.finish(Instant(1_000_000_000));
    let texts = texts(&series_svg(&[("quiet", &quiet)], &[]));
    for never in [
        "Requests that failed",
        "Attempts per request",
        "Workers",
        "Backends ejected, breakers not closed",
    ] {
        assert!(!texts.iter().any(|text| text == never), "{never}");
    }
}

#[test]
fn nothing_is_drawn_of_nothing() {
    let mut empty = Series::new(None);
    empty.finish(Instant::ZERO);
    for svg in [
        series_svg(&[], &triggers()),
        series_svg(&[("none", &empty)], &triggers()),
    ] {
        assert!(!texts(&svg).is_empty() && !svg.contains("NaN") && !svg.contains("inf"));
    }
}

#[test]
fn a_hundred_thousand_intervals_stay_small() {
    let mut long = Series::new(Some(Duration(1_000)));
    for at in 0..90_000u64 {
        let now = Instant(at * 1_000 + at % 7 * 100);
        (0..at % 5).for_each(|_| long.arrived(now));
        long.answered(Instant(at * 1_000), now);
    }
    long.finish(Instant(90_000_000));
    let svg = series_svg(&[("long", &long)], &[]);
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
}
