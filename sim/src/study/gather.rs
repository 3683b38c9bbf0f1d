//! One strategy's replications, summed up as they come.

use policy::strategy::StrategyName;

use super::MAX_REPLICATIONS;
use super::fairness::fairness;
use crate::outcome::{BackendResult, Fairness, ResponseTime, StrategyResult, WaitTime};
use crate::probe::{Recorded, Tally, Timeline};
use crate::scenario::{Scenario, Warmup};
use crate::stats::{Interval, batch_interval, interval, mser};

const CONFIDENCE: f64 = 0.95;

/// What is known of one strategy so far.
pub(super) struct Gathered {
    strategy: StrategyName,
    /// Found in the first round and kept for the later ones.
    warmup: Option<u64>,
    settled: bool,
    replications: Vec<Replication>,
    /// All replications together.
    sum: Tally,
    events: u64,
    trace_hash: u64,
    timeline: Option<Timeline>,
    /// Means of successive batches of the first replication's response times after its warm-up.
    batches: Vec<f64>,
}

/// What intervals are made of.
struct Replication {
    mean_response: Option<f64>,
    p99_response: Option<f64>,
    mean_wait: Option<f64>,
    fairness: Fairness,
    discarded: u64,
}

impl Gathered {
    pub(super) fn new(strategy: StrategyName) -> Self {
        Gathered {
            strategy,
            warmup: None,
            settled: true,
            replications: Vec::new(),
            sum: Tally::default(),
            events: 0,
            trace_hash: 0,
            timeline: None,
            batches: Vec::new(),
        }
    }

    pub(super) fn strategy(&self) -> StrategyName {
        self.strategy
    }

    /// The warm-up that was found, once the first round is over.
    pub(super) fn warmup(&self) -> Option<u64> {
        self.warmup
    }

    pub(super) fn replications(&self) -> u32 {
        self.replications.len() as u32
    }

    /// How many replications it takes for the mean's interval to be within `precision` of it, as far as
    /// can be told: the width falls with the square root. At most twice as many as there are.
    pub(super) fn wanted(&self, precision: Option<f64>) -> u32 {
        let done = self.replications();
        let Some(precision) = precision else {
            return done;
        };
        let relative = self.relative_width();
        if relative <= precision || done >= MAX_REPLICATIONS {
            return done;
        }
        let estimate = f64::from(done) * (relative / precision) * (relative / precision);
        (estimate.ceil() as u32)
            .clamp(done + 1, 2 * done)
            .min(MAX_REPLICATIONS)
    }

    /// The half-width of the mean's interval as a share of it.
    pub(super) fn relative_width(&self) -> f64 {
        let interval = interval(&self.mean_responses(), CONFIDENCE);
        interval.map_or(f64::INFINITY, |interval| interval.relative())
    }

    /// Takes account of a round.
    pub(super) fn add(&mut self, scenario: &Scenario, mut round: Vec<(u32, Recorded)>) {
        round.sort_by_key(|(replication, _)| *replication);
        if self.replications.is_empty() {
            self.begin(scenario, &mut round);
        }
        let warmup = self.warmup.unwrap_or_default();
        for (_, recorded) in round {
            self.events += recorded.hash.events();
            let sent = recorded.segments.requests();
            let tally = recorded.after(warmup);
            self.replications
                .push(Replication::new(scenario, &tally, sent - tally.requests()));
            match self.replications.len() {
                1 => self.sum = tally,
                _ => self.sum.merge(&tally),
            }
        }
    }

    /// What the first round decides: the warm-up, and what is shown of the first replication.
    fn begin(&mut self, scenario: &Scenario, round: &mut [(u32, Recorded)]) {
        let Some((_, first)) = round.first_mut() else {
            return;
        };
        self.trace_hash = first.hash.value();
        self.timeline = first.timeline.take();
        let (size, mut batches) = (first.batches.size(), first.batches.means());
        let warmup = match scenario.effort.warmup {
            Warmup::Requests(requests) => requests,
            Warmup::Auto => {
                // The mean over the replications is smoother than any of them (Welch 1983).
                let warm_up = mser(&mean_batches(round));
                self.settled = warm_up.settled;
                round[0].1.segments.round_up(warm_up.values as u64 * size)
            }
        };
        self.warmup = Some(warmup);
        batches.drain(..batches.len().min(warmup.div_ceil(size) as usize));
        self.batches = batches;
    }

    pub(super) fn mean_responses(&self) -> Vec<f64> {
        self.replications
            .iter()
            .filter_map(|replication| replication.mean_response)
            .collect()
    }

