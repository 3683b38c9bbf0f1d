//! Delays that double from one failure to the next up to a limit, with jitter: what a waiter sleeps, how
//! long a breaker stays open, when a crashed worker is started again.
//! Cost: O(1), one draw. Source: exponential backoff (Metcalfe and Boggs 1976); the jitter of a quarter
//! either way is that of zigttp's pool, `b - b/4 + (x mod b/2)`.
//!
//! Deviation: zigttp's jitter leaves out the last nanosecond, so that its mean is half of one too small.

use rand_core::Rng;

use crate::invalid::Invalid;
use crate::random::below_u64;
use crate::time::Duration;

/// How far a delay may lie to either side of what it is meant to be, in thousandths of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Jitter(pub u16);

impl Jitter {
    /// Every delay is exactly what it is meant to be. Draws nothing.
    pub const NONE: Jitter = Jitter(0);
    /// A quarter either way.
    pub const QUARTER: Jitter = Jitter(250);

    /// A delay uniform in [`delay` - share, `delay` + share]. One draw, unless there is no jitter.
    pub fn around<R: Rng>(self, delay: Duration, rng: &mut R) -> Duration {
        if self == Jitter::NONE {
            return delay;
        }
        let share = (u128::from(delay.0) * u128::from(self.0) / 1000) as u64;
        Duration(delay.0 - share + below_u64(2 * share + 1, rng))
    }
}

/// The delays of an unbroken row of failures: `first`, doubled with each further one up to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Growth {
    /// After the first failure.
    pub first: Duration,
    /// After many. Jitter goes on top of it.
    pub max: Duration,
    /// What keeps those who failed together from trying again together.
    pub jitter: Jitter,
}

impl Growth {
    /// The same delay after every failure, give or take `jitter`.
    pub const fn constant(delay: Duration, jitter: Jitter) -> Growth {
        Growth {
            first: delay,
            max: delay,
            jitter,
        }
    }

    /// Refuses what [`Growth::delay`] could not compute. For the constructor of a configuration that has one.
    pub fn check(&self) -> Result<(), Invalid> {
        const HALF_THE_CLOCK: Duration = Duration(1 << 61);
        Invalid::unless(
            self.first > Duration::ZERO,
            "the first delay must be positive: without one, a row of failures is a busy loop",
        )?;
        Invalid::unless(
            self.first <= self.max,
            "the longest delay must not be shorter than the first",
        )?;
        Invalid::unless(
            self.max <= HALF_THE_CLOCK,
            "the longest delay must be at most 73 years (2^61 ns)",
        )?;
        Invalid::unless(
            self.jitter.0 <= 1000,
            "jitter must be at most 1000 thousandths of the delay: a delay cannot be negative",
        )
    }

    /// What the delay after `earlier` failures and one more is meant to be.
    pub fn base(&self, earlier: u32) -> Duration {
        match self.max.0.checked_shr(earlier) {
            Some(limit) if self.first.0 <= limit => Duration(self.first.0 << earlier),
            _ => self.max,
        }
    }

    /// The delay after `earlier` failures and one more.
    pub fn delay<R: Rng>(&self, earlier: u32, rng: &mut R) -> Duration {
        self.jitter.around(self.base(earlier), rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn delays_double_up_to_the_limit() {
        let growth = Growth {
            first: Duration(10),
            max: Duration(75),
            jitter: Jitter::NONE,
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let delays = [0, 1, 2, 3, 4, 63, 64, u32::MAX].map(|n| growth.delay(n, &mut rng).0);
        assert_eq!(delays, [10, 20, 40, 75, 75, 75, 75, 75]);
    }

    #[test]
    fn jitter_reaches_both_ends_and_its_mean_is_the_delay() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut counts = [0u32; 5];
        for _ in 0..50_000 {
            counts[(Jitter::QUARTER.around(Duration(8), &mut rng).0 - 6) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 450),
            "{counts:?}"
        );
    }

    #[test]
    fn what_could_not_be_computed_is_refused_with_a_sentence() {
        let good = Growth::constant(Duration(1), Jitter(1000));
        assert_eq!(good.check(), Ok(()));
        for (bad, sentence) in [
            (
                Growth {
                    first: Duration(0),
                    ..good
                },
                "positive",
            ),
            (
                Growth {
                    first: Duration(2),
                    ..good
                },
                "not be shorter",
            ),
            (
                Growth {
                    max: Duration(u64::MAX),
                    ..good
                },
                "at most 73 years",
            ),
            (
                Growth {
                    jitter: Jitter(1001),
                    ..good
                },
                "at most 1000",
            ),
        ] {
            let refusal = bad.check().unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        #[test]
        fn delays_stay_within_their_jitter(
            (first, max) in (1..=1u64 << 61).prop_flat_map(|first| (Just(first), first..=1 << 61)),
            jitter in 0..=1000u16,
            earlier in 0..100u32,
            seed: u64,
        ) {
            let growth = Growth { first: Duration(first), max: Duration(max), jitter: Jitter(jitter) };
            prop_assert_eq!(growth.check(), Ok(()));
            let base = growth.base(earlier).0;
            prop_assert_eq!(u128::from(base), u128::from(max).min(u128::from(first) << earlier.min(62)));
            let delay = growth.delay(earlier, &mut Xoshiro256PlusPlus::seed_from_u64(seed)).0;
            let off = u128::from(delay.abs_diff(base)) * 1000;
            prop_assert!(off <= u128::from(base) * u128::from(jitter), "{delay} of {base}");
        }
    }
}
