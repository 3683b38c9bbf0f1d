//! A limit on the rate of requests: a token bucket.
//! Cost: O(1), no draw. Source: the generic cell rate algorithm, ITU-T I.371.
//!
//! A bucket is the theoretical arrival time and nothing else: when the next request would come if all came exactly one
//! interval apart. It needs no timer that refills it. [`Gcra`](crate::shared::Gcra) is the same over a word that many
//! share.

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// How many requests, and how many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    interval: Duration,
    tolerance: Duration,
}

impl Rate {
    /// `requests` in every `period`, `burst` of them at once. The interval is rounded up to whole nanoseconds: a rate
    /// of three million a second is kept to within 2 in a thousand.
    ///
    /// # Errors
    /// If one of the three is zero.
    pub fn new(requests: u64, period: Duration, burst: u64) -> Result<Rate, Invalid> {
        Invalid::unless(
            requests > 0 && period > Duration::ZERO,
            "a rate must be of at least 1 request in a positive time",
        )?;
        Invalid::unless(
            burst > 0,
            "a rate must let at least 1 request through at once",
        )?;
        let interval = period.0.div_ceil(requests);
        Ok(Rate {
            interval: Duration(interval),
            tolerance: Duration((burst - 1).saturating_mul(interval)),
        })
    }

    /// Between two requests, when they come evenly.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// The theoretical arrival time after a request at `now`, or after what time it might come again.
    pub(crate) fn admit(&self, arrival: Instant, now: Instant) -> Result<Instant, Duration> {
        match arrival - (now + self.tolerance) {
            Duration::ZERO => Ok(arrival.max(now) + self.interval),
            early => Err(early),
        }
    }
}

/// The bucket of one worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenBucket {
    rate: Rate,
    arrival: Instant,
}

impl TokenBucket {
    /// Full.
    pub fn new(rate: Rate) -> Self {
        TokenBucket {
            rate,
            arrival: Instant::ZERO,
        }
    }

    /// Whether a request may pass at `now`.
    ///
    /// # Errors
    /// How long to wait before one may, if no other comes first.
    pub fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        self.arrival = self.rate.admit(self.arrival, now)?;
        Ok(())
    }
}
