//! How fast several backends answer on average, without visiting them.

use super::PeakEwma;
use super::peak_ewma::weight_kept;
use crate::time::{Duration, Instant};

/// The sum of several moving averages, O(1) a change: in silence all of them decay at the same rate, so their
/// sum does, and an answer replaces one term.
///
/// It stands at the latest instant it has heard of, and an answer that comes with an earlier one (two clocks
/// may disagree) does not move it back: at that latest instant nothing is left to saturate, and every term is
/// what its average says then. Rounding cannot pile up either: no answer makes an average fall faster than
/// silence does, so what is left of old errors shrinks at least as fast as the sum may.
#[derive(Clone, Copy, Debug, Default)]
pub struct EwmaSum {
    total_ns: f64,
    count: u32,
    at: Instant,
}

impl EwmaSum {
    /// The sum of `averages`, one by one: O(n).
    pub fn of(averages: impl Iterator<Item = PeakEwma> + Clone, decay: Duration) -> EwmaSum {
        let at = averages.clone().map(|average| average.updated()).max();
        let mut sum = EwmaSum {
            at: at.unwrap_or_default(),
            ..EwmaSum::default()
        };
        averages.for_each(|average| sum.replace(None, average, sum.at, decay));
        sum
    }

    /// At `now` the term `before`, if it was one, became `after`.
    pub fn replace(
        &mut self,
        before: Option<PeakEwma>,
        after: PeakEwma,
        now: Instant,
        decay: Duration,
    ) {
        let at = self.at.max(now);
        let term = |average: PeakEwma| average.at(at, decay);
        self.total_ns = self.total(at, decay) + term(after) - before.map_or(0.0, term);
        self.count += u32::from(before.is_none());
        self.at = at;
    }

    /// The mean of the averages in nanoseconds as they stand at `now`; `None` of none.
    pub fn mean(&self, now: Instant, decay: Duration) -> Option<f64> {
        // A sum of nearly nothing may have been rounded below it.
        let total = self.total(now, decay).max(0.0);
        (self.count > 0).then(|| total / f64::from(self.count))
    }

    fn total(&self, now: Instant, decay: Duration) -> f64 {
        self.total_ns * weight_kept(now - self.at, decay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DECAY: Duration = Duration(10_000);

    /// Who answers, after how long, and how the clock moved since the last answer: also backwards.
    fn answer() -> impl Strategy<Value = (usize, u64, i64)> {
        let response = prop_oneof![4 => 1..2_000u64, 1 => 1..1_000_000_000_000u64];
        (0..5usize, response, -500..2_000i64)
    }

    proptest! {
        #[test]
        fn it_is_the_sum(answers in prop::collection::vec(answer(), 1..300)) {
            let mut averages = [None; 5];
            let mut sum = EwmaSum::default();
            let (mut now, mut latest) = (Instant(1_000_000), Instant::ZERO);
            for (at, response, moved) in answers {
                now = Instant(now.0.saturating_add_signed(moved));
                latest = latest.max(now);
                let before: Option<PeakEwma> = averages[at];
                let mut after = before.unwrap_or(PeakEwma::first(Duration(response), now));
                after.update(Duration(response), now, DECAY);
                averages[at] = Some(after);
                sum.replace(before, after, now, DECAY);

                let known = averages.iter().flatten();
                let soon = latest + Duration(700);
                let mean = known.clone().map(|average| average.at(soon, DECAY)).sum::<f64>() / known.clone().count() as f64;
                for found in [sum, EwmaSum::of(known.copied(), DECAY)] {
                    let found = found.mean(soon, DECAY).unwrap();
                    prop_assert!((found - mean).abs() < 1e-9 * mean, "{found}, one by one {mean}");
                }
            }
        }
    }

    #[test]
    fn nothing_has_no_mean() {
        assert_eq!(EwmaSum::default().mean(Instant(5), DECAY), None);
    }
}
