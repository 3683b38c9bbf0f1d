//! How many requests are slower than a time: both axes logarithmic, so that the rare slow ones take as much room
//! as they matter.

use super::axis::LogAxis;
use super::canvas::{Canvas, simplified};
use super::{Entry, LEFT, LEGEND, RIGHT, WIDTH};
use crate::probe::Histogram;
use crate::report::units::{duration, plain, tick};

const HEIGHT: f64 = 380.0;
const LEGEND_LINE: f64 = 20.0;
/// Where fewer remain, a line shows chance.
const FEWEST: u64 = 10;
/// More decades do not fit their labels.
const DEEPEST: f64 = 1e-6;

/// A corner of a line: a time in seconds and the fraction of requests that are slower.
type Corner = (f64, f64);

/// Returns where the panel ends.
pub(super) fn draw(canvas: &mut Canvas, entries: &[Entry], top: f64) -> f64 {
    canvas.text(
        LEFT,
        top + 18.0,
        "head",
        "Response times: the fraction of requests that take longer",
    );
    let (top, curves) = (top + 32.0, curves(entries));
    let bottom = top + HEIGHT.max(LEGEND_LINE * (entries.len() as f64 + 2.0));
    let Some((times, rarest)) = extent(entries, &curves) else {
        let middle = ((LEFT + RIGHT) / 2.0, top + 80.0);
        canvas.text(middle.0, middle.1, "mid soft", "no request was answered");
        legend(canvas, entries, top);
        return bottom.min(top + 120.0f64.max(LEGEND_LINE * (entries.len() as f64 + 2.0)));
    };
    let x = LogAxis::new(times, (LEFT, RIGHT));
    let y = LogAxis::new((rarest, 1.0), (bottom, top));
    time_axis(canvas, &x, (top, bottom));
    fraction_axis(canvas, &y, rarest);
    for (at, (entry, curve)) in entries.iter().zip(&curves).enumerate() {
        let points: Vec<(f64, f64)> = visible(curve, times.0)
            .into_iter()
            .map(|(time, slower)| (x.place(time), y.place(slower)))
            .collect();
        if !points.is_empty() {
            canvas.path(
                &simplified(&points, 0.3),
                &class(entries, at),
                &title(entry),
            );
        }
    }
    legend(canvas, entries, top);
    bottom + 40.0
}

fn curves(entries: &[Entry]) -> Vec<Vec<Corner>> {
    entries
        .iter()
        .map(|entry| curve(&entry.result.responses))
        .collect()
}

/// Down by a step at each time, as far as enough requests remain to tell.
fn curve(responses: &Histogram) -> Vec<Corner> {
    let all = responses.count();
    let last = if all >= 10 * FEWEST { FEWEST } else { 1 };
    let fraction = |slower: u64| slower as f64 / all as f64;
    let (mut corners, mut slower) = (Vec::new(), all);
    for (time, count) in responses.buckets() {
        corners.push((time, fraction(slower)));
        slower = slower.saturating_sub(count);
        corners.push((time, fraction(slower.max(last))));
        if slower < last {
            break;
        }
    }
    corners
}

/// From `low` on, beginning with what is slower than that.
fn visible(curve: &[Corner], low: f64) -> Vec<Corner> {
    let hidden = curve.partition_point(|(time, _)| *time < low);
    let edge = match hidden {
        0 => (low, 1.0),
        hidden => (low, curve[hidden - 1].1),
    };
    let shown = &curve[hidden..];
    let edge = (!curve.is_empty()).then_some(edge);
    edge.into_iter().chain(shown.iter().copied()).collect()
}

/// The times from the first tenth of the fastest to the end of the longest line, and the smallest fraction.
/// `None` if there is nothing to show.
fn extent(entries: &[Entry], curves: &[Vec<Corner>]) -> Option<((f64, f64), f64)> {
    let shortest = entries
        .iter()
        .filter_map(|entry| entry.result.responses.quantile(0.1))
        .map(|time| time.max(1e-9))
        .reduce(f64::min)?;
    let ends = || curves.iter().filter_map(|curve| curve.last());
    let longest = ends().map(|(time, _)| *time).fold(shortest, f64::max);
    let rarest = ends().map(|(_, slower)| *slower).fold(1.0, f64::min);
    Some((
        (shortest * 0.98, longest * 1.02),
        rarest.clamp(DEEPEST, 0.01),
    ))
}

