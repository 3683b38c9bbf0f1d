//! A limit on how many requests are in flight at once: who comes when it is reached is turned away.
//! Cost: O(1), no draw. Source: Little's law, as Netflix's concurrency-limits uses it: what is in flight is the rate
//! times the response time, so a limit on it follows both, where a rate limit must be told what a backend can bear.
//!
//! Requests that are in flight when the limit falls are not called back: until they have ended more may be in flight
//! than the limit, and nobody is let in.

use super::{Aimd, Gradient};
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What an admitted request tells about the backend by its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was answered after so long.
    Answered(Duration),
    /// It was turned away, or given up: the backend has too much.
    Dropped,
    /// It ended for a reason of its own: the client went away, or it failed at once.
    Ignored,
}

/// Where the limit comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// Configured, at least 1.
    Fixed(u32),
    /// Adapted to drops and slow answers.
    Aimd(Aimd),
    /// Adapted to how response times change.
    Gradient(Gradient),
}

/// The requests in flight and their limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Limiter {
    limit: Limit,
    in_flight: u32,
}

impl Limiter {
    /// Nothing is in flight.
    ///
    /// # Errors
    /// If nothing ever could be.
    pub fn new(limit: Limit) -> Result<Limiter, Invalid> {
        Invalid::unless(
            limit != Limit::Fixed(0),
            "a concurrency limit must let at least 1 request in",
        )?;
        Ok(Limiter {
            limit,
            in_flight: 0,
        })
    }

    /// Whether a request may pass. If so, it is in flight until [`Limiter::finished`].
    #[must_use = "an admitted request is in flight"]
    pub fn admit(&mut self) -> bool {
        let may = self.in_flight < self.limit();
        self.in_flight += u32::from(may);
        may
    }

    /// A request that was admitted ended at `now`.
    pub fn finished(&mut self, outcome: Outcome, now: Instant) {
        debug_assert!(self.in_flight > 0, "nothing that was admitted could end");
        match &mut self.limit {
            Limit::Fixed(_) => {}
            Limit::Aimd(aimd) => aimd.finished(outcome, self.in_flight),
            Limit::Gradient(gradient) => gradient.finished(outcome, self.in_flight, now),
        }
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// How many are in flight. 0 once all have ended, or one was lost.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// How many may be in flight.
    pub fn limit(&self) -> u32 {
        match &self.limit {
            Limit::Fixed(limit) => *limit,
            Limit::Aimd(aimd) => aimd.limit(),
            Limit::Gradient(gradient) => gradient.limit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::{aimd, gradient};
    use proptest::prelude::*;

    #[test]
    fn who_comes_when_it_is_full_is_turned_away() {
        let mut limiter = Limiter::new(Limit::Fixed(2)).unwrap();
        assert_eq!([(); 3].map(|()| limiter.admit()), [true, true, false]);
        limiter.finished(Outcome::Dropped, Instant(5));
        assert_eq!(limiter.in_flight, 1);
        assert_eq!([(); 2].map(|()| limiter.admit()), [true, false]);
    }

    #[test]
    fn a_limit_of_nothing_is_refused_with_a_sentence() {
        let refusal = Limiter::new(Limit::Fixed(0)).unwrap_err();
        assert!(refusal.to_string().contains("at least 1"), "{refusal}");
    }

    /// Those that are in flight when the limit falls stay, and nobody comes in until they have ended.
    #[test]
    fn a_limit_that_falls_calls_nobody_back() {
        let options = aimd::Options {
            initial: 10,
            kept: 500,
            ..aimd::Options::default()
        };
        let aimd = Aimd::new(aimd::Config::new(options).unwrap());
        let mut limiter = Limiter::new(Limit::Aimd(aimd)).unwrap();
        assert_eq!((0..20).filter(|_| limiter.admit()).count(), 10);
        limiter.finished(Outcome::Dropped, Instant(0));
        assert_eq!((limiter.limit(), limiter.in_flight), (5, 9));
        for _ in 0..4 {
            assert!(!limiter.admit());
            limiter.finished(Outcome::Dropped, Instant(0));
        }
        assert!(!limiter.admit());
        limiter.finished(Outcome::Ignored, Instant(0));
        assert!(limiter.admit());
    }

    fn limit(which: u8, min: u32, initial: u32, max: u32) -> Limit {
        let (initial, max) = (min + initial, min + initial + max);
        match which {
            0 => Limit::Fixed(initial),
            1 => Limit::Aimd(Aimd::new(
                aimd::Config::new(aimd::Options {
                    initial,
                    min,
                    max,
                    timeout: Duration(500),
                    ..aimd::Options::default()
                })
                .unwrap(),
            )),
            _ => Limit::Gradient(Gradient::new(
                gradient::Config::new(gradient::Options {
                    initial,
                    min,
                    max,
                    window: Duration(100),
                    long_windows: 5,
                    ..gradient::Options::default()
                })
                .unwrap(),
            )),
        }
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            6 => (0..1_000u64).prop_map(|time| Outcome::Answered(Duration(time))),
            1 => any::<u64>().prop_map(|time| Outcome::Answered(Duration(time))),
            2 => Just(Outcome::Dropped),
            1 => Just(Outcome::Ignored),
        ]
    }

    proptest! {
        /// Whatever comes and ends: nobody comes in over the limit, who would fit is not turned away, and the limit
        /// stays in its range.
        #[test]
        fn in_flight_keeps_to_the_limit_and_the_limit_to_its_range(
            which in 0..3u8,
            (min, initial, max) in (1..10u32, 0..20u32, 0..20u32),
            steps in prop::collection::vec((prop::bool::weighted(0.65), outcome(), 0..60u64), 1..600),
        ) {
            let mut limiter = Limiter::new(limit(which, min, initial, max)).unwrap();
            let mut in_flight = 0;
            let mut now = Instant(0);
            for (comes, outcome, passed) in steps {
                now += Duration(passed);
                if comes || in_flight == 0 {
                    let fits = in_flight < limiter.limit();
                    prop_assert_eq!(limiter.admit(), fits);
                    in_flight += u32::from(fits);
                    prop_assert!(!fits || in_flight <= limiter.limit());
                } else {
                    limiter.finished(outcome, now);
                    in_flight -= 1;
                }
                prop_assert_eq!(limiter.in_flight, in_flight);
                prop_assert!((min..=min + initial + max).contains(&limiter.limit()));
            }
        }
    }
}
