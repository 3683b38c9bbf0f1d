//! The same run without what troubled it: whether the trouble is why it stays bad.
//!
//! A system that is bad long after a fault may just have more to do than it can, fault or no fault. Common random numbers
//! make the question cheap: the same requests, without the fault, once more.

use policy::strategy::StrategyName;
use policy::time::Instant;
use workload::arrivals::Surge;

use crate::probe::{Point, Segments, Series};
use crate::run::run;
use crate::scenario::Scenario;
use crate::world::Oversight;

/// Answering less than this share of what it would have answered, ...
const LESS: f64 = 0.95;
/// ... or taking so many times as long, is the trouble's doing.
const LONGER: f64 = 3.0;

/// Whether `troubled`, all replications of `strategy` in `scenario`, fares clearly worse from `ended` on than the same
/// without the trouble. Runs it.
pub(super) fn is_worse_for_it(
    scenario: &Scenario,
    strategy: StrategyName,
    replications: u32,
    ended: Instant,
    troubled: &Series,
) -> bool {
    let calm = without_trouble(scenario);
    let mut sum: Option<Series> = None;
    for replication in 0..replications {
        let segments = Segments::fixed(0, calm.fleet.len());
        let recorded = run(
            &calm,
            strategy,
            replication,
            segments,
            &Oversight::default(),
        );
        let Some(chronicle) = recorded.chronicle else {
            return true;
        };
        match &mut sum {
            Some(sum) => sum.merge(&chronicle.series),
            None => sum = Some(chronicle.series),
        }
    }
    let Some(calm) = sum else { return true };
    let (with, without) = (Fate::of(troubled, ended), Fate::of(&calm, ended));
    with.answered < LESS * without.answered || with.mean > LONGER * without.mean
}

fn without_trouble(scenario: &Scenario) -> Scenario {
    let mut calm = scenario.clone();
    if let Some(operations) = &mut calm.operations {
        operations.faults.clear();
        // What stays is how things are.
        let passes = |surge: &Surge| surge.window().is_some_and(|(_, ends)| ends.is_some());
        operations.surges.retain(|surge| !passes(surge));
    }
    calm
}

/// What became of requests from some time on.
struct Fate {
    /// The share answered.
    answered: f64,
    /// Mean response time in seconds.
    mean: f64,
}

impl Fate {
    fn of(series: &Series, from: Instant) -> Fate {
        let points = series.points();
        let later = || points.iter().filter(|point| point.start >= from);
        let weighted = |of: fn(&Point) -> (f64, u64)| {
            let pairs = later().map(of);
            let (sum, weight) = pairs.fold((0.0, 0.0), |(sum, all), (value, weight)| {
                (sum + value * weight as f64, all + weight as f64)
            });
            if weight > 0.0 { sum / weight } else { 0.0 }
        };
        Fate {
            answered: weighted(|point| (point.answered_share.unwrap_or(0.0), point.arrivals)),
            mean: weighted(|point| (point.mean_seconds.unwrap_or(0.0), point.answers)),
        }
    }
}
