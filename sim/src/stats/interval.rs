//! Confidence intervals for means.

use super::student;

/// A mean and how far from it the true one may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub mean: f64,
    /// Half the interval's width.
    pub half_width: f64,
}

impl Interval {
    /// The half-width as a share of the mean.
    pub fn relative(&self) -> f64 {
        self.half_width / self.mean.abs()
    }

    /// Whether the interval leaves out `value`.
    pub fn excludes(&self, value: f64) -> bool {
        (self.mean - value).abs() > self.half_width
    }
}

/// Fewer batches make a wide interval, more make them dependent; 32 is within the range that Schmeiser (1982)
/// recommends.
const BATCHES: usize = 32;

/// The Student-t interval for the mean of independent `values` at this `confidence` (0.95, say); `None` for
/// fewer than two.
pub fn interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    let standard_error = (squares / (n - 1) as f64 / n as f64).sqrt();
    let t = student::quantile(0.5 + confidence / 2.0, n as u64 - 1);
    Some(Interval {
        mean,
        half_width: t * standard_error,
    })
}

/// The interval for the mean of one long run by the method of batch means: successive `values`, themselves
/// means of equally many observations, are gathered into 32 batches of nearly equal length, long enough to be
/// nearly independent. `None` if there are fewer values than that.
pub fn batch_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    if values.len() < BATCHES {
        return None;
    }
    let begin = |batch: usize| batch * values.len() / BATCHES;
    let mean = |batch: usize| {
        let values = &values[begin(batch)..begin(batch + 1)];
        values.iter().sum::<f64>() / values.len() as f64
    };
    let batches: Vec<f64> = (0..BATCHES).map(mean).collect();
    interval(&batches, confidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_interval() {
        let found = interval(&[1.0, 2.0, 3.0, 4.0], 0.95).unwrap();
        // s = 1.290994, s / 2 = 0.645497, t(3) = 3.182446.
        assert!(
            (found.mean - 2.5).abs() < 1e-12 && (found.half_width - 2.054_26).abs() < 1e-5,
            "{found:?}"
        );
    }

    #[test]
    fn one_value_says_nothing_about_its_spread() {
        assert_eq!(interval(&[1.0], 0.95), None);
        assert_eq!(batch_interval(&[1.0; 31], 0.95), None);
    }

    /// 400 runs of an autoregressive sequence with known mean: the 95 % interval covers it about 95 times in
    /// a hundred, which an interval that ignored the dependence (here threefold too narrow) would not.
    #[test]
    fn batch_means_allow_for_dependence() {
        let mut state = 1u64;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let covered = (0..400)
            .filter(|_| {
                let mut level = 0.0;
                let values: Vec<f64> = (0..4_000)
                    .map(|_| {
                        level = 0.8 * level + uniform();
                        level
                    })
                    .collect();
                !batch_interval(&values, 0.95).unwrap().excludes(0.0)
            })
            .count();
        assert!((366..=394).contains(&covered), "{covered} of 400");
    }
}
