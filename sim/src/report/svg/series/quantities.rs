//! What is shown of each series, and in which lines.

use super::panel::{Line, Panel};
use super::scale::Scale;
use crate::probe::{Failure, Gauge, Point};

/// One series with its points made.
pub(super) struct Variant<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<Point>,
}

/// From top to bottom.
pub(super) fn panels(variants: &[Variant]) -> Vec<Panel> {
    let mut all = requests(variants);
    all.extend(failures(variants));
    all.extend(backends(variants));
    all
}

/// What clients see: how much comes back, and when.
fn requests(variants: &[Variant]) -> Vec<Panel> {
    let failed = |point: &Point| point.answered_share.map(|share| 1.0 - share);
    let answered = |point: &Point| Some(point.goodput_per_second);
    vec![
        panel(
            "Requests per second",
            "dotted: sent by clients; lines: answered",
            Scale::Number,
            [sent(variants), lines(variants, "", "answered", &answered)],
        ),
        panel(
            "Requests that failed",
            "share of those sent at that time, whenever they failed",
            Scale::Share,
            [lines(variants, "", "failed", &failed)],
        ),
        panel(
            "Response time of answered requests",
            "bold: median; thin: 99th percentile (logarithmic)",
            Scale::Time,
            [
                lines(variants, " thin", "p99", &|point| point.p99_seconds),
                lines(variants, "", "p50", &|point| point.p50_seconds),
            ],
        ),
    ]
}

/// Why requests failed, and when they did: a panel for each reason, of which those are drawn that were given.
fn failures(variants: &[Variant]) -> Vec<Panel> {
    let titles: [(Failure, &str); Failure::COUNT] = [
        (Failure::Timeout, "Timed out"),
        (Failure::Refused, "Refused by a full queue"),
        (Failure::NoBackend, "Found no backend"),
        (Failure::Unreachable, "Reached nobody"),
        (Failure::Reset, "Cut off"),
        (Failure::Error, "Answered with an error"),
        (Failure::Shed, "Turned away"),
        (Failure::Exhausted, "Got no slot"),
    ];
    let of_reason = |(reason, title): (Failure, &'static str)| {
        let rate = |point: &Point| Some(point.failed_per_second[reason as usize]);
        let lines = lines(variants, "", reason.name(), &rate);
        panel(
            title,
            "requests per second, when they failed",
            Scale::Number,
            [lines],
        )
    };
    titles.into_iter().map(of_reason).collect()
}

/// What balancers and backends have to do with it.
fn backends(variants: &[Variant]) -> Vec<Panel> {
    let any = |of: &dyn Fn(&Variant) -> bool| variants.iter().any(of);
    let not_closed = |point: &Point| {
        Some(point.gauge(Gauge::BreakersOpen) + point.gauge(Gauge::BreakersHalfOpen))
    };
    let level = |gauge: Gauge| move |point: &Point| Some(point.gauge(gauge));
    let mut all = Vec::new();
    if any(&|variant| variant.points.iter().any(is_tried_again)) {
        all.push(panel(
            "Attempts per request",
            "attempts sent to backends over requests sent by clients",
            Scale::Number,
            [lines(variants, "", "attempts per request", &amplification)],
        ));
    }
    all.push(panel(
        "Requests in flight",
        "sent and not ended, mean",
        Scale::Number,
        [lines(variants, "", "in flight", &level(Gauge::InFlight))],
    ));
    if any(&|variant| changes(variant, Gauge::Workers)) {
        all.push(panel(
            "Workers",
            "that can serve, mean",
            Scale::Number,
            [lines(variants, "", "workers", &level(Gauge::Workers))],
        ));
    }
    all.push(panel(
        "Backends ejected, breakers not closed",
        "bold: ejected; thin: breakers open and half-open; of all balancers, mean",
        Scale::Number,
        [
            lines(
                variants,
                " thin",
                "breakers open and half-open",
                &not_closed,
            ),
            lines(variants, "", "ejected", &level(Gauge::Ejected)),
        ],
    ));
    all
}

fn panel<const N: usize>(
    title: &'static str,
    key: &'static str,
    scale: Scale,
    lines: [Vec<Line>; N],
) -> Panel {
    Panel {
        title,
        key,
        scale,
        lines: lines.into_iter().flatten().collect(),
    }
}

/// One line a variant.
fn lines(
    variants: &[Variant],
    look: &'static str,
    what: &'static str,
    of: &dyn Fn(&Point) -> Option<f64>,
) -> Vec<Line> {
    let line = |(at, variant): (usize, &Variant)| Line {
        class: class(at, variants.len(), look),
        title: format!("{}: {what}", variant.name),
        values: values(variant, of),
    };
    variants.iter().enumerate().map(line).collect()
}

fn values(variant: &Variant, of: &dyn Fn(&Point) -> Option<f64>) -> Vec<((f64, f64), Option<f64>)> {
    let points = variant.points.iter();
    points
        .map(|point| ((point.start_seconds(), point.end_seconds()), of(point)))
        .collect()
}

/// What clients sent, once where all sent the same.
fn sent(variants: &[Variant]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for variant in variants {
        let values = values(variant, &|point| Some(point.arrivals_per_second));
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
    // Of the few that come last nearly all attempts are at those before them.
    let whole = point.replications > 0.5 && point.arrivals >= 20;
    whole.then(|| point.attempts_per_second / point.arrivals_per_second)
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
