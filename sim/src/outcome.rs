//! What a simulation says: the shape of the JSON output, and what pictures need besides.
//!
//! Times are in seconds. An interval that cannot be computed is `None`, `null` in JSON.

use serde::Serialize;

use crate::fault::Trigger;
use crate::probe::{Failed, Histogram, Series, Timeline};

/// All variants and strategies, and how they compare.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One for each variant and strategy, in the order they were asked for.
    pub results: Vec<StrategyResult>,
    /// Every pair of strategies within a variant, and every strategy with itself across variants: the mean and the
    /// 99th percentile of the response time and, where a request failed, the share of those answered.
    pub comparisons: Vec<Comparison>,
    /// What troubled the system and when, in any of the variants.
    pub triggers: Vec<Trigger>,
    /// What a reader must know to read the numbers rightly, one sentence each.
    pub notes: Vec<String>,
    /// Whether it was stopped before it was done.
    pub interrupted: bool,
}

/// What one strategy did in one variant of the scenario.
#[derive(Clone, Debug, Serialize)]
pub struct StrategyResult {
    /// The variant's name, where the scenario has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
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
    /// What went wrong and what was done about it; `None` where nothing could go wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incidents: Option<Incidents>,
    /// How it went over time, all replications together.
    #[serde(skip)]
    pub series: Option<Series>,
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

impl StrategyResult {
    /// How it went over time, if that was recorded.
    pub fn series(&self) -> Option<&Series> {
        self.series.as_ref()
    }

    /// The share of the requests that were answered; 0 if there was none.
    pub fn answered_share(&self) -> f64 {
        self.completed as f64 / self.requests.max(1) as f64
    }
}

/// What went wrong in the replications and what was done about it, counted over all of them,
/// warm-up included.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Incidents {
    /// Requests sent to a backend: first attempts, retries and hedges.
    pub attempts: u64,
    /// Of those, to a request.
    pub attempts_per_request: f64,
    /// Attempts after one that failed.
    pub retries: u64,
    /// Retries that a budget did not allow.
    pub retries_denied: u64,
    /// Attempts sent beside one that had not ended.
    pub hedges: u64,
    /// Hedges whose answer came first.
    pub hedges_won: u64,
    /// Requests that were not answered, for whatever reason.
    pub lost: u64,
    /// Service given for answers that nobody waited for any more, in seconds of one server.
    pub wasted_seconds: f64,
    /// Its share of all service given.
    pub wasted_share: f64,
    /// Health probes sent.
    pub probes: u64,
    /// How often a balancer took a backend for ill: by probes, by what became of requests, or as worse than the others.
    pub ejections: u64,
    /// How often a circuit breaker opened.
    pub breaker_openings: u64,
    /// Workers started, those at the beginning not counted.
    pub workers_started: u64,
    /// Workers that died without having been asked to.
    pub workers_crashed: u64,
    /// Workers replaced because of their age in requests.
    pub workers_recycled: u64,
    /// Workers that their supervisor does not start any more.
    pub workers_given_up: u64,
    /// Workers ready to serve, on average over time.
    pub mean_workers: f64,
    /// From the end of the last fault until all is as before, the mean over the replications that got there; `None` if
    /// none did, or none was in trouble when the fault ended or before.
    pub recovery_seconds: Option<f64>,
    /// The same, of the replication that took longest.
    pub recovery_seconds_max: Option<f64>,
    /// Replications that were still bad when requests ended although they were watched for long.
    pub unrecovered_replications: u32,
    /// Replications that were still bad when requests ended, too early to say whether they would have recovered.
    pub unclear_replications: u32,
    /// In a sentence whether the system came back once the trigger was gone; empty if there is nothing to say.
    pub verdict: String,
}

/// The difference between two that faced identical requests.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// What is compared.
    pub metric: &'static str,
    /// The one strategy.
    pub a: String,
    /// Its variant, where the scenario has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a_variant: Option<String>,
    /// The other.
    pub b: String,
    /// Its variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b_variant: Option<String>,
    /// Of b, less that of a.
    pub difference: f64,
    /// Half the width of the difference's 95 % interval.
    pub ci95: Option<f64>,
    /// Whether the interval leaves out zero. At 95 % one pair in twenty that are equal would.
    pub significant: bool,
}

/// [`Comparison::metric`]: the mean response time of answered requests, in seconds.
pub const MEAN_RESPONSE: &str = "response_time_seconds.mean";
/// [`Comparison::metric`]: the 99th percentile of the same, in seconds.
pub const P99_RESPONSE: &str = "response_time_seconds.p99";
/// [`Comparison::metric`]: the share of the requests that were answered.
pub const COMPLETED_SHARE: &str = "completed_share";

impl Comparison {
    /// The difference of `metric` as that of `b` less that of `a`, if these are the two compared.
    pub fn between(&self, metric: &str, a: &StrategyResult, b: &StrategyResult) -> Option<f64> {
        let this = (
            (&self.a, &self.a_variant),
            (&self.b, &self.b_variant),
            self.metric,
        );
        let (a, b) = ((&a.strategy, &a.variant), (&b.strategy, &b.variant));
        if this == (a, b, metric) {
            Some(self.difference)
        } else if this == (b, a, metric) {
            Some(-self.difference)
        } else {
            None
        }
    }
}
