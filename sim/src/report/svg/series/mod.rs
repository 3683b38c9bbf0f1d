//! What happened when: small pictures over a common time, a colour for each strategy or variant, and what troubled
//! them shaded behind. What was zero throughout is not drawn.

mod panel;
mod quantities;
mod scale;

use super::canvas::{Canvas, escaped};
use super::{MARGIN, WIDTH};
use crate::probe::{Gauge, Point, Series};
use crate::report::palette::style_sheet;
use crate::report::series::Window;
use crate::report::text::{clean, columns};
use crate::report::units::tick;
use panel::GAP;
use quantities::{Variant, class, panels};
use scale::TimeAxis;

/// Where all panels begin and end: time has all the width, the variants are named above.
const LEFT: f64 = 76.0;
const RIGHT: f64 = WIDTH - MARGIN;
const LEGEND_LINE: f64 = 20.0;
/// Of a row of names of what troubled the system.
const NAMES_LINE: f64 = 16.0;
/// About how wide a character is.
const CHARACTER: f64 = 7.0;

/// A picture of all series, to be opened by itself or put into a page.
pub fn series_svg(series: &[(&str, &Series)], triggers: &[Window]) -> String {
    let variants = series.iter().map(|&(name, series)| Variant {
        name,
        points: while_anybody_waits(series.points()),
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
    let y = legend(&mut canvas, &variants);
    let mut y = trigger_names(&mut canvas, &time, triggers, y) + 18.0;
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

/// Without the end, when backends may still work through what nobody waits for.
fn while_anybody_waits(mut points: Vec<Point>) -> Vec<Point> {
    let waits = |point: &Point| point.arrivals > 0 || point.gauge(Gauge::InFlight) > 0.0;
    if let Some(last) = points.iter().rposition(waits) {
        points.truncate(last + 1);
    }
    points
}

/// Over the panels, each name once, where it first begins. Returns where the names end.
fn trigger_names(canvas: &mut Canvas, time: &TimeAxis, triggers: &[Window], top: f64) -> f64 {
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
fn legend(canvas: &mut Canvas, variants: &[Variant]) -> f64 {
    const LONGEST: usize = 60;
    let (mut x, mut y) = (LEFT, LEGEND_LINE);
    for (at, variant) in variants.iter().enumerate() {
        let mut name = clean(variant.name, true);
        if columns(&name) > LONGEST {
            name = name.chars().take(LONGEST - 1).chain(['…']).collect();
        }
        let wide = 38.0 + columns(&name) as f64 * CHARACTER;
        if x > LEFT && x + wide > RIGHT {
            (x, y) = (LEFT, y + LEGEND_LINE);
        }
        let sample = [(x, y - 4.0), (x + 30.0, y - 4.0)];
        canvas.path(&sample, &class(at, variants.len(), ""), variant.name);
        canvas.text(x + 38.0, y, "strong", &name);
        x += wide + 28.0;
    }
    y + 8.0
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
