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

    /// How many may be in flight.
    pub fn limit(&self) -> u32 {
        match &self.limit {
            Limit::Fixed(limit) => *limit,
            Limit::Aimd(aimd) => aimd.limit(),
            Limit::Gradient(gradient) => gradient.limit(),
        }
    }

    /// How many are.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }
}
