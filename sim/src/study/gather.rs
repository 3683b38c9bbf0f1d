//! One strategy's replications in one variant, summed up as they come.

use policy::strategy::StrategyName;

use super::fairness::fairness;
use super::incidents::Chronicles;
use super::{Arm, MAX_REPLICATIONS};
use crate::outcome::{BackendResult, Fairness, Incidents, ResponseTime, StrategyResult, WaitTime};
use crate::probe::{Batch, Recorded, Series, Tally, Timeline};
use crate::scenario::{Scenario, Warmup};
use crate::stats::{Interval, batch_interval, interval, mser};

const CONFIDENCE: f64 = 0.95;

/// What is known of one strategy in one variant so far.
pub(super) struct Gathered<'a> {
    variant: Option<&'a str>,
    scenario: &'a Scenario,
    strategy: StrategyName,
    /// Requests left out at the beginning of each replication: found in the first round, kept for later ones.
    warmup: u64,
    settled: bool,
    replications: Vec<Replication>,
    /// All replications together.
    sum: Tally,
    events: u64,
    trace_hash: u64,
    timeline: Option<Timeline>,
    chronicles: Option<Chronicles<'a>>,
    /// Means of successive batches of the first replication's response times after its warm-up.
    batches: Vec<f64>,
}

/// What intervals are made of.
struct Replication {
    /// With this and every other warm-up that can be left out.
    cuts: Vec<Cut>,
    mean_wait: Option<f64>,
    fairness: Fairness,
    discarded: u64,
}

/// The requests from some number on.
struct Cut {
    from: u64,
    mean: Option<f64>,
    p99: Option<f64>,
    /// The share answered; `None` of nothing.
    completed: Option<f64>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(arm: &'a Arm<'a>, strategy: StrategyName) -> Self {
        Gathered {
            variant: arm.variant.as_deref(),
            scenario: arm.scenario,
            strategy,
            warmup: 0,
            settled: true,
            replications: Vec::new(),
            sum: Tally::default(),
            events: 0,
            trace_hash: 0,
            timeline: None,
            chronicles: Chronicles::of(arm.scenario, strategy),
            batches: Vec::new(),
        }
    }

