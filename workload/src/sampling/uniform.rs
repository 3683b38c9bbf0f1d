//! Uniform numbers.

use rand_core::Rng;

use crate::stream::Draws;

/// 2^-53, the distance between neighbours of [`uniform01`].
const STEP: f64 = 1.0 / (1u64 << 53) as f64;

/// The upper 53 bits of `word` as a fraction in [0, 1).
#[inline]
pub(super) fn fraction(word: u64) -> f64 {
    (word >> 11) as f64 * STEP
}

/// Uniform in [0, 1), a multiple of 2^-53. One word.
#[inline]
pub fn uniform01(draws: &mut Draws) -> f64 {
    fraction(draws.next_u64())
}

/// Uniform in (0, 1]: what a logarithm can take. One word.
#[inline]
pub fn uniform_open(draws: &mut Draws) -> f64 {
    1.0 - uniform01(draws)
}

/// A whole number below `bound`, without bias; 0 where `bound` is 0 or 1. Almost always one word.
///
/// Lemire 2019, "Fast random integer generation in an interval".
#[inline]
pub fn uniform_below(draws: &mut Draws, bound: u64) -> u64 {
    loop {
        let product = u128::from(draws.next_u64()) * u128::from(bound);
        let (high, low) = ((product >> 64) as u64, product as u64);
        // The remainder is costly and needed only when `low` may lie in the surplus.
        if low >= bound || low >= bound.wrapping_neg() % bound.max(1) {
            return high;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, Stream};
    use proptest::prelude::*;

    fn draws(number: u64) -> Draws {
        Stream::new(1, 0, Purpose::Demands).at(number)
    }

    #[test]
    fn golden() {
        assert_eq!(uniform01(&mut draws(0)), 0.5438435738014328);
        assert_eq!(uniform_open(&mut draws(1)), 0.1978544183229678);
        assert_eq!(uniform_below(&mut draws(0), 1_000_000), 543843);
        // A quarter of all words are rejected for this bound.
        assert_eq!(
            [7, 8, 9].map(|k| uniform_below(&mut draws(k), 3 << 62)),
            [
                7247682847286290430,
                8646342145532972713,
                1980841704253087620
            ]
        );
    }

    #[test]
    fn the_ends_are_these() {
        assert_eq!(fraction(0), 0.0);
        assert_eq!(fraction(u64::MAX), 1.0 - STEP);
    }

    #[test]
    fn every_residue_is_equally_likely() {
        let counts = (0..70_000).fold([0u32; 7], |mut counts, number| {
            counts[uniform_below(&mut draws(number), 7) as usize] += 1;
            counts
        });
        // Chi-square with 6 degrees of freedom: 22.5 is exceeded once in a thousand.
        let square = |count: u32| (f64::from(count) - 1e4) * (f64::from(count) - 1e4) / 1e4;
        assert!(
            counts.into_iter().map(square).sum::<f64>() < 22.5,
            "{counts:?}"
        );
    }

    proptest! {
        #[test]
        fn below_is_below(number in 0u64..1 << 40, bound: u64) {
            let drawn = uniform_below(&mut draws(number), bound);
            prop_assert!(drawn < bound.max(1));
        }

        #[test]
        fn open_has_a_logarithm(number in 0u64..1 << 40) {
            let drawn = uniform_open(&mut draws(number));
            prop_assert!(drawn > 0.0 && drawn <= 1.0);
        }
    }
}
