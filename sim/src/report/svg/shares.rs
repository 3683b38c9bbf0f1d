//! How each strategy spread the requests: a row of bars, one for each backend, against what is ideal.

use super::axis::round_up;
use super::canvas::{Canvas, simplified};
use super::{Entry, LEFT, LEGEND, RIGHT};
use crate::report::shares::{relative_shares, spread};
use crate::report::units::{count, duration, percent, plain, significant};

/// Beyond, bars would be hairs: shares are sorted and drawn as an area.
const MOST_BARS: usize = 64;
const ROW: f64 = 34.0;
const GAP: f64 = 12.0;
/// What is higher is cut, and marked.
const HIGHEST: f64 = 4.0;

/// Returns where the panel ends.
pub(super) fn draw(canvas: &mut Canvas, entries: &[Entry], top: f64) -> f64 {
    let heading = "Share of the requests at each backend, relative to its ideal share (by weight)";
    canvas.text(LEFT, top + 18.0, "head", heading);
    let rows: Vec<Vec<f64>> = entries
        .iter()
        .map(|entry| relative_shares(entry.result))
        .collect();
    let backends = rows.iter().map(Vec::len).max().unwrap_or(0);
    let highest = highest(&rows);
    let mut y = top + 36.0;
    for (entry, shares) in entries.iter().zip(&rows) {
        let row = Row {
            entry: *entry,
            shares,
            base: y + ROW,
            highest,
        };
        row.draw(canvas);
        y += ROW + GAP;
    }
    if backends == 0 {
        return y;
    }
    backend_axis(canvas, backends, y - GAP);
    y + 34.0
}

/// What all rows reach up to.
fn highest(rows: &[Vec<f64>]) -> f64 {
    let most = rows.iter().flatten().copied().fold(1.0, f64::max);
    let steps = [1.5, 2.0, 3.0];
    steps
        .into_iter()
        .find(|step| most <= *step)
        .unwrap_or(HIGHEST)
}

struct Row<'a> {
    entry: Entry<'a>,
    shares: &'a [f64],
    base: f64,
    highest: f64,
}

impl Row<'_> {
    fn draw(&self, canvas: &mut Canvas) {
        let ticks = [0.0, 1.0, self.highest];
        let last = if self.highest < 2.0 { 2 } else { 3 };
        for &tick in &ticks[..last] {
            let y = self.height_at(tick);
            canvas.line(
                (LEFT, y),
                (RIGHT, y),
                if tick == 0.0 { "axis" } else { "grid" },
            );
            let label = if tick == 0.0 {
                "0".to_string()
            } else {
                format!("{}×", plain(tick, 2))
            };
            canvas.text(LEFT - 6.0, y + 3.5, "end small soft", &label);
        }
        canvas.text(
            LEFT - 26.0,
            self.base - ROW / 2.0 + 4.0,
            "end",
            &self.entry.label(),
        );
        if self.shares.len() <= MOST_BARS {
            self.bars(canvas);
        } else {
            self.area(canvas);
        }
        let ideal = self.height_at(1.0);
        canvas.line((LEFT, ideal), (RIGHT, ideal), "ideal");
        canvas.text(LEGEND, self.base - ROW / 2.0 + 4.0, "", &self.range());
    }

    fn height_at(&self, share: f64) -> f64 {
        self.base - ROW * share.min(self.highest) / self.highest
    }

    fn range(&self) -> String {
        let all = spread(self.shares);
        let [least, greatest] = [all.least, all.greatest].map(|share| {
            if share >= 10.0 {
                significant(share, 3)
            } else {
                format!("{share:.2}")
            }
        });
        format!("{least} to {greatest} × ideal")
    }

    fn bars(&self, canvas: &mut Canvas) {
        let pitch = (RIGHT - LEFT) / self.shares.len().max(1) as f64;
        let middle = |at: usize| LEFT + pitch * (at as f64 + 0.5);
        let wide = (pitch * 0.8).min(48.0);
        canvas.bars(self.entry.colour, wide, |canvas| {
            for (at, &share) in self.shares.iter().enumerate() {
                canvas.bar(
                    middle(at),
                    (self.base, self.height_at(share)),
                    &self.title(at),
                );
            }
        });
        let cut = self
            .shares
            .iter()
            .enumerate()
            .filter(|(_, share)| **share > self.highest);
        for (at, _) in cut {
            let (x, y) = (middle(at), self.base - ROW);
            let arrow = [(x - 4.0, y - 2.0), (x, y - 8.0), (x + 4.0, y - 2.0)];
            canvas.path(&arrow, "over", &self.title(at));
        }
    }

    fn title(&self, at: usize) -> String {
        let backend = &self.entry.result.backends[at];
        format!(
            "backend {}: {} of requests, {:.2} × ideal, {} busy",
            backend.id,
            percent(backend.share),
            self.shares[at],
            percent(backend.utilization)
        )
    }

    /// The busiest first.
    fn area(&self, canvas: &mut Canvas) {
        let mut sorted = self.shares.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let pitch = (RIGHT - LEFT) / sorted.len() as f64;
        let steps = sorted.iter().enumerate().flat_map(|(at, &share)| {
            let (left, y) = (LEFT + pitch * at as f64, self.height_at(share));
            [(left, y), (left + pitch, y)]
        });
        let top: Vec<(f64, f64)> = steps.collect();
        let mut outline = vec![(LEFT, self.base)];
        outline.extend(simplified(&top, 0.3));
        outline.push((RIGHT, self.base));
        let all = spread(self.shares);
        let title = format!(
            "{}: least {:.2}, median {:.2}, greatest {:.2} × ideal; mean response time {}",
            self.entry.name(),
            all.least,
            all.median,
            all.greatest,
            self.entry
                .result
                .response_time_seconds
                .mean
                .map_or("-".to_string(), duration)
        );
        canvas.path(&outline, &format!("bar f{}", self.entry.colour), &title);
    }
}

fn backend_axis(canvas: &mut Canvas, backends: usize, y: f64) {
    let pitch = (RIGHT - LEFT) / backends as f64;
    let bars = backends <= MOST_BARS;
    let step = if bars {
        round_up((20.0 / pitch).max(1.0)) as usize
    } else {
        round_up(backends as f64 / 10.0) as usize
    };
    let last = if bars { backends - 1 } else { backends };
    for at in (0..=last).step_by(step.max(1)) {
        let middle = if bars { 0.5 } else { 0.0 };
        let x = LEFT + pitch * (at as f64 + middle);
        canvas.text(x, y + 15.0, "mid small", &count(at as u64));
    }
    let title = if bars {
        "backend"
    } else {
        "backends, those with the greatest share first"
    };
    canvas.text((LEFT + RIGHT) / 2.0, y + 32.0, "mid soft", title);
}