    pub(super) fn variant(&self) -> Option<&'a str> {
        self.variant
    }

    pub(super) fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    pub(super) fn strategy(&self) -> StrategyName {
        self.strategy
    }

    /// Whether every replication would be the same.
    pub(super) fn is_fixed(&self) -> bool {
        self.scenario.is_fixed(self.strategy)
    }

    /// Whether any request was not answered.
    pub(super) fn has_failed(&self) -> bool {
        self.sum.failed.total() > 0
    }

    /// The warm-up that was found, once the first round is over.
    pub(super) fn warmup(&self) -> u64 {
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

    /// Takes account of a round. Of an interrupted one, complete replications count and others only if there
    /// are none.
    pub(super) fn add(&mut self, mut round: Vec<(u32, Recorded)>) {
        let scenario = self.scenario;
        let is_complete =
            |recorded: &Recorded| recorded.segments.requests() == scenario.effort.requests;
        let has_complete = round.iter().any(|(_, recorded)| is_complete(recorded));
        if has_complete || !self.replications.is_empty() {
            round.retain(|(_, recorded)| is_complete(recorded));
        }
        round.sort_by_key(|(replication, _)| *replication);
        if self.replications.is_empty() {
            self.begin(&mut round);
        }
        for (_, recorded) in round {
            self.events += recorded.hash.events();
            if let (Some(chronicles), Some(chronicle)) = (&mut self.chronicles, recorded.chronicle)
            {
                chronicles.add(*chronicle);
            }
            let sent = recorded.segments.requests();
            let suffixes = recorded.segments.suffixes();
            let cuts = suffixes
                .iter()
                .map(|(from, tally)| Cut::new(*from, tally))
                .collect();
            let kept = suffixes.into_iter().find(|(from, _)| *from >= self.warmup);
            let tally = kept.map(|(_, tally)| tally).unwrap_or_default();
            let requests: Vec<u64> = tally
                .backends
                .iter()
                .map(|backend| backend.requests)
                .collect();
            self.replications.push(Replication {
                cuts,
                mean_wait: tally.mean_wait(),
                fairness: fairness(&requests, &scenario.fleet.weights),
                discarded: sent - tally.requests(),
            });
            match self.replications.len() {
                1 => self.sum = tally,
                _ => self.sum.merge(&tally),
            }
        }
    }

    /// What the first round decides: the warm-up, and what is shown of the first replication.
    fn begin(&mut self, round: &mut [(u32, Recorded)]) {
        let Some((_, first)) = round.first_mut() else {
            return;
        };
        self.trace_hash = first.hash.value();
        self.timeline = first.timeline.take();
        let size = round
            .iter()
            .map(|(_, recorded)| recorded.batches.size())
            .max()
            .unwrap_or(1);
        let batches: Vec<Vec<Batch>> = round
            .iter()
            .map(|(_, recorded)| recorded.batches.clone().of_size(size))
            .collect();
        match self.scenario.effort.warmup {
            Warmup::Requests(requests) => self.warmup = requests,
            Warmup::Auto if !self.scenario.has_warmup() => {}
            Warmup::Auto => {
                let warm_up = mser(&mean_batches(&batches));
                let last = warm_up.values.checked_sub(1);
                let sent = |batches: &Vec<Batch>| last.map_or(0, |last| batches[last].sent);
                let requests = batches.iter().map(sent).max().unwrap_or(0);
                let segments = &round[0].1.segments;
                self.warmup = segments.round_up(requests);
                self.settled = warm_up.settled && 2 * self.warmup < segments.requests();
            }
        }
        let warm = batches[0]
            .iter()
            .skip_while(|batch| batch.sent <= self.warmup);
        // The batch in which the warm-up ends has some of it.
        let straddling = usize::from(self.warmup > 0);
        self.batches = warm.skip(straddling).map(|batch| batch.mean).collect();
    }

    /// The replications' mean response times, of those that answered any request, after the warm-up.
    pub(super) fn mean_responses(&self) -> Vec<f64> {
        self.mean_responses_from(self.warmup)
    }

    /// The same, with request `from` as the first, a warm-up of this or another strategy.
    pub(super) fn mean_responses_from(&self, from: u64) -> Vec<f64> {
        self.from(from, |cut| cut.mean)
    }

    /// The replications' 99th percentiles; as for [`Gathered::mean_responses_from`].
    pub(super) fn p99_responses_from(&self, from: u64) -> Vec<f64> {
        self.from(from, |cut| cut.p99)
    }

    /// The replications' shares of answered requests; as for [`Gathered::mean_responses_from`].
    pub(super) fn completed_shares_from(&self, from: u64) -> Vec<f64> {
        self.from(from, |cut| cut.completed)
    }

    fn from(&self, from: u64, of: fn(&Cut) -> Option<f64>) -> Vec<f64> {
        let at =
            |replication: &Replication| of(replication.cuts.iter().find(|cut| cut.from >= from)?);
        self.replications.iter().filter_map(at).collect()
    }

    /// See [`StrategyResult`]; the interval of a single replication's mean is that of its batch means.
    pub(super) fn result(&self) -> StrategyResult {
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
        let wait_interval = interval(&waits, CONFIDENCE);
        let at = |quantile| self.sum.response.quantile(quantile);
        let completed = self.sum.completed_count();
        StrategyResult {
            variant: self.variant.map(str::to_owned),
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
            failed: self.sum.failed,
            duration_seconds: self.sum.duration.as_seconds(),
            throughput_per_second: ratio(self.sum.answers as f64, self.sum.duration.as_seconds()),
            response_time_seconds: ResponseTime {
                mean: mean_within(self.sum.mean_response(), mean_interval.filter(|_| !single)),
                mean_ci95: half_width(mean_interval),
                p50: at(0.5),
                p90: at(0.9),
                p95: at(0.95),
                p99: at(0.99),
                p99_ci95: half_width(interval(&self.p99_responses_from(self.warmup), CONFIDENCE)),
                p999: at(0.999),
                max: (completed > 0).then(|| self.sum.response.max().as_seconds()),
            },
            wait_time_seconds: WaitTime {
                mean: mean_within(self.sum.mean_wait(), wait_interval),
                mean_ci95: half_width(wait_interval),
                p99: self.sum.wait.quantile(0.99),
            },
            fairness: self.fairness(),
            backends: self.backends(),
            events: self.events,
            trace_hash: format!("{:016x}", self.trace_hash),
            incidents: self.incidents(),
            series: self.series(),
            responses: self.sum.response.clone(),
            timeline: self.timeline.clone(),
        }
    }

    fn incidents(&self) -> Option<Incidents> {
        let left_out: u64 = self.replications.iter().map(|one| one.discarded).sum();
        let sent = self.sum.requests() + left_out;
        let chronicles = self.chronicles.as_ref()?;
        Some(chronicles.incidents(&self.sum, sent))
    }

    fn series(&self) -> Option<Series> {
        self.chronicles.as_ref()?.series().cloned()
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

    fn backends(&self) -> Vec<BackendResult> {
        let fleet = &self.scenario.fleet;
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

/// The mean of all answers; the interval's own middle, if that is another because some replications answered fewer
/// requests than others.
fn mean_within(mean: Option<f64>, interval: Option<Interval>) -> Option<f64> {
    let mean = mean?;
    let middle = interval.map_or(mean, |interval| interval.mean);
    let same = (middle - mean).abs() <= 1e-9 * mean;
    Some(if same { mean } else { middle })
}

impl Cut {
    fn new(from: u64, tally: &Tally) -> Self {
        let (mean, p99) = (tally.mean_response(), tally.response.quantile(0.99));
        let share = |requests| tally.completed_count() as f64 / requests as f64;
        Cut {
            from,
            mean,
            p99,
            completed: Some(tally.requests())
                .filter(|requests| *requests > 0)
                .map(share),
        }
    }
}

/// The replications' batch means, averaged batch by batch: smoother than any of them (Welch 1983).
fn mean_batches(replications: &[Vec<Batch>]) -> Vec<f64> {
    let shortest = replications.iter().map(Vec::len).min().unwrap_or(0);
    let mean = |at: usize| {
        let sum: f64 = replications.iter().map(|batches| batches[at].mean).sum();
        sum / replications.len() as f64
    };
    (0..shortest).map(mean).collect()
}

/// Nothing over nothing is nothing.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
