//! What is recorded of an eventful run besides its requests: how it went over time, and totals.

use policy::time::{Duration, Instant};

use super::Series;

/// How a run went.
#[derive(Clone, Debug)]
pub struct Chronicle {
    /// Over time.
    pub series: Series,
    /// In all.
    pub totals: Totals,
}

/// What was counted in a whole run, or in several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Attempts sent to backends.
    pub attempts: u64,
    /// Of these, how many were sent again.
    pub retries: u64,
    /// Retries and hedges that the budget did not allow.
    pub retries_denied: u64,
    /// Attempts sent beside another.
    pub hedges: u64,
    /// Of these, how many answered first.
    pub hedges_won: u64,
    /// Service given to attempts that nobody waited for, in nanoseconds of one server at full speed.
    pub wasted_ns: u128,
    /// Time that servers were at work, in nanoseconds.
    pub served_ns: u128,
    /// Probes sent.
    pub probes: u64,
    /// Times a backend was taken for unhealthy, failing or worse than the others by a balancer.
    pub ejections: u64,
    /// Times a circuit breaker opened.
    pub breaker_openings: u64,
    /// Workers started after the beginning.
    pub workers_started: u64,
    /// Workers that died.
    pub workers_crashed: u64,
    /// Workers that were replaced after their number of requests.
    pub workers_recycled: u64,
    /// Workers that were not started again, because too many had died.
    pub workers_given_up: u64,
}

impl Chronicle {
    /// Nothing yet. The series has this interval, if given.
    pub fn new(interval: Option<Duration>) -> Self {
        Chronicle {
            series: Series::new(interval),
            totals: Totals::default(),
        }
    }

    /// The run is over.
    pub fn finish(&mut self, now: Instant) {
        self.series.finish(now);
    }
}

impl Totals {
    /// Adds another run.
    pub fn merge(&mut self, other: &Totals) {
        self.attempts += other.attempts;
        self.retries += other.retries;
        self.retries_denied += other.retries_denied;
        self.hedges += other.hedges;
        self.hedges_won += other.hedges_won;
        self.wasted_ns += other.wasted_ns;
        self.served_ns += other.served_ns;
        self.probes += other.probes;
        self.ejections += other.ejections;
        self.breaker_openings += other.breaker_openings;
        self.workers_started += other.workers_started;
        self.workers_crashed += other.workers_crashed;
        self.workers_recycled += other.workers_recycled;
        self.workers_given_up += other.workers_given_up;
    }
}
