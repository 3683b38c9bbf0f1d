//! What went wrong in the replications of one strategy, summed up as they come.

use policy::strategy::StrategyName;
use policy::time::Duration;

use super::Arm;
use super::untroubled::is_worse_for_it;
use crate::fault;
use crate::operations::Operations;
use crate::outcome::Incidents;
use crate::probe::{
    Chronicle, Gauge, Recovery, Series, Tally, Totals, Trigger, Verdict, recovery, verdict,
};
use crate::report::verdict_sentence;
use crate::scenario::Scenario;

/// Of eventful runs.
pub(super) struct Chronicles<'a> {
    scenario: &'a Scenario,
    strategy: StrategyName,
    triggers: Vec<Trigger>,
    /// How long a worker of the pool takes to start.
    cold_start: Duration,
    totals: Totals,
    /// All replications together.
    series: Option<Series>,
    recoveries: Vec<Recovery>,
}

/// What troubles any of `arms`, each once, in order of beginning.
pub(super) fn triggers_of(arms: &[Arm]) -> Vec<fault::Trigger> {
    let of_arms = arms.iter().filter_map(|arm| {
        let operations = arm.scenario.operations.as_ref()?;
        Some(triggers(arm.scenario.fleet.len(), operations))
    });
    let mut all: Vec<fault::Trigger> = of_arms.flatten().collect();
    all.sort_by(|a, b| (a.begins, &a.name).cmp(&(b.begins, &b.name)));
    all.dedup();
    all
}

fn triggers(backends: u32, operations: &Operations) -> Vec<fault::Trigger> {
    let Operations {
        faults,
        surges,
        pool,
        ..
    } = operations;
    fault::triggers(faults, surges, backends, pool.is_some())
}

impl<'a> Chronicles<'a> {
    /// `None` where nothing can go wrong.
    pub(super) fn of(scenario: &'a Scenario, strategy: StrategyName) -> Option<Chronicles<'a>> {
        let operations = scenario.operations.as_ref()?;
        let triggers = triggers(scenario.fleet.len(), operations);
        Some(Chronicles {
            scenario,
            strategy,
            triggers: triggers
                .iter()
                .map(|trigger| (trigger.begins, trigger.ends))
                .collect(),
            cold_start: operations
                .pool
                .as_ref()
                .map(|pool| pool.cold_start.total())
                .unwrap_or_default(),
            totals: Totals::default(),
            series: None,
            recoveries: Vec::new(),
        })
    }

    /// One replication more, in their order.
    pub(super) fn add(&mut self, chronicle: Chronicle) {
        self.totals.merge(&chronicle.totals);
        let mut recovery = recovery(&chronicle.series, &self.triggers);
        // A worker's death is over at once, yet nobody is stuck who still waits for the next one to start.
        recovery.trigger = recovery.trigger.max(self.cold_start);
        self.recoveries.push(recovery);
        match &mut self.series {
            Some(sum) => sum.merge(&chronicle.series),
            None => self.series = Some(chronicle.series),
        }
    }

    pub(super) fn series(&self) -> Option<&Series> {
        self.series.as_ref()
    }

    /// `sum` is what was counted of the requests.
    pub(super) fn incidents(&self, sum: &Tally, sent: u64) -> Incidents {
        let totals = &self.totals;
        let (wasted, served) = (seconds(totals.wasted_ns), seconds(totals.served_ns));
        let times = self.recoveries.iter().filter_map(|r| r.recovered_after);
        let times: Vec<f64> = times.map(|time| time.as_seconds()).collect();
        // A load that rises and stays is no trouble that could be over.
        let has_triggers =
            self.has_faults() || self.triggers.iter().any(|(_, ends)| ends.is_some());
        // Who never was in trouble did not get out of it either.
        let troubled = self.recoveries.iter().any(Recovery::was_in_trouble);
        let recovered = has_triggers && !times.is_empty() && troubled;
        let overloaded = self.stuck(true) > 0 && !self.is_the_trouble_s_doing();
        Incidents {
            attempts: totals.attempts,
            attempts_per_request: ratio(totals.attempts as f64, sent as f64),
            retries: totals.retries,
            retries_denied: totals.retries_denied,
            hedges: totals.hedges,
            hedges_won: totals.hedges_won,
            lost: sum.failed.total(),
            wasted_seconds: wasted,
            wasted_share: ratio(wasted, served).min(1.0),
            probes: totals.probes,
            ejections: totals.ejections,
            breaker_openings: totals.breaker_openings,
            workers_started: totals.workers_started,
            workers_crashed: totals.workers_crashed,
            workers_recycled: totals.workers_recycled,
            workers_given_up: totals.workers_given_up,
            mean_workers: self.mean_workers(),
            recovery_seconds: recovered.then(|| times.iter().sum::<f64>() / times.len() as f64),
            recovery_seconds_max: recovered.then(|| times.iter().copied().fold(0.0, f64::max)),
            unrecovered_replications: if overloaded { 0 } else { self.stuck(true) },
            unclear_replications: self.stuck(false),
            verdict: match has_triggers {
                true if overloaded => verdict_sentence(&Verdict::Overloaded),
                true => verdict_sentence(&verdict(&self.recoveries)),
                false => String::new(),
            },
        }
    }

    fn has_faults(&self) -> bool {
        let operations = self.scenario.operations.as_ref();
        operations.is_some_and(|operations| !operations.faults.is_empty())
    }

    /// Whether what stays bad would not be without what troubled it. Costs as many runs as there were.
    fn is_the_trouble_s_doing(&self) -> bool {
        let ended = self.triggers.iter().filter_map(|(_, ends)| *ends).max();
        let (Some(ended), Some(series)) = (ended, &self.series) else {
            return true;
        };
        let replications = self.recoveries.len() as u32;
        is_worse_for_it(self.scenario, self.strategy, replications, ended, series)
    }

    /// How many replications had not recovered when requests ended, of those watched for long or of the others.
    fn stuck(&self, watched: bool) -> u32 {
        let stuck = self.recoveries.iter().filter(|r| r.is_stuck());
        stuck.filter(|r| r.was_watched() == watched).count() as u32
    }

    fn mean_workers(&self) -> f64 {
        let points = self.series.as_ref().map(Series::points).unwrap_or_default();
        let length = |point: &crate::probe::Point| point.length.as_seconds();
        let all: f64 = points.iter().map(length).sum();
        let workers = points
            .iter()
            .map(|point| point.gauge(Gauge::Workers) * length(point));
        ratio(workers.sum(), all)
    }
}

fn seconds(ns: u128) -> f64 {
    ns as f64 * 1e-9
}

/// Nothing over nothing is nothing.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
