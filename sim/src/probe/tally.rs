//! What is counted of the requests of one part of a run.

use policy::time::Duration;
use serde::Serialize;

use super::histogram::Histogram;

/// Why a request was not answered. Of one that was tried several times: why it was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Its client gave up.
    Timeout,
    /// Every place in the chosen backend's queue was taken.
    Refused,
    /// No backend was eligible.
    NoBackend,
    /// Nobody listened where it was sent.
    Unreachable,
    /// The backend died while it had it.
    Reset,
    /// The backend answered with an error.
    Error,
    /// Admission control or a limit turned it away before it was sent to a backend, or from its queue.
    Shed,
    /// It waited for a place in the slot pool for as long as it may.
    Exhausted,
}

impl Failure {
    /// How many reasons there are.
    pub const COUNT: usize = 8;

    /// In the order of their numbers: `ALL[failure as usize]` is `failure`.
    pub const ALL: [Failure; Failure::COUNT] = [
        Failure::Timeout,
        Failure::Refused,
        Failure::NoBackend,
        Failure::Unreachable,
        Failure::Reset,
        Failure::Error,
        Failure::Shed,
        Failure::Exhausted,
    ];

    /// As keys in outputs have it.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Timeout => "timeout",
            Failure::Refused => "refused",
            Failure::NoBackend => "no_backend",
            Failure::Unreachable => "unreachable",
            Failure::Reset => "reset",
            Failure::Error => "error",
            Failure::Shed => "shed",
            Failure::Exhausted => "exhausted",
        }
    }
}

/// Requests that were not answered, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// See [`Failure::Timeout`].
    pub timeout: u64,
    /// See [`Failure::Refused`].
    pub refused: u64,
    /// See [`Failure::NoBackend`].
    pub no_backend: u64,
    /// See [`Failure::Unreachable`].
    pub unreachable: u64,
    /// See [`Failure::Reset`].
    pub reset: u64,
    /// See [`Failure::Error`].
    pub error: u64,
    /// See [`Failure::Shed`].
    pub shed: u64,
    /// See [`Failure::Exhausted`].
    pub exhausted: u64,
}

impl Failed {
    /// All of them.
    pub fn total(&self) -> u64 {
        Failure::ALL.iter().map(|&failure| self.of(failure)).sum()
    }

    /// Those of one reason.
    pub fn of(&self, failure: Failure) -> u64 {
        match failure {
            Failure::Timeout => self.timeout,
            Failure::Refused => self.refused,
            Failure::NoBackend => self.no_backend,
            Failure::Unreachable => self.unreachable,
            Failure::Reset => self.reset,
            Failure::Error => self.error,
            Failure::Shed => self.shed,
            Failure::Exhausted => self.exhausted,
        }
    }

    /// Counts `more` of one reason.
    pub fn add(&mut self, failure: Failure, more: u64) {
        *match failure {
            Failure::Timeout => &mut self.timeout,
            Failure::Refused => &mut self.refused,
            Failure::NoBackend => &mut self.no_backend,
            Failure::Unreachable => &mut self.unreachable,
            Failure::Reset => &mut self.reset,
            Failure::Error => &mut self.error,
            Failure::Shed => &mut self.shed,
            Failure::Exhausted => &mut self.exhausted,
        } += more;
    }
}

/// One backend's part. 24 bytes, touched once a request: with many backends these miss the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BackendTally {
    /// Requests sent to it in this part of the run.
    pub requests: u64,
    /// Service it gave in this part's time, in nanoseconds of one server.
    pub busy_ns: u64,
    /// Time that those who left it in this part had spent there, in nanoseconds. A sum of 64-bit integers could overflow in a long
    /// overload; its order is the order of events, so it is the same in every run.
    pub sojourn_ns: f64,
}

/// What is counted of one part of a run. Of the requests sent in it, wherever they end: their response times
/// and failures. Of its time, whoever was served: answers, service given.
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
    /// Answers given in this part's time, also to requests of earlier parts.
    pub answers: u64,
    /// How long this part was.
    pub duration: Duration,
}

impl Tally {
    /// Nothing counted yet at `backends` backends.
    pub fn new(backends: u32) -> Tally {
        Tally {
            backends: vec![BackendTally::default(); backends as usize],
            ..Tally::default()
        }
    }

    /// A request of this part, sent to `slot`, was answered.
    #[inline(always)]
    pub fn answered(&mut self, slot: u32, response: Duration, service: Duration) {
        let wait = Duration(response.0.saturating_sub(service.0));
        self.response.record(response);
        self.wait.record(wait);
        self.response_ns += u128::from(response.0);
        self.wait_ns += u128::from(wait.0);
        self.backends[slot as usize].requests += 1;
    }

    /// An attempt at a request of this part ended at `slot`, and did not answer it.
    pub fn attempted(&mut self, slot: u32) {
        self.backends[slot as usize].requests += 1;
    }

    /// A request of this part failed, sent to `slot`, if to any.
    pub fn failed(&mut self, failure: Failure, slot: Option<u32>) {
        self.failed.add(failure, 1);
        if let Some(slot) = slot {
            self.backends[slot as usize].requests += 1;
        }
    }

    /// In this part's time, `slot` gave an answer, `sojourn` after the request.
    #[inline(always)]
    pub fn left(&mut self, slot: u32, sojourn: Duration) {
        self.answers += 1;
        // By way of i64, which is one instruction; no time is near 2^63 ns.
        self.backends[slot as usize].sojourn_ns += sojourn.0 as i64 as f64;
    }

    /// In this part's time, a request whose client had given up left `slot`, having been there for `sojourn`.
    pub fn gone(&mut self, slot: u32, sojourn: Duration) {
        self.backends[slot as usize].sojourn_ns += sojourn.0 as f64;
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

    /// Adds another part.
    pub fn merge(&mut self, other: &Tally) {
        self.response.merge(&other.response);
        self.wait.merge(&other.wait);
        self.response_ns += other.response_ns;
        self.wait_ns += other.wait_ns;
        for failure in Failure::ALL {
            self.failed.add(failure, other.failed.of(failure));
        }
        for (sum, more) in self.backends.iter_mut().zip(&other.backends) {
            sum.requests += more.requests;
            sum.busy_ns += more.busy_ns;
            sum.sojourn_ns += more.sojourn_ns;
        }
        self.answers += other.answers;
        self.duration = self.duration + other.duration;
    }
}

fn mean_seconds(sum_ns: u128, count: u64) -> Option<f64> {
    (count > 0).then(|| sum_ns as f64 / count as f64 * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_number_a_name_and_a_count_of_its_own() {
        let mut failed = Failed::default();
        for (number, failure) in (0..).zip(Failure::ALL) {
            assert_eq!(failure as usize, number);
            failed.add(failure, 1 << number);
        }
        let json = serde_json::to_value(failed).unwrap();
        for failure in Failure::ALL {
            assert_eq!(failed.of(failure), 1 << failure as usize);
            assert_eq!(json[failure.name()], 1 << failure as usize);
        }
        assert_eq!(failed.total(), (1 << Failure::COUNT) - 1);
    }
}
