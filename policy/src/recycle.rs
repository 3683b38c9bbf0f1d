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
