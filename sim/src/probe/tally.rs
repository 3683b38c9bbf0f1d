//! What is counted of the requests of one part of a run.

use policy::time::{Duration, Instant};

use super::histogram::Histogram;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Its client gave up.
    Timeout,
    /// Every place in the chosen backend's queue was taken.
    Refused,
    /// No backend was eligible.
    NoBackend,
}

/// Requests that were not answered, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// See [`Failure::Timeout`].
    pub timeout: u64,
    /// See [`Failure::Refused`].
    pub refused: u64,
    /// See [`Failure::NoBackend`].
    pub no_backend: u64,
}

impl Failed {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.timeout + self.refused + self.no_backend
    }
}

/// One backend's part. 24 bytes, touched once a request: with many backends these miss the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BackendTally {
    /// Requests sent to it that have ended.
    pub requests: u64,
    /// Service it gave, in nanoseconds of one server.
    pub busy_ns: u64,
    /// Time that requests spent there, in nanoseconds. A sum of 64-bit integers could overflow in a long
    /// overload; its order is the order of events, so it is the same in every run.
    pub sojourn_ns: f64,
}

/// What is counted of the requests that arrived in one part of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Response times of answered requests: from being sent to being answered.
    pub response: Histogram,
    /// Waiting times of answered requests: response time less service time.
    pub wait: Histogram,
    /// Sum of the response times, in nanoseconds.
    pub response_ns: u128,
    /// Sum of the waiting times, in nanoseconds.
    pub wait_ns: u128,
    /// Requests that were not answered.
    pub failed: Failed,
    /// By slot.
    pub backends: Vec<BackendTally>,
    /// When the first of these requests was sent.
    pub began: Option<Instant>,
    /// When the last of these requests left the system; one that is served in vain is still there.
    pub ended: Instant,
}

impl Tally {
    /// Nothing counted yet at `backends` backends.
    pub fn new(backends: u32) -> Tally {
        Tally {
            backends: vec![BackendTally::default(); backends as usize],
            ..Tally::default()
        }
    }

    /// A request was answered by `slot` at `now`.
    #[inline]
    pub fn completed(&mut self, slot: u32, response: Duration, service: Duration, now: Instant) {
        let wait = Duration(response.0.saturating_sub(service.0));
        self.response.record(response);
        self.wait.record(wait);
        self.response_ns += u128::from(response.0);
        self.wait_ns += u128::from(wait.0);
        let backend = &mut self.backends[slot as usize];
        backend.requests += 1;
        backend.busy_ns += service.0;
        backend.sojourn_ns += response.0 as f64;
        self.ended = now;
    }

    /// `slot` gave `service` for which nobody waited any more, until `now`.
    pub fn wasted(&mut self, slot: u32, service: Duration, now: Instant) {
        self.backends[slot as usize].busy_ns += service.0;
        self.ended = now;
    }

    /// A request failed at `now`, having spent `at_backend` at a backend, if it reached one.
    pub fn failed(&mut self, failure: Failure, at_backend: Option<(u32, Duration)>, now: Instant) {
        let count = match failure {
            Failure::Timeout => &mut self.failed.timeout,
            Failure::Refused => &mut self.failed.refused,
            Failure::NoBackend => &mut self.failed.no_backend,
        };
        *count += 1;
        if let Some((slot, spent)) = at_backend {
            let backend = &mut self.backends[slot as usize];
            backend.requests += 1;
            backend.sojourn_ns += spent.0 as f64;
        }
        self.ended = now;
    }

    /// How many were answered.
    pub fn completed_count(&self) -> u64 {
        self.response.count()
    }

    /// How many were sent and have ended: answered or failed.
    pub fn requests(&self) -> u64 {
        self.completed_count() + self.failed.total()
    }

    /// Mean response time of the answered in seconds; `None` if there were none.
    pub fn mean_response(&self) -> Option<f64> {
        mean_seconds(self.response_ns, self.completed_count())
    }

    /// Mean waiting time of the answered in seconds; `None` if there were none.
    pub fn mean_wait(&self) -> Option<f64> {
        mean_seconds(self.wait_ns, self.completed_count())
    }

    /// From the first request sent to the last one gone, work in vain included.
    pub fn duration(&self) -> Duration {
        self.began
            .map_or(Duration::ZERO, |began| self.ended - began)
    }

    /// Adds a later part.
    pub fn merge(&mut self, later: &Tally) {
        self.response.merge(&later.response);
        self.wait.merge(&later.wait);
        self.response_ns += later.response_ns;
        self.wait_ns += later.wait_ns;
        self.failed.timeout += later.failed.timeout;
        self.failed.refused += later.failed.refused;
        self.failed.no_backend += later.failed.no_backend;
        for (sum, more) in self.backends.iter_mut().zip(&later.backends) {
            sum.requests += more.requests;
            sum.busy_ns += more.busy_ns;
            sum.sojourn_ns += more.sojourn_ns;
        }
        self.began = self.began.or(later.began);
        self.ended = self.ended.max(later.ended);
    }
}

fn mean_seconds(sum_ns: u128, count: u64) -> Option<f64> {
    (count > 0).then(|| sum_ns as f64 / count as f64 * 1e-9)
}
