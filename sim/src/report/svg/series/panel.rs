//! One of several small pictures over the same time.

use super::super::axis::{LogAxis, round_up};
use super::super::canvas::{Canvas, simplified};
use super::{LEFT, RIGHT};
use crate::report::units::{count, plain, tick};

const HEIGHT: f64 = 104.0;
/// The share of a panel above the highest mark, so that no line lies on its edge.
const HEADROOM: f64 = 0.05;
/// From a panel's end to the next one's first line.
pub(super) const GAP: f64 = 44.0;

/// A quantity over time, in one look.
pub(super) struct Line {
    pub(super) class: String,
    /// Shown when it is pointed at.
    pub(super) title: String,
    /// From when until when, in seconds, and what then; `None` where it is unknown.
    pub(super) values: Vec<((f64, f64), Option<f64>)>,
}

/// How a panel's numbers are drawn and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero.
    Number,
    /// From zero, of one.
    Share,
    /// Logarithmic, in seconds.
    Time,
}

/// One small picture.
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// What its lines mean.
    pub(super) key: &'static str,
    pub(super) scale: Scale,
    pub(super) lines: Vec<Line>,
}

/// The time that all panels share.
pub(super) struct TimeAxis {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl TimeAxis {
    /// The place of a time; of the end if it lies beyond.
    pub(super) fn place(&self, time: f64) -> f64 {
        let length = (self.to - self.from).max(f64::MIN_POSITIVE);
        LEFT + ((time - self.from) / length).clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// At most eight, evenly apart.
    pub(super) fn ticks(&self) -> Vec<f64> {
        steps(self.from, self.to, 8.0)
    }
}

/// Round values from `low` to `high`, at most `n` steps.
fn steps(low: f64, high: f64, n: f64) -> Vec<f64> {
    if high - low <= 0.0 || !(high - low).is_finite() {
        return vec![low];
    }
    let step = round_up((high - low) / n);
    let (first, last) = (
        libm::ceil(low / step - 1e-9),
        libm::floor(high / step + 1e-9),
    );
    (first as i64..=last as i64)
        .map(|at| at as f64 * step)
        .collect()
}

enum Axis {
    Linear { highest: f64, bottom: f64 },
    Log(LogAxis),
}

impl Axis {
    fn place(&self, value: f64) -> f64 {
        match self {
            Axis::Linear { highest, bottom } => {
                bottom - HEIGHT * (value / highest / (1.0 + HEADROOM)).clamp(0.0, 1.0)
            }
            Axis::Log(axis) => axis.place(value),
        }
    }

    fn ticks(&self) -> Vec<f64> {
        match self {
            Axis::Linear { highest, .. } => steps(0.0, *highest, 4.0),
            Axis::Log(axis) => axis.ticks(20.0),
        }
    }
}

impl Panel {
    /// Whether any line says anything.
    pub(super) fn is_something(&self) -> bool {
        self.values().any(|value| value > 0.0)
    }

    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let lines = self.lines.iter();
        lines.flat_map(|line| line.values.iter().filter_map(|(_, value)| *value))
    }

    /// Returns where it ends. `shade` draws what lies beneath its lines, from top to bottom.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        time: &TimeAxis,
        top: f64,
        shade: impl FnOnce(&mut Canvas, (f64, f64)),
    ) -> f64 {
        let bottom = top + HEIGHT;
        canvas.text(LEFT, top - 12.0, "head", self.title);
        canvas.text(RIGHT, top - 12.0, "end soft", self.key);
        shade(canvas, (top, bottom));
        for at in time.ticks() {
            let x = time.place(at);
            canvas.line((x, top), (x, bottom), "grid");
        }
        let axis = self.axis(top, bottom);
        for value in axis.ticks() {
            let y = axis.place(value);
            canvas.line((LEFT, y), (RIGHT, y), "grid");
            canvas.text(LEFT - 8.0, y + 4.0, "end", &self.written(value));
        }
        canvas.line((LEFT, bottom), (RIGHT, bottom), "axis");
        for line in &self.lines {
            line.draw(canvas, time, &axis);
        }
        bottom
    }