fn time_axis(canvas: &mut Canvas, x: &LogAxis, (top, bottom): (f64, f64)) {
    for time in x.ticks(52.0) {
        let at = x.place(time);
        canvas.line((at, top), (at, bottom), "grid");
        canvas.text(at, bottom + 17.0, "mid", &tick(time));
    }
    canvas.line((LEFT, bottom), (RIGHT, bottom), "axis");
    let middle = (LEFT + RIGHT) / 2.0;
    canvas.text(
        middle,
        bottom + 36.0,
        "mid soft",
        "response time (logarithmic)",
    );
}

fn fraction_axis(canvas: &mut Canvas, y: &LogAxis, rarest: f64) {
    let fractions = [1.0, 0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6];
    for slower in fractions.into_iter().filter(|slower| *slower >= rarest) {
        let at = y.place(slower);
        canvas.line((LEFT, at), (RIGHT, at), "grid");
        canvas.text(
            LEFT - 8.0,
            at + 4.0,
            "end",
            &format!("{} %", plain(slower * 100.0, 2)),
        );
        if slower < 1.0 {
            let quantile = format!("p{}", plain((1.0 - slower) * 100.0, 9));
            canvas.text(LEFT - 70.0, at + 4.0, "end strong", &quantile);
        }
    }
    let ends = (y.place(1.0), y.place(0.0));
    canvas.upright(15.0, (ends.0 + ends.1) / 2.0, "requests slower than this");
}

/// In the order of the table.
fn legend(canvas: &mut Canvas, entries: &[Entry], top: f64) {
    let right = WIDTH - 16.0;
    canvas.text(right, top + 8.0, "end soft", "mean");
    for (at, entry) in entries.iter().enumerate() {
        let y = top + 28.0 + LEGEND_LINE * at as f64;
        let sample = [(LEGEND, y - 4.0), (LEGEND + 30.0, y - 4.0)];
        canvas.path(&sample, &class(entries, at), &title(entry));
        canvas.text(LEGEND + 38.0, y, "", &entry.label());
        let mean = entry.result.response_time_seconds.mean;
        canvas.text(right, y, "end", &mean.map_or("-".to_string(), duration));
    }
}

/// How the line of the one at `at` looks.
fn class(entries: &[Entry], at: usize) -> String {
    let colour = entries[at].colour;
    let beneath = entries[..at]
        .iter()
        .filter(|other| alike(other, &entries[at]));
    match beneath.count() {
        0 => format!("line l{colour}"),
        1 => format!("line l{colour} twin1"),
        _ => format!("line l{colour} twin2"),
    }
}

/// Whether their lines would hide each other.
fn alike(a: &Entry, b: &Entry) -> bool {
    const APART: f64 = 0.015;
    [0.5, 0.9, 0.99].into_iter().all(|quantile| {
        let times = [a, b].map(|entry| entry.result.responses.quantile(quantile));
        matches!(times, [Some(a), Some(b)] if (a - b).abs() <= APART * a)
    })
}

fn title(entry: &Entry) -> String {
    let time = &entry.result.response_time_seconds;
    let of = |time: Option<f64>| time.map_or("-".to_string(), duration);
    format!(
        "{}: mean {}, p50 {}, p99 {}, p99.9 {}, max {}",
        entry.name(),
        of(time.mean),
        of(time.p50),
        of(time.p99),
        of(time.p999),
        of(time.max)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::time::Duration;

    fn histogram(times: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        times
            .iter()
            .for_each(|&time| histogram.record(Duration(time)));
        histogram
    }

    #[test]
    fn a_line_goes_down_in_steps_to_where_one_in_few_remains() {
        assert_eq!(
            curve(&histogram(&[1, 2, 2, 4])),
            [
                (1e-9, 1.0),
                (1e-9, 0.75),
                (2e-9, 0.75),
                (2e-9, 0.25),
                (4e-9, 0.25),
                (4e-9, 0.25)
            ]
        );
        assert_eq!(curve(&Histogram::default()), []);
    }

    #[test]
    fn it_ends_where_ten_remain() {
        let times: Vec<u64> = (1..=100).collect();
        let curve = curve(&histogram(&times));
        assert_eq!(curve.last(), Some(&(91.0 * 1e-9, 0.1)));
    }

    #[test]
    fn constant_times_are_a_fall() {
        let curve = curve(&histogram(&[50; 1_000]));
        assert_eq!(curve, [(50.0 * 1e-9, 1.0), (50.0 * 1e-9, 0.01)]);
    }

    #[test]
    fn what_is_left_of_the_axis_is_not_drawn() {
        let curve = curve(&histogram(&[1, 2, 3, 4]));
        assert_eq!(visible(&curve, 2.5e-9)[0], (2.5e-9, 0.5));
        assert_eq!(visible(&[], 1.0), []);
    }
}
