//! How response times are distributed, in buckets of fixed bounds.
//!
//! The bounds are the Renard numbers R20 (ISO 3): 1 us, 1.12 us, 1.25 us ... 90 s, 100 s, twenty a decade, each about
//! an eighth above the one before. A time is known to within 7 % of its bucket's middle. Powers of two would be found
//! a nanosecond sooner, but nobody asks how many answers took less than 131.072 ms, and a bound of /metrics is exact
//! only if it is one of these.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use policy::time::Duration;

use super::word;

/// Of one decade, times 100.
const RENARD: [u64; 20] = [
    100, 112, 125, 140, 160, 180, 200, 224, 250, 280, 315, 355, 400, 450, 500, 560, 630, 710, 800,
    900,
];
const DECADES: usize = 8;
/// How many bounds there are.
const COUNT: usize = DECADES * RENARD.len() + 1;
/// Words of a histogram: its buckets, the last for what is above all bounds, and the sum.
pub(super) const WORDS: usize = COUNT + 2;
const SUM: usize = COUNT + 1;

/// The upper bounds of the buckets in nanoseconds, inclusive, as Prometheus has them. Above the last there is one more.
pub const BOUNDS: [u64; COUNT] = bounds();

/// Cells of an octave: so narrow that none holds two bounds.
const CELLS: usize = 16;
const CELL_BITS: u32 = CELLS.trailing_zeros();
/// The octave of the first bound, and how many there are from it to the last.
const FIRST_OCTAVE: u32 = BOUNDS[0].ilog2();
const OCTAVES: usize = (BOUNDS[COUNT - 1].ilog2() - FIRST_OCTAVE + 1) as usize;
/// How many bounds are at or below where each cell begins.
const STARTS: [u8; OCTAVES * CELLS] = starts();

/// The words of a histogram that one process adds to.
pub(super) type Words = [AtomicU64; WORDS];

/// Counts one more. Two look-ups and a comparison.
#[inline]
pub(super) fn record(words: &Words, span: Duration) {
    word::add(&words[bucket(span.0)], 1);
    word::add(&words[SUM], span.0);
}

/// Which bucket `nanoseconds` belong to: how many bounds are below.
#[inline]
fn bucket(nanoseconds: u64) -> usize {
    let below = nanoseconds.saturating_sub(1);
    if below < BOUNDS[0] {
        return 0;
    }
    let octave = below.ilog2();
    let cell = (below >> (octave - CELL_BITS)) as usize % CELLS;
    let index = (octave - FIRST_OCTAVE) as usize * CELLS + cell;
    let Some(&start) = STARTS.get(index) else {
        return COUNT;
    };
    let start = usize::from(start);
    let next = BOUNDS.get(start).copied().unwrap_or(u64::MAX);
    start + usize::from(next <= below)
}

const fn bounds() -> [u64; COUNT] {
    let mut bounds = [0; COUNT];
    let mut decade = 10;
    let mut i = 0;
    while i < COUNT {
        bounds[i] = RENARD[i % RENARD.len()] * decade;
        i += 1;
        if i.is_multiple_of(RENARD.len()) {
            decade *= 10;
        }
    }
    bounds
}

const fn starts() -> [u8; OCTAVES * CELLS] {
    let mut starts = [0; OCTAVES * CELLS];
    let mut bound = 0;
    let mut i = 0;
    while i < starts.len() {
        let octave = FIRST_OCTAVE + (i / CELLS) as u32;
        let begin = ((CELLS + i % CELLS) as u64) << (octave - CELL_BITS);
        while bound < COUNT && BOUNDS[bound] <= begin {
            bound += 1;
        }
        starts[i] = bound as u8;
        i += 1;
    }
    starts
}

/// What a histogram held when it was read, or several together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    counts: Vec<u64>,
    sum: u128,
}

impl Default for Distribution {
    fn default() -> Self {
        Distribution {
            counts: vec![0; COUNT + 1],
            sum: 0,
        }
    }
}

impl Distribution {
    pub(super) fn read(words: &Words) -> Distribution {
        let mut read = Distribution::default();
        read.add_words(words);
        read
    }

    fn add_words(&mut self, words: &Words) {
        for (count, word) in self.counts.iter_mut().zip(words) {
            *count += word.load(Relaxed);
        }
        self.sum += u128::from(words[SUM].load(Relaxed));
    }

    /// And those of another.
    pub fn merge(&mut self, other: &Distribution) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.sum += other.sum;
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many took at most each of the bounds whose indices `among` lists, in rising order.
    pub fn at_most(&self, among: impl IntoIterator<Item = usize>) -> impl Iterator<Item = u64> {
        let (mut next, mut sum) = (0, 0);
        among.into_iter().map(move |index| {
            sum += self.counts[next..=index].iter().sum::<u64>();
            next = index + 1;
            sum
        })
    }

    /// All of them together, in seconds.
    pub fn sum_seconds(&self) -> f64 {
        self.sum as f64 / 1e9
    }

    /// The upper bound of the bucket that holds the `share`-th of them; `None` when there are none, or it is above
    /// all bounds.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let rank = ((self.count() as f64 * share).ceil() as u64).max(1);
        let below = self.at_most(0..COUNT).position(|count| count >= rank)?;
        Some(Duration(BOUNDS[below]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slowly(nanoseconds: u64) -> usize {
        BOUNDS.iter().filter(|&&bound| bound < nanoseconds).count()
    }

    #[test]
    fn bounds_are_round_numbers_from_a_microsecond_to_a_hundred_seconds() {
        assert_eq!(BOUNDS[..3], [1_000, 1_120, 1_250]);
        assert_eq!(BOUNDS[COUNT - 1], 100_000_000_000);
        assert!(BOUNDS.is_sorted_by(|a, b| a < b && *b as f64 / (*a as f64) < 1.15));
    }

    #[test]
    fn every_bound_is_in_its_own_bucket() {
        for (index, &bound) in BOUNDS.iter().enumerate() {
            assert_eq!(bucket(bound), index);
            assert_eq!(bucket(bound + 1), index + 1);
        }
        assert_eq!((bucket(0), bucket(u64::MAX)), (0, COUNT));
    }

    proptest! {
        #[test]
        fn a_bucket_is_found_as_by_counting(exponent in 0..64u32, fraction: u64) {
            let nanoseconds = (1 << exponent) + fraction % (1 << exponent);
            prop_assert_eq!(bucket(nanoseconds), slowly(nanoseconds));
        }
    }
}
