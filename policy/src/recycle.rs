//! After how many requests a worker is replaced by a fresh one, so that what it leaks is bounded.
//! Cost: O(1), one draw. Source: gunicorn's `max_requests` with `max_requests_jitter`.
//!
//! Workers that were started together and share the load evenly reach an exact number together, and the pool is cold
//! all at once: this is what the jitter is for.
//!
//! Deviation: gunicorn adds up to its jitter; here a lifetime lies to either side of what is meant.

use rand_core::Rng;

use crate::growth::Jitter;
use crate::invalid::Invalid;
use crate::random::below_u64;

/// How many requests a worker serves in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lifetime {
    /// On average, 1 to 2^61.
    pub requests: u64,
    /// How far that may be off, either way.
    pub jitter: Jitter,
}

impl Lifetime {
    /// Refuses what [`Lifetime::draw`] could not keep. For the constructor of a configuration that has one.
    pub fn check(&self) -> Result<(), Invalid> {
        Invalid::unless(
            (1..=1 << 61).contains(&self.requests),
            "a worker must live for at least 1 request, and at most 2^61",
        )?;
        Invalid::unless(
            self.jitter.0 <= 1000,
            "jitter must be at most 1000 thousandths of the lifetime",
        )
    }

    /// The lifetime of one worker in requests, at least 1. One draw, unless there is no jitter.
    pub fn draw<R: Rng>(&self, rng: &mut R) -> u64 {
        if self.jitter == Jitter::NONE {
            return self.requests;
        }
        let share = (u128::from(self.requests) * u128::from(self.jitter.0) / 1000) as u64;
        (self.requests - share + below_u64(2 * share + 1, rng)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn lifetimes_are_spread_evenly_to_either_side() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let lifetime = Lifetime {
            requests: 8,
            jitter: Jitter::QUARTER,
        };
        let mut counts = [0u32; 5];
        for _ in 0..50_000 {
            counts[lifetime.draw(&mut rng) as usize - 6] += 1;
        }
        let even = counts.iter().all(|count| count.abs_diff(10_000) < 450);
        assert!(even, "{counts:?}");
    }

    #[test]
    fn without_jitter_nothing_is_drawn_and_nobody_lives_for_nothing() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let exact = Lifetime {
            requests: 1_000,
            jitter: Jitter::NONE,
        };
        assert_eq!(exact.draw(&mut rng), 1_000);
        assert_eq!(rng, Xoshiro256PlusPlus::seed_from_u64(1));
        let any = Lifetime {
            requests: 1,
            jitter: Jitter(1000),
        };
        let drawn: Vec<u64> = (0..100).map(|_| any.draw(&mut rng)).collect();
        assert!(drawn.contains(&2) && drawn.iter().all(|&n| n == 1 || n == 2));
    }

    #[test]
    fn what_could_not_be_kept_is_refused_with_a_sentence() {
        let jitter = Jitter(1000);
        let longest = Lifetime {
            requests: 1 << 61,
            jitter,
        };
        assert_eq!(longest.check(), Ok(()));
        assert!(longest.draw(&mut Xoshiro256PlusPlus::seed_from_u64(1)) >= 1);
        for (bad, sentence) in [
            (
                Lifetime {
                    requests: 0,
                    jitter,
                },
                "at least 1 request",
            ),
            (
                Lifetime {
                    requests: u64::MAX,
                    jitter,
                },
                "at most 2^61",
            ),
            (
                Lifetime {
                    requests: 1,
                    jitter: Jitter(1001),
                },
                "jitter",
            ),
        ] {
            let refusal = bad.check().unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }
}
