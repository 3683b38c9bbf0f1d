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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_then_one_an_interval() {
        let rate = Rate::new(10, Duration::from_seconds(1.0), 3).unwrap();
        assert_eq!(rate.interval(), Duration::from_millis(100));
        let mut bucket = TokenBucket::new(rate);
        let start = Instant(5_000_000_000);
        assert_eq!([(); 3].map(|()| bucket.admit(start)), [Ok(()); 3]);
        assert_eq!(bucket.admit(start), Err(Duration(100_000_000)));
        assert_eq!(bucket.admit(Instant(5_100_000_000)), Ok(()));
        assert!(bucket.admit(Instant(5_100_000_000)).is_err());
    }

    #[test]
    fn a_rate_of_nothing_is_refused_with_a_sentence() {
        let second = Duration::from_seconds(1.0);
        for (bad, sentence) in [
            (
                Rate::new(0, second, 1),
                "at least 1 request in a positive time",
            ),
            (
                Rate::new(1, Duration::ZERO, 1),
                "at least 1 request in a positive time",
            ),
            (Rate::new(1, second, 0), "at least 1 request through"),
        ] {
            let refusal = bad.unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        /// It decides as a bucket does that is filled token by token.
        #[test]
        fn it_is_a_bucket_of_tokens(
            interval in 1..50u64,
            burst in 1..8u64,
            steps in prop::collection::vec(0..60u64, 1..200),
        ) {
            let mut bucket = TokenBucket::new(Rate::new(1, Duration(interval), burst).unwrap());
            // The level in units of 1 / interval of a token, filled by one a nanosecond.
            let mut level = burst * interval;
            let mut now = Instant(1_000);
            for passed in steps {
                now += Duration(passed);
                level = (level + passed).min(burst * interval);
                let expected = if level >= interval {
                    level -= interval;
                    Ok(())
                } else {
                    Err(Duration(interval - level))
                };
                prop_assert_eq!(bucket.admit(now), expected);
            }
        }
    }
}
