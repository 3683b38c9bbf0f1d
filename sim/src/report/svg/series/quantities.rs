//! What is shown of each series, and in which lines.

use super::panel::{Line, Panel};
use super::scale::Scale;
use crate::probe::{Gauge, Point};

/// One series with its points made.
pub(super) struct Variant<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<Point>,
}

/// From top to bottom.
pub(super) fn panels(variants: &[Variant]) -> Vec<Panel> {
    let lines = |look: &'static str, what: &'static str, of: fn(&Point) -> Option<f64>| {
        let all = variants.iter().enumerate();
        all.map(|(at, variant)| Line {
            class: class(at, variants.len(), look),
            title: format!("{}: {what}", variant.name),
            values: values(variant, of),
        })
        .collect::<Vec<_>>()
    };
    let panel = |title, key, scale, lines: Vec<Vec<Line>>| Panel {
        title,
        key,
        scale,
        lines: lines.into_iter().flatten().collect(),
    };
    let mut all = vec![
        panel(
            "Requests per second",
            "dotted: sent by clients; lines: answered",
            Scale::Number,
            vec![
                sent(variants),
                lines("", "answered", |point| Some(point.goodput_per_second)),
            ],
        ),
        panel(
            "Requests that failed",
            "share of those sent at that time, whenever they failed",
            Scale::Share,
            vec![lines("", "failed", |point| {
                point.answered_share.map(|share| 1.0 - share)
            })],
        ),
        panel(
            "Response time of answered requests",
            "bold: median; thin: 99th percentile (logarithmic)",
            Scale::Time,
            vec![
                lines(" thin", "p99", |point| point.p99_seconds),
                lines("", "p50", |point| point.p50_seconds),
            ],
        ),
    ];
    if variants
        .iter()
        .any(|variant| variant.points.iter().any(is_tried_again))
    {
        all.push(panel(
            "Attempts per request",
            "attempts sent to backends over requests sent by clients",
            Scale::Number,
            vec![lines("", "attempts per request", amplification)],
        ));
    }
    all.push(panel(
        "Requests in flight",
        "sent and not ended, mean",
        Scale::Number,
        vec![lines("", "in flight", |point| {
            Some(point.gauge(Gauge::InFlight))
        })],
    ));
    if variants
        .iter()
        .any(|variant| changes(variant, Gauge::Workers))
    {
        all.push(panel(
            "Workers",
            "that can serve, mean",
            Scale::Number,
            vec![lines("", "workers", |point| {
                Some(point.gauge(Gauge::Workers))
            })],
        ));
    }
    all.push(panel(
        "Backends ejected, breakers open",
        "bold: ejected; thin: open breakers, mean",
        Scale::Number,
        vec![
            lines(" thin", "open breakers", |point| {
                Some(point.gauge(Gauge::BreakersOpen))
            }),
            lines("", "ejected", |point| Some(point.gauge(Gauge::Ejected))),
        ],
    ));
    all
}

fn values(variant: &Variant, of: fn(&Point) -> Option<f64>) -> Vec<((f64, f64), Option<f64>)> {
    let points = variant.points.iter();
    points
        .map(|point| ((point.start_seconds(), point.end_seconds()), of(point)))
        .collect()
}

/// What clients sent, once where all sent the same.
fn sent(variants: &[Variant]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for variant in variants {
        let values = values(variant, |point| Some(point.arrivals_per_second));
        let same = |other: &[((f64, f64), Option<f64>)]| {
            let rates = || {
                other
                    .iter()
                    .zip(&values)
                    .map(|((_, a), (_, b))| (a.unwrap_or(0.0), b.unwrap_or(0.0)))
            };
            rates().all(|(a, b)| (a - b).abs() <= 0.02 * a.max(b))
        };
        if lines.iter().all(|line| !same(&line.values)) {
            lines.push(Line {
                class: "sent".to_string(),
                title: format!("{}: sent by clients", variant.name),
                values,
            });
        }
    }
    lines
}

fn amplification(point: &Point) -> Option<f64> {
    (point.arrivals_per_second > 0.0).then(|| point.attempts_per_second / point.arrivals_per_second)
}

/// Whether more was sent to backends than clients had sent: not when a few attempts fall into the next interval.
fn is_tried_again(point: &Point) -> bool {
    amplification(point).is_some_and(|ratio| ratio > 1.05) && point.arrivals >= 20
}

/// Whether its level is not the same all the time. The last interval may be short.
fn changes(variant: &Variant, gauge: Gauge) -> bool {
    let level = |point: &Point| point.gauge(gauge);
    let mut pairs = variant.points.windows(2);
    pairs.any(|pair| (level(&pair[0]) - level(&pair[1])).abs() > 1e-6 * level(&pair[0]))
}

/// How the lines of the one at `at` look. The first is drawn wide beneath the others, so that where they agree, as
/// they do until something goes wrong, both are seen.
pub(super) fn class(at: usize, variants: usize, more: &str) -> String {
    let wide = if at == 0 && variants > 1 { " wide" } else { "" };
    format!("line l{at}{wide}{more}")
}
