//! How fast a backend answers, as Finagle and linkerd measure it.

use crate::time::{Duration, Instant};

/// A moving average of response times that jumps to a new peak at once and decays slowly: a backend that
/// turns slow is noticed with its first slow answer, and is believed again only with time.
///
/// Update and reading are O(1), with one `exp` each. Source: Finagle's `Ewma` in `PeakEwma` load balancing
/// (M. Eriksen, J. Buzzetti and others, Twitter), and tower's `load/peak_ewma.rs`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeakEwma {
    average_ns: f64,
    updated: Instant,
}

impl PeakEwma {
    /// The average after one answer that took `response`, seen at `now`.
    pub fn first(response: Duration, now: Instant) -> PeakEwma {
        PeakEwma {
            average_ns: response.0 as f64,
            updated: now,
        }
    }

    /// Takes account of an answer that took `response`, seen at `now`. What is known loses weight by
    /// `exp(-elapsed / decay)`.
    pub fn update(&mut self, response: Duration, now: Instant, decay: Duration) {
        let response_ns = response.0 as f64;
        self.average_ns = if response_ns > self.average_ns {
            response_ns
        } else {
            let kept = self.weight_kept(now, decay);
            self.average_ns * kept + response_ns * (1.0 - kept)
        };
        self.updated = now;
    }

    /// The average in nanoseconds as it stands at `now`: silence counts towards zero, so that a backend
    /// avoided for one slow answer is tried again.
    pub fn at(&self, now: Instant, decay: Duration) -> f64 {
        self.average_ns * self.weight_kept(now, decay)
    }

    /// When it was last told of an answer.
    pub fn updated(&self) -> Instant {
        self.updated
    }

    fn weight_kept(&self, now: Instant, decay: Duration) -> f64 {
        weight_kept(now - self.updated, decay)
    }
}

/// What `elapsed` leaves of what was known.
pub(super) fn weight_kept(elapsed: Duration, decay: Duration) -> f64 {
    libm::exp(-(elapsed.0 as f64) / decay.0 as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECAY: Duration = Duration(10_000);

    #[test]
    fn a_peak_is_believed_at_once_and_forgotten_slowly() {
        let mut average = PeakEwma::first(Duration(100), Instant(0));
        average.update(Duration(900), Instant(10), DECAY);
        assert_eq!(average.at(Instant(10), DECAY), 900.0);
        average.update(Duration(100), Instant(20), DECAY);
        assert!(average.at(Instant(20), DECAY) > 890.0);
        let half_life = Instant(20 + 6_931);
        let halved = average.at(half_life, DECAY) / average.at(Instant(20), DECAY);
        assert!((halved - 0.5).abs() < 1e-4, "{halved}");
    }

    #[test]
    fn reading_changes_nothing() {
        let average = PeakEwma::first(Duration(100), Instant(0));
        assert_eq!(
            average.at(Instant(5_000), DECAY),
            average.at(Instant(5_000), DECAY)
        );
        assert_eq!(average.at(Instant(0), DECAY), 100.0);
    }
}
