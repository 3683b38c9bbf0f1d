//! What a reader sees of one interval.

use policy::time::{Duration, Instant};

use super::Gauge;
use crate::probe::Failure;

/// One interval of a [`Series`](super::Series). Rates and levels are means over the replications that lasted that long.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When it begins.
    pub start: Instant,
    /// How long it is; the last one ends with the run.
    pub length: Duration,
    /// How many replications there still were, on average: rates and levels are means over these.
    pub replications: f64,
    /// Requests sent in it, counted over all replications.
    pub arrivals: u64,
    /// Answers that came in it, counted over all replications.
    pub answers: u64,
    /// Requests sent by clients.
    pub arrivals_per_second: f64,
    /// Answers that came in time.
    pub goodput_per_second: f64,
    /// Attempts sent to backends: first ones, retries, hedges.
    pub attempts_per_second: f64,
    /// By reason, at the time they failed; `failed_per_second[failure as usize]`.
    pub failed_per_second: [f64; Failure::COUNT],
    /// Servers that gave service nobody waited for: its seconds per second.
    pub wasted_servers: f64,
    /// The share of the requests *sent* in it that were answered at any time; `None` if none was sent.
    pub answered_share: Option<f64>,
    /// Mean response time of the answers that came in this interval; `None` if none did.
    pub mean_seconds: Option<f64>,
    /// Median response time of the answers that came in it; `None` if none came.
    pub p50_seconds: Option<f64>,
    /// 99th percentile of the same.
    pub p99_seconds: Option<f64>,
    /// Time-weighted means; `gauges[gauge as usize]`.
    pub gauges: [f64; Gauge::COUNT],
}

impl Point {
    /// When it begins, in seconds.
    pub fn start_seconds(&self) -> f64 {
        // Divided, not multiplied, so that 0.3 is written as 0.3.
        self.start.0 as f64 / 1e9
    }

    /// When it ends, in seconds.
    pub fn end_seconds(&self) -> f64 {
        (self.start + self.length).0 as f64 / 1e9
    }

    /// The level of `gauge`, averaged over its time.
    pub fn gauge(&self, gauge: Gauge) -> f64 {
        self.gauges[gauge as usize]
    }

    /// Failures a second, all reasons together.
    pub fn failures_per_second(&self) -> f64 {
        self.failed_per_second.iter().sum()
    }
}
