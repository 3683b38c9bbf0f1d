//! How long to wait before a request is sent again: exponential backoff, spread so that those who failed together do
//! not come back together.
//! Cost: O(1), one draw at most. Source: Brooker 2015, "Exponential Backoff And Jitter" (AWS Architecture Blog), with
//! its formulas; exponential backoff is Metcalfe and Boggs 1976.
//!
//! With b = min(max, first 2^n) before the n-th retry (from 0):
//! none waits b; full U(0, b); equal b/2 + U(0, b/2); decorrelated min(max, U(first, 3 previous)).
//!
//! Deviation: the article draws from half-open ranges; here both ends can come up, as a range of whole nanoseconds
//! may hold one value only.

use rand_core::Rng;

use crate::growth::{Growth, Jitter};
use crate::invalid::Invalid;
use crate::random::below_u64;
use crate::time::Duration;

/// How delays are drawn around their exponential growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spread {
    /// Exactly the growing delay: whoever failed together comes back together. Draws nothing.
    None,
    /// Anything from nothing to the growing delay: the fewest calls under contention.
    Full,
    /// At least half of the growing delay, the other half drawn.
    Equal,
    /// From `first` to three times the previous delay: it grows by what was drawn, not by the number of retries.
    Decorrelated,
}

/// The delays before the retries of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Delays {
    /// Before the first retry; zero sends every retry at once.
    pub first: Duration,
    /// The longest.
    pub max: Duration,
    /// What keeps those who failed together from trying again together.
    pub spread: Spread,
}

impl Default for Delays {
    /// 25 ms doubling to 250 ms, full jitter: the numbers of Envoy's retry policy.
    fn default() -> Self {
        Delays {
            first: Duration::from_millis(25),
            max: Duration::from_millis(250),
            spread: Spread::Full,
        }
    }
}

impl Delays {
    /// Every retry at once. Draws nothing.
    pub const NONE: Delays = Delays {
        first: Duration::ZERO,
        max: Duration::ZERO,
        spread: Spread::None,
    };

    /// Refuses what [`Delays::next`] could not compute. For the constructor of a configuration that has them.
    pub fn check(&self) -> Result<(), Invalid> {
        Invalid::unless(
            self.first <= self.max,
            "the longest delay before a retry must not be shorter than the first",
        )?;
        Invalid::unless(
            self.max <= Duration(1 << 61),
            "the longest delay before a retry must be at most 73 years (2^61 ns)",
        )
    }

    /// The delay before one more retry, after `earlier` of them, the last of which waited for `previous` (zero if
    /// there was none). One draw, unless nothing is spread or `first` is zero.
    pub fn next<R: Rng>(&self, earlier: u32, previous: Duration, rng: &mut R) -> Duration {
        if self.first == Duration::ZERO {
            return Duration::ZERO;
        }
        let base = self.base(earlier).0;
        match self.spread {
            Spread::None => Duration(base),
            Spread::Full => between(0, base, rng),
            Spread::Equal => between(base / 2, base, rng),
            Spread::Decorrelated => {
                let previous = previous.clamp(self.first, self.max);
                between(self.first.0, 3 * previous.0, rng).min(self.max)
            }
        }
    }

    /// min(max, first 2^earlier).
    fn base(&self, earlier: u32) -> Duration {
        let growth = Growth {
            first: self.first,
            max: self.max,
            jitter: Jitter::NONE,
        };
        growth.base(earlier)
    }
}

/// Uniform in [`low`, `high`]. One draw.
fn between<R: Rng>(low: u64, high: u64, rng: &mut R) -> Duration {
    Duration(low + below_u64(high - low + 1, rng))
}
