//! One of several small pictures over the same time.

use super::super::canvas::{Canvas, simplified};
use super::scale::{Axis, Scale, TimeAxis};
use super::{LEFT, RIGHT};

const HEIGHT: f64 = 104.0;
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

/// One small picture.
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// What its lines mean.
    pub(super) key: &'static str,
    pub(super) scale: Scale,
    pub(super) lines: Vec<Line>,
}

impl Panel {
    /// Whether any line says anything.
    pub(super) fn is_something(&self) -> bool {
        self.values().any(|value| value > 0.0)
    }

    fn values(&self) -> impl Iterator<Item = f64> + Clone + '_ {
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
        let axis = Axis::of(self.scale, self.values(), (top, bottom));
        for value in axis.ticks() {
            let y = axis.place(value);
            canvas.line((LEFT, y), (RIGHT, y), "grid");
            canvas.text(LEFT - 8.0, y + 4.0, "end", &self.scale.written(value));
        }
        canvas.line((LEFT, bottom), (RIGHT, bottom), "axis");
        for line in &self.lines {
            line.draw(canvas, time, &axis);
        }
        bottom
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
}
