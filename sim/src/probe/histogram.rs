//! Counts of times by magnitude, for quantiles in bounded memory.

use policy::time::Duration;

/// Each power of two is divided into this many equal buckets, as a power of two.
const PRECISION_BITS: u32 = 7;

/// Log-linear buckets: 128 to the octave, so a bucket is at most 0.8 % wide; below 128 ns each nanosecond
/// has its own. Recording costs about a nanosecond and allocates only when a new longest time appears.
/// At most 58 KB, however many times are recorded. (HdrHistogram's layout; its crate is three times slower.)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    max: u64,
}

impl Histogram {
    /// Counts one time.
    #[inline]
    pub fn record(&mut self, time: Duration) {
        let bucket = bucket_of::<PRECISION_BITS>(time.0);
        // The longest time so far is in the last bucket; only there can it be exceeded.
        if bucket + 1 >= self.counts.len() {
            self.extend(bucket, time.0);
        }
        self.counts[bucket] += 1;
    }

    #[cold]
    fn extend(&mut self, bucket: usize, time: u64) {
        self.counts.resize(bucket + 1, 0);
        self.max = self.max.max(time);
    }

    /// Adds what `other` counted.
    pub fn merge(&mut self, other: &Histogram) {
        self.counts
            .resize(self.counts.len().max(other.counts.len()), 0);
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.max = self.max.max(other.max);
    }

    /// How many times were counted. O(buckets).
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The longest time, exactly.
    pub fn max(&self) -> Duration {
        Duration(self.max)
    }

    /// The time in seconds that a share `quantile` of all does not exceed, interpolated within its bucket;
    /// `None` if nothing was counted. O(buckets).
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let total = self.count();
        if total == 0 {
            return None;
        }
        let rank = quantile * total as f64;
        let mut below = 0u64;
        for (bucket, &count) in self.counts.iter().enumerate() {
            if count > 0 && (below + count) as f64 >= rank {
                let (start, width) = extent::<PRECISION_BITS>(bucket);
                let within = ((rank - below as f64) / count as f64).clamp(0.0, 1.0);
                // Times are whole nanoseconds: a bucket one wide holds that one time.
                let time = start as f64 + within * (width - 1) as f64;
                return Some(time.min(self.max as f64) * 1e-9);
            }
            below += count;
        }
        Some(self.max as f64 * 1e-9)
    }

    /// The buckets with counts, ascending: the longest time in the bucket in seconds, and the count.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let counted = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        counted.map(|(bucket, &count)| {
            let (start, width) = extent::<PRECISION_BITS>(bucket);
            ((start + width - 1).min(self.max) as f64 * 1e-9, count)
        })
    }
}

/// Which of the buckets a time is in, 2^`BITS` of them to the octave.
#[inline]
pub(super) fn bucket_of<const BITS: u32>(time: u64) -> usize {
    let shift = (time | 1 << BITS).ilog2() - BITS;
    ((u64::from(shift) << BITS) + (time >> shift)) as usize
}

/// The first time in a bucket and how many there are.
pub(super) fn extent<const BITS: u32>(bucket: usize) -> (u64, u64) {
    let bucket = bucket as u64;
    let per_octave = 1 << BITS;
    match bucket >> BITS {
        0 => (bucket, 1),
        octave => {
            let shift = octave - 1;
            (
                ((bucket & (per_octave - 1)) + per_octave) << shift,
                1 << shift,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_time_lies_in_its_bucket_which_is_narrow(time in prop_oneof![any::<u64>(), 0u64..2_000]) {
            let (start, width) = extent::<PRECISION_BITS>(bucket_of::<PRECISION_BITS>(time));
            prop_assert!(start <= time && time - start < width);
            prop_assert!(width == 1 || width as f64 <= 0.0079 * start as f64);
        }

        #[test]
        fn quantiles_are_within_a_bucket_of_the_sorted_times(
            mut times in prop::collection::vec(0u64..1_000_000_000, 1..300),
            quantile in 0.0f64..=1.0,
        ) {
            let mut histogram = Histogram::default();
            times.iter().for_each(|&time| histogram.record(Duration(time)));
            times.sort_unstable();
            let rank = ((quantile * times.len() as f64).ceil() as usize).clamp(1, times.len());
            let exact = times[rank - 1] as f64 * 1e-9;
            let found = histogram.quantile(quantile).unwrap();
            prop_assert!((found - exact).abs() <= 0.008 * exact + 1e-9, "{} against {}", found, exact);
            prop_assert_eq!(histogram.quantile(1.0), Some(*times.last().unwrap() as f64 * 1e-9));
        }
    }

    #[test]
    fn merging_counts_everything() {
        let (mut a, mut b, mut both) = (
            Histogram::default(),
            Histogram::default(),
            Histogram::default(),
        );
        for time in 0..1_000u64 {
            let part = if time % 3 == 0 { &mut a } else { &mut b };
            part.record(Duration(time * time));
            both.record(Duration(time * time));
        }
        a.merge(&b);
        assert_eq!(a, both);
    }
}
