//! What a simulation says: the shape of the JSON output, and what pictures need besides.
//!
//! Times are in seconds. An interval that cannot be computed is `None`, `null` in JSON.

use serde::Serialize;

use crate::probe::{Failed, Histogram, Timeline};

/// All strategies and how they compare.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One for each strategy, in the order they were asked for.
    pub results: Vec<StrategyResult>,
    /// Every pair, for the mean and the 99th percentile of the response time.
    pub comparisons: Vec<Comparison>,
    /// What a reader must know to read the numbers rightly, one sentence each.
    pub notes: Vec<String>,
    /// Whether it was stopped before it was done.
    pub interrupted: bool,
}

/// What one strategy did.
#[derive(Clone, Debug, Serialize)]
pub struct StrategyResult {
    /// Its name.
    pub strategy: String,
    /// How many runs with different random numbers.
    pub replications: u32,
    /// Requests measured in all replications, warm-up excluded: `completed` and `failed` together.
    pub requests: u64,
    /// Requests left out at the beginning of the replications, in all.
    pub warmup_discarded: u64,
    /// Whether the run settled: whether leaving out less than half of it was enough.
    pub settled: bool,
    /// Requests answered.
    pub completed: u64,
    /// Requests not answered.
    pub failed: Failed,
    /// Simulated time measured, summed over the replications: from the first measured request to the last one
    /// sent. What follows, when the system only drains, would count as idle.
    pub duration_seconds: f64,
    /// Answers given in that time, over that time.
    pub throughput_per_second: f64,
    /// From being sent to being answered.
    pub response_time_seconds: ResponseTime,
    /// Response time less service time.
    pub wait_time_seconds: WaitTime,
    /// How evenly the requests were spread, relative to weight.
    pub fairness: Fairness,
    /// Each backend.
    pub backends: Vec<BackendResult>,
    /// Events of all replications.
    pub events: u64,
    /// Fingerprint of every event of the first replication, in order.
    pub trace_hash: String,
    /// The response times' distribution, for pictures.
    #[serde(skip)]
    pub responses: Histogram,
    /// The first requests, if asked for.
    #[serde(skip)]
    pub timeline: Option<Timeline>,
}

/// Response times of answered requests; all `None` if none was answered.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "they are called what they are")]
pub struct ResponseTime {
    pub mean: Option<f64>,
    /// Half the width of the mean's 95 % interval.
    pub mean_ci95: Option<f64>,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    /// Half the width of the 99th percentile's 95 % interval, between replications.
    pub p99_ci95: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
}

/// Waiting times of answered requests; all `None` if none was answered.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "they are called what they are")]
pub struct WaitTime {
    pub mean: Option<f64>,
    /// Half the width of the mean's 95 % interval.
    pub mean_ci95: Option<f64>,
    pub p99: Option<f64>,
}

/// How evenly requests were spread: of x = requests / weight, means over the replications.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Fairness {
    /// Jain's index, (sum x)^2 / (n sum x^2): 1 is even, 1/n is all to one.
    pub jain: f64,
    /// The largest x over the mean x.
    pub max_over_mean: f64,
    /// The largest difference between a backend's share of the requests and its share of the weights.
    pub max_share_error: f64,
}

/// One backend.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BackendResult {
    /// Its slot.
    pub id: u32,
    /// Its weight.
    pub weight: f64,
    /// Its relative service rate.
    pub speed: f64,
    /// Requests sent to it.
    pub requests: u64,
    /// Its share of all requests.
    pub share: f64,
    /// The share of its servers' time that was spent serving, in the time measured.
    pub utilization: f64,
    /// Requests there at a time, on average.
    pub mean_in_system: f64,
}

/// The difference between two strategies that faced identical requests.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// What is compared.
    pub metric: &'static str,
    /// The one strategy.
    pub a: String,
    /// The other.
    pub b: String,
    /// Of b, less that of a.
    pub difference: f64,
    /// Half the width of the difference's 95 % interval.
    pub ci95: Option<f64>,
    /// Whether the interval leaves out zero. At 95 % one pair in twenty that are equal would.
    pub significant: bool,
}