    fn axis(&self, top: f64, bottom: f64) -> Axis {
        let positive = || {
            self.values()
                .filter(|value| *value > 0.0 && value.is_finite())
        };
        let highest = positive().fold(0.0, f64::max);
        match self.scale {
            Scale::Time if highest > 0.0 => {
                let lowest = positive().fold(f64::INFINITY, f64::min);
                Axis::Log(LogAxis::new((lowest * 0.9, highest * 1.1), (bottom, top)))
            }
            _ if highest > 0.0 => {
                let step = round_up(highest / 4.0);
                let highest = libm::ceil(highest / step - 1e-9) * step;
                Axis::Linear { highest, bottom }
            }
            _ => Axis::Linear {
                highest: 1.0,
                bottom,
            },
        }
    }

    fn written(&self, value: f64) -> String {
        match self.scale {
            Scale::Time => tick(value),
            Scale::Share => format!("{} %", plain(value * 100.0, 3)),
            Scale::Number if value >= 10.0 => count((value + 0.5) as u64),
            Scale::Number => plain(value, 3),
        }
    }
}

impl Line {
    /// Through the middles of the intervals, interrupted where nothing is known for longer than the eye would bridge.
    fn draw(&self, canvas: &mut Canvas, time: &TimeAxis, axis: &Axis) {
        const BRIDGED: f64 = 3.0;
        let known = self
            .values
            .iter()
            .filter_map(|&((from, to), value)| Some(((from, to), value?)));
        let placed =
            known.map(|((from, to), value)| (time.place(from), time.place(to), axis.place(value)));
        let placed: Vec<(f64, f64, f64)> = placed.collect();
        for run in placed.chunk_by(|(_, end, _), (start, ..)| start - end < BRIDGED) {
            let points: Vec<(f64, f64)> = match run {
                [(from, to, y)] => vec![(*from, *y), (*to, *y)],
                many => many
                    .iter()
                    .map(|(from, to, y)| ((from + to) / 2.0, *y))
                    .collect(),
            };
            canvas.path(
                &simplified(&thinned(&points), 0.3),
                &self.class,
                &self.title,
            );
        }
    }
}

/// At most four points to a pixel's width, which look the same: the first, the highest, the lowest, the last
/// (M4, Jugel et al. 2014).
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| libm::floor(a.0) == libm::floor(b.0)) {
        let at = |best: Option<(usize, _)>| best.map_or(0, |(at, _): (usize, &(f64, f64))| at);
        let by_height =
            |a: &(usize, &(f64, f64)), b: &(usize, &(f64, f64))| a.1.1.total_cmp(&b.1.1);
        let mut of_note = [
            0,
            at(column.iter().enumerate().min_by(by_height)),
            at(column.iter().enumerate().max_by(by_height)),
            column.len() - 1,
        ];
        of_note.sort_unstable();
        for (place, &at) in of_note.iter().enumerate() {
            if place == 0 || of_note[place - 1] != at {
                kept.push(column[at]);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_keeps_its_ends_and_extremes_in_order() {
        let points = [
            (0.1, 5.0),
            (0.2, 9.0),
            (0.3, 6.0),
            (0.4, 1.0),
            (0.5, 4.0),
            (1.5, 4.0),
        ];
        assert_eq!(
            thinned(&points),
            [(0.1, 5.0), (0.2, 9.0), (0.4, 1.0), (0.5, 4.0), (1.5, 4.0)]
        );
        assert_eq!(thinned(&[]), []);
        let many: Vec<(f64, f64)> = (0..100_000)
            .map(|at| (f64::from(at) * 6e-3, f64::from(at % 7)))
            .collect();
        assert!(thinned(&many).len() <= 4 * 600);
    }

    #[test]
    fn ticks_are_round_and_few() {
        let ticks = |from, to| TimeAxis { from, to }.ticks();
        assert_eq!(ticks(0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(0.0, 0.3).len(), 7);
        assert_eq!(ticks(1.0, 1.0), [1.0]);
    }
}
