//! What happened when: small pictures over a common time, a colour for each strategy or variant, and what troubled
//! them shaded behind. What was zero throughout is not drawn.

mod panel;

use super::canvas::{Canvas, escaped};
use super::{MARGIN, WIDTH};
use crate::probe::{Gauge, Point, Series};
use crate::report::palette::style_sheet;
use crate::report::series::Window;
use crate::report::text::{clean, columns};
use crate::report::units::tick;
use panel::{GAP, Line, Panel, Scale, TimeAxis};

/// Where all panels begin and end: time has all the width, the variants are named above.
const LEFT: f64 = 76.0;
const RIGHT: f64 = WIDTH - MARGIN;
const NAMED_LINE: f64 = 20.0;
/// Of a row of names of what troubled the system.
const NAMES_LINE: f64 = 16.0;
/// About how wide a character is.
const CHARACTER: f64 = 6.4;

/// One series with its points made.
struct Variant<'a> {
    name: &'a str,
    points: Vec<Point>,
}

/// A picture of all series, to be opened by itself or put into a page.
pub fn series_svg(series: &[(&str, &Series)], triggers: &[Window]) -> String {
    let variants = series.iter().map(|&(name, series)| Variant {
        name,
        points: series.points(),
    });
    let variants: Vec<Variant> = variants.collect();
    let interval = series
        .iter()
        .map(|(_, series)| series.interval().as_seconds())
        .fold(0.0, f64::max);
    let ends = variants.iter().filter_map(|variant| variant.points.last());
    let time = TimeAxis {
        from: 0.0,
        to: ends.map(Point::end_seconds).fold(0.0, f64::max),
    };
    let mut canvas = Canvas::default();
    let y = named(&mut canvas, &variants);
    let mut y = names(&mut canvas, &time, triggers, y) + 18.0;
    for panel in panels(&variants)
        .iter()
        .filter(|panel| panel.is_something())
    {
        y = panel.draw(&mut canvas, &time, y + 12.0, |canvas, ends| {
            shades(canvas, &time, triggers, ends)
        }) + GAP
            - 12.0;
    }
    let bottom = y - GAP + 12.0;
    for at in time.ticks() {
        canvas.text(time.place(at), bottom + 17.0, "mid", &tick(at));
    }
    let about = format!(
        "time since the start; a point is the mean over {}",
        tick(interval)
    );
    canvas.text((LEFT + RIGHT) / 2.0, bottom + 36.0, "mid soft", &about);
    framed(&canvas, variants.len(), bottom + 50.0)
}

/// From top to bottom.
fn panels(variants: &[Variant]) -> Vec<Panel> {
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

/// Over the panels, each name once, where it first begins. Returns where the names end.
fn names(canvas: &mut Canvas, time: &TimeAxis, triggers: &[Window], top: f64) -> f64 {
    let mut rows: Vec<f64> = Vec::new();
    for (at, (name, begins, _)) in triggers.iter().enumerate() {
        if triggers[..at].iter().any(|(other, ..)| other == name) {
            continue;
        }
        let name = clean(name, true);
        let wide = columns(&name) as f64 * CHARACTER;
        // Not over the right edge.
        let x = time.place(*begins).min(WIDTH - MARGIN - wide);
        let row = rows
            .iter()
            .position(|end| *end + 10.0 < x)
            .unwrap_or(rows.len());
        rows.resize(rows.len().max(row + 1), 0.0);
        rows[row] = x + wide;
        let y = top + NAMES_LINE * (row as f64 + 1.0);
        canvas.text(x, y, "trouble-name", &name);
    }
    top + NAMES_LINE * rows.len() as f64
}

fn shades(canvas: &mut Canvas, time: &TimeAxis, triggers: &[Window], (top, bottom): (f64, f64)) {
    for (name, begins, ends) in triggers {
        let left = time.place(*begins);
        let right = time.place(ends.unwrap_or(time.to));
        // What is over in no time is seen, too.
        let right = right.max(left + 1.5);
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        canvas.path(&corners, "trouble", name);
    }
}

/// The variants with their colours, in rows. Returns where they end.
fn named(canvas: &mut Canvas, variants: &[Variant]) -> f64 {
    const LONGEST: usize = 60;
    let (mut x, mut y) = (LEFT, NAMED_LINE);
    for (at, variant) in variants.iter().enumerate() {
        let mut name = clean(variant.name, true);
        if columns(&name) > LONGEST {
            name = name.chars().take(LONGEST - 1).chain(['…']).collect();
        }
        let wide = 38.0 + columns(&name) as f64 * CHARACTER;
        if x > LEFT && x + wide > RIGHT {
            (x, y) = (LEFT, y + NAMED_LINE);
        }
        let sample = [(x, y - 4.0), (x + 30.0, y - 4.0)];
        canvas.path(&sample, &class(at, variants.len(), ""), variant.name);
        canvas.text(x + 38.0, y, "strong", &name);
        x += wide + 28.0;
    }
    y + 8.0
}

/// How the lines of the one at `at` look. The first is drawn wide beneath the others, so that where they agree, as
/// they do until something goes wrong, both are seen.
fn class(at: usize, variants: usize, more: &str) -> String {
    let wide = if at == 0 && variants > 1 { " wide" } else { "" };
    format!("line l{at}{wide}{more}")
}

fn framed(canvas: &Canvas, variants: usize, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ek\" role=\"img\" width=\"{WIDTH}\" \
         height=\"{height:.0}\" viewBox=\"0 0 {WIDTH} {height:.0}\">\n<title>{}</title>\n<style>{}</style>\n\
         <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
        escaped("What happened over time"),
        style_sheet(variants),
        canvas.drawn()
    )
}

#[cfg(test)]
mod tests;
