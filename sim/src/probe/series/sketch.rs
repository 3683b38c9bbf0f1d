//! Response times of one interval, compact once the interval is over.
//! Cost: a nanosecond or two to record; 8 bytes for each bucket that was hit, so 3 KB for times over four decades
//! and never more than 16 KB. A bucket is at most 3.2 % wide.
//! Source: HdrHistogram's layout, as `probe/histogram.rs`, with 32 buckets to the octave.

use policy::time::Duration;

use crate::probe::histogram::{bucket_of, extent};

const PRECISION_BITS: u32 = 5;

/// The times of the interval that is open: answers come in order of time, so only one interval is.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    counts: Vec<u32>,
    recorded: u64,
}

impl Open {
    /// Counts one time.
    #[inline]
    pub(super) fn record(&mut self, time: Duration) {
        let bucket = bucket_of::<PRECISION_BITS>(time.0);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(1);
        self.recorded += 1;
    }

    /// What was counted; begins anew.
    pub(super) fn close(&mut self) -> Sketch {
        // Of a pause there may be many intervals.
        if std::mem::take(&mut self.recorded) == 0 {
            return Sketch::default();
        }
        let buckets = (0u16..).zip(&self.counts);
        let hit = buckets.filter(|(_, count)| **count > 0);
        let counts = hit.map(|(bucket, &count)| (bucket, count)).collect();
        self.counts.fill(0);
        Sketch { counts }
    }
}

/// Buckets with counts, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sketch {
    counts: Vec<(u16, u32)>,
}

impl Sketch {
    /// Adds what `other` counted.
    pub(super) fn merge(&mut self, other: &Sketch) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
            return;
        }
        let mut both = Vec::with_capacity(self.counts.len().max(other.counts.len()));
        let (mut ours, mut theirs) = (
            self.counts.iter().peekable(),
            other.counts.iter().peekable(),
        );
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(&&(a, n)), Some(&&(b, m))) if a == b => {
                    theirs.next();
                    ours.next();
                    both.push((a, n.saturating_add(m)));
                    continue;
                }
                (Some((a, _)), Some((b, _))) if b < a => theirs.next(),
                (Some(_), _) => ours.next(),
                (None, _) => theirs.next(),
            };
            match next {
                Some(&bucket) => both.push(bucket),
                None => break,
            }
        }
        self.counts = both;
    }

    /// How many times were counted. O(buckets).
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// The time in seconds that a share `quantile` of all does not exceed, interpolated within its bucket; `None` if
    /// nothing was counted. O(buckets).
    pub(super) fn quantile(&self, quantile: f64) -> Option<f64> {
        let rank = quantile * self.count() as f64;
        let mut below = 0u64;
        let found = self.counts.iter().find(|(_, count)| {
            let reached = (below + u64::from(*count)) as f64 >= rank;
            below += if reached { 0 } else { u64::from(*count) };
            reached
        });
        let &(bucket, count) = found.or(self.counts.last())?;
        let (start, width) = extent::<PRECISION_BITS>(usize::from(bucket));
        let within = ((rank - below as f64) / f64::from(count)).clamp(0.0, 1.0);
        Some((start as f64 + within * (width - 1) as f64) * 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch(times: &[u64]) -> Sketch {
        let mut open = Open::default();
        times.iter().for_each(|&time| open.record(Duration(time)));
        open.close()
    }

    proptest! {
        #[test]
        fn quantiles_are_within_a_bucket_of_the_sorted_times(
            mut times in prop::collection::vec(prop_oneof![0u64..100, 0u64..1_000_000_000, any::<u64>()], 1..300),
            quantile in 0.0f64..=1.0,
        ) {
            let found = sketch(&times).quantile(quantile).unwrap();
            times.sort_unstable();
            let rank = ((quantile * times.len() as f64).ceil() as usize).clamp(1, times.len());
            let exact = times[rank - 1] as f64 * 1e-9;
            prop_assert!((found - exact).abs() <= 0.032 * exact + 1e-9, "{} against {}", found, exact);
        }

        #[test]
        fn merging_is_counting_both(
            a in prop::collection::vec(0u64..10_000, 0..100),
            b in prop::collection::vec(0u64..10_000, 0..100),
        ) {
            let mut merged = sketch(&a);
            merged.merge(&sketch(&b));
            prop_assert_eq!(merged, sketch(&[a, b].concat()));
        }
    }

    #[test]
    fn closing_begins_anew() {
        let mut open = Open::default();
        open.record(Duration(5));
        assert_eq!(open.close().count(), 1);
        assert_eq!(open.close(), Sketch::default());
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    /// The longest time there is has a bucket, and a sketch of all of them stays small.
    #[test]
    fn buckets_fit_their_number() {
        let all: Vec<u64> = (0..64)
            .flat_map(|bit| (0..64).map(move |x| (64 + x) << 57 >> bit))
            .collect();
        let counts = sketch(&all).counts;
        assert_eq!(
            usize::from(counts.last().unwrap().0),
            bucket_of::<PRECISION_BITS>(u64::MAX)
        );
        assert!(
            counts.len() * size_of::<(u16, u32)>() <= 16 << 10,
            "{}",
            counts.len()
        );
    }
}