    pub(super) fn p99_responses(&self) -> Vec<f64> {
        self.replications
            .iter()
            .filter_map(|replication| replication.p99_response)
            .collect()
    }

    /// See [`StrategyResult`]; the interval of a single replication's mean is that of its batch means.
    pub(super) fn result(&self, scenario: &Scenario) -> StrategyResult {
        let half_width = |interval: Option<Interval>| interval.map(|interval| interval.half_width);
        let single = self.replications.len() == 1;
        let mean_interval = if single {
            batch_interval(&self.batches, CONFIDENCE)
        } else {
            interval(&self.mean_responses(), CONFIDENCE)
        };
        let waits: Vec<f64> = self
            .replications
            .iter()
            .filter_map(|replication| replication.mean_wait)
            .collect();
        let at = |quantile| self.sum.response.quantile(quantile);
        let completed = self.sum.completed_count();
        StrategyResult {
            strategy: self.strategy.to_string(),
            replications: self.replications(),
            requests: self.sum.requests(),
            warmup_discarded: self
                .replications
                .iter()
                .map(|replication| replication.discarded)
                .sum(),
            settled: self.settled,
            completed,
            failed: self.sum.failed.into(),
            duration_seconds: self.sum.duration.as_seconds(),
            throughput_per_second: ratio(self.sum.answers as f64, self.sum.duration.as_seconds()),
            response_time_seconds: ResponseTime {
                mean: self.sum.mean_response(),
                mean_ci95: half_width(mean_interval),
                p50: at(0.5),
                p90: at(0.9),
                p95: at(0.95),
                p99: at(0.99),
                p99_ci95: half_width(interval(&self.p99_responses(), CONFIDENCE)),
                p999: at(0.999),
                max: (completed > 0).then(|| self.sum.response.max().as_seconds()),
            },
            wait_time_seconds: WaitTime {
                mean: self.sum.mean_wait(),
                mean_ci95: half_width(interval(&waits, CONFIDENCE)),
                p99: self.sum.wait.quantile(0.99),
            },
            fairness: self.fairness(),
            backends: self.backends(scenario),
            events: self.events,
            trace_hash: format!("{:016x}", self.trace_hash),
            responses: self.sum.response.clone(),
            timeline: self.timeline.clone(),
        }
    }

    fn fairness(&self) -> Fairness {
        let n = self.replications.len() as f64;
        let mean = |of: fn(&Fairness) -> f64| {
            self.replications
                .iter()
                .map(|replication| of(&replication.fairness))
                .sum::<f64>()
                / n
        };
        Fairness {
            jain: mean(|fairness| fairness.jain),
            max_over_mean: mean(|fairness| fairness.max_over_mean),
            max_share_error: mean(|fairness| fairness.max_share_error),
        }
    }

    fn backends(&self, scenario: &Scenario) -> Vec<BackendResult> {
        let fleet = &scenario.fleet;
        let sent: u64 = self
            .sum
            .backends
            .iter()
            .map(|backend| backend.requests)
            .sum();
        let seconds = self.sum.duration.as_seconds();
        let settings = fleet.weights.iter().zip(&fleet.speeds);
        self.sum
            .backends
            .iter()
            .zip(settings)
            .zip(0..)
            .map(|((tally, (&weight, &speed)), id)| BackendResult {
                id,
                weight,
                speed,
                requests: tally.requests,
                share: ratio(tally.requests as f64, sent as f64),
                utilization: ratio(
                    tally.busy_ns as f64 * 1e-9,
                    seconds * f64::from(fleet.servers),
                ),
                mean_in_system: ratio(tally.sojourn_ns * 1e-9, seconds),
            })
            .collect()
    }
}

impl Replication {
    fn new(scenario: &Scenario, tally: &Tally, discarded: u64) -> Self {
        let requests: Vec<u64> = tally
            .backends
            .iter()
            .map(|backend| backend.requests)
            .collect();
        Replication {
            mean_response: tally.mean_response(),
            p99_response: tally.response.quantile(0.99),
            mean_wait: tally.mean_wait(),
            fairness: fairness(&requests, &scenario.fleet.weights),
            discarded,
        }
    }
}

/// The replications' batch means, averaged batch by batch.
fn mean_batches(round: &[(u32, Recorded)]) -> Vec<f64> {
    let all: Vec<Vec<f64>> = round
        .iter()
        .map(|(_, recorded)| recorded.batches.means())
        .collect();
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
    (0..shortest)
        .map(|at| all.iter().map(|means| means[at]).sum::<f64>() / all.len() as f64)
        .collect()
}

/// Nothing over nothing is nothing.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
