//! Anderson's acceleration of a fixed-point iteration x -> g(x) (Anderson 1965; Walker, Ni 2011).
//!
//! The next x is not the last g(x) but the combination of the last few whose combined change is the smallest. Where the
//! iteration alone shrinks what is wrong by a fixed part each time, and has one slow direction or a few, this finds
//! those directions and goes the whole way.

/// How many steps back are combined.
const DEPTH: usize = 8;

/// Only each so-manieth x is a combination: the steps between them show how the iteration goes on from there. If each
/// were one, what a combination spoils the next ones would be built on.
const PERIOD: usize = 9;

#[derive(Clone, Debug, Default)]
pub(super) struct Anderson {
    steps: usize,
    last: Option<Step>,
    /// Differences between successive steps, the oldest first.
    differences: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    value: Vec<f64>,
    change: Vec<f64>,
}

impl Anderson {
    /// The next x, in place of `x`, where the iteration leads from `x` to `value`.
    pub(super) fn next(&mut self, x: &mut Vec<f64>, value: Vec<f64>) {
        let minus =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        let change = minus(&value, x);
        let step = Step { value, change };
        if let Some(last) = self.last.take() {
            if self.differences.len() == DEPTH {
                self.differences.remove(0);
            }
            self.differences.push(Step {
                value: minus(&step.value, &last.value),
                change: minus(&step.change, &last.change),
            });
        }
        x.clone_from(&step.value);
        self.steps += 1;
        if !self.steps.is_multiple_of(PERIOD) {
            self.last = Some(step);
            return;
        }
        for (factor, difference) in self
            .factors(&step.change)
            .into_iter()
            .zip(&self.differences)
        {
            let values = x.iter_mut().zip(&difference.value);
            values.for_each(|(x, value)| *x -= factor * value);
        }
        // Probabilities: a combination may fall below zero where there is next to nothing.
        x.iter_mut().for_each(|x| *x = x.max(0.0));
        self.last = Some(step);
    }

    /// Of the differences, those whose sum is nearest to `change`: the normal equations.
    fn factors(&self, change: &[f64]) -> Vec<f64> {
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let row = |difference: &Step| {
            let others = self.differences.iter().map(|other| &other.change);
            let all = others.map(Vec::as_slice).chain([change]);
            all.map(|other| dot(&difference.change, other)).collect()
        };
        solved(self.differences.iter().map(row).collect())
    }
}

/// By elimination, the solution of a symmetric system, each row with its right side last. A direction that is next to dependent on
/// earlier ones gets nothing.
fn solved(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let n = rows.len();
    // The newest first: its direction counts most.
    let order: Vec<usize> = (0..n).rev().collect();
    let sizes: Vec<f64> = (0..n).map(|at| rows[at][at]).collect();
    let mut used = Vec::new();
    for &pivot in &order {
        if rows[pivot][pivot] <= 1e-12 * sizes[pivot] || sizes[pivot] == 0.0 {
            continue;
        }
        let row = rows[pivot].clone();
        for other in (0..n).filter(|&other| other != pivot) {
            let factor = rows[other][pivot] / row[pivot];
            rows[other]
                .iter_mut()
                .zip(&row)
                .for_each(|(a, b)| *a -= factor * b);
        }
        used.push(pivot);
    }
    let factor = |at: usize| {
        if used.contains(&at) {
            rows[at][n] / rows[at][at]
        } else {
            0.0
        }
    };
    (0..n).map(factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A linear iteration in four directions, the slowest of which shrinks by a thousandth: four rounds
    /// are enough.
    #[test]
    fn slow_directions_are_gone_the_whole_way() {
        let (rates, limit) = ([0.999, 0.98, 0.5, -0.9], [1.0, 2.0, 3.0, 4.0]);
        let mut x = vec![0.0; 4];
        let mut anderson = Anderson::default();
        for _ in 0..4 * PERIOD {
            let towards = |at: usize| limit[at] + rates[at] * (x[at] - limit[at]);
            let value = (0..4).map(towards).collect();
            anderson.next(&mut x, value);
        }
        let off = x.iter().zip(limit).map(|(x, limit)| (x - limit).abs());
        assert!(off.sum::<f64>() < 1e-6, "{x:?}");
    }
}
