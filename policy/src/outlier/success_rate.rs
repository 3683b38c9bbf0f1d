//! Whose success rate is far below that of the others.
//! Cost: O(n) an interval. Source: Envoy's `success_rate` ejection: below mean - factor x standard deviation, the
//! deviation being that of the population.
//!
//! Between n backends no one can be further than sqrt(n - 1) deviations from the mean: of four at most 1.73, so that
//! with Envoy's 1.9 it takes five, and of five a single one that stands out, however little.

use super::SuccessRate;

/// What became of a backend's requests within an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tally {
    pub(super) successes: u32,
    pub(super) requests: u32,
}

impl Tally {
    pub(super) fn count(&mut self, success: bool) {
        self.requests = self.requests.saturating_add(1);
        self.successes = self.successes.saturating_add(u32::from(success));
    }

    fn rate(self) -> f64 {
        f64::from(self.successes) / f64::from(self.requests)
    }
}

impl SuccessRate {
    /// The success rate below which a backend is an outlier; `None` if there are too few to compare.
    pub(super) fn threshold(&self, tallies: impl Iterator<Item = Tally> + Clone) -> Option<f64> {
        let rates = tallies
            .filter(|&tally| self.compares(tally))
            .map(Tally::rate);
        let hosts = rates.clone().count();
        if hosts < self.min_hosts as usize {
            return None;
        }
        let mean = rates.clone().sum::<f64>() / hosts as f64;
        let squares: f64 = rates.map(|rate| (rate - mean) * (rate - mean)).sum();
        let deviation = (squares / hosts as f64).sqrt();
        Some(mean - f64::from(self.stdev_thousandths) / 1000.0 * deviation)
    }

    /// Whether `tally` is below `threshold`, and says anything at all. Not by a rounding error: of equals nobody is.
    pub(super) fn is_outlier(&self, tally: Tally, threshold: f64) -> bool {
        self.compares(tally) && tally.rate() + 1e-9 < threshold
    }

    fn compares(&self, tally: Tally) -> bool {
        tally.requests >= self.request_volume
    }
}
