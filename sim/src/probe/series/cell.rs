//! What is counted in one interval.

use policy::time::{Duration, Instant};

use super::Point;
use super::gauge::Areas;
use super::sketch::Sketch;
use crate::probe::Failure;

/// Sums over all replications: whole numbers, so that the order of merging changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// How long it was looked at, in nanoseconds.
    pub(super) observed_ns: u128,
    pub(super) arrivals: u64,
    /// Of these arrivals, whenever the answer came.
    pub(super) answered: u64,
    pub(super) attempts: u64,
    pub(super) failed: [u64; Failure::COUNT],
    pub(super) wasted_ns: u128,
    /// Of the answers that came in this interval.
    pub(super) responses: Sketch,
    /// Their sum.
    pub(super) response_ns: u128,
    pub(super) areas: Areas,
}

impl Cell {
    /// Adds the same interval of another replication, or the one next to it.
    pub(super) fn merge(&mut self, other: &Cell) {
        self.observed_ns += other.observed_ns;
        self.arrivals += other.arrivals;
        self.answered += other.answered;
        self.attempts += other.attempts;
        for (count, more) in self.failed.iter_mut().zip(other.failed) {
            *count += more;
        }
        self.wasted_ns += other.wasted_ns;
        self.responses.merge(&other.responses);
        self.response_ns += other.response_ns;
        for (area, more) in self.areas.iter_mut().zip(other.areas) {
            *area += more;
        }
    }

    /// In numbers a reader wants.
    pub(super) fn point(&self, start: Instant, length: Duration) -> Point {
        // Of an interval that was not looked at nothing is known; it is drawn as nothing.
        let observed = self.observed_ns.max(1) as f64;
        let rate = |count: u64| count as f64 * 1e9 / observed;
        let answers = self.responses.count();
        Point {
            start,
            length,
            replications: self.observed_ns as f64 / length.0.max(1) as f64,
            arrivals: self.arrivals,
            answers,
            arrivals_per_second: rate(self.arrivals),
            goodput_per_second: rate(answers),
            attempts_per_second: rate(self.attempts),
            failed_per_second: self.failed.map(rate),
            wasted_servers: self.wasted_ns as f64 / observed,
            answered_share: (self.arrivals > 0)
                .then(|| self.answered as f64 / self.arrivals as f64),
            mean_seconds: (answers > 0).then(|| self.response_ns as f64 * 1e-9 / answers as f64),
            p50_seconds: self.responses.quantile(0.5),
            p99_seconds: self.responses.quantile(0.99),
            gauges: self.areas.map(|area| area as f64 / observed),
        }
    }
}
