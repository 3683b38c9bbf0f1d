//! Running a scenario and reading off what theory speaks of. Times are in units of the mean service.

use policy::strategy::StrategyName;
use sim::probe::{Chronicle, Histogram, Recorded, Segments, Tally};
use sim::run::run;
use sim::scenario::Scenario;
use sim::world::Oversight;

use crate::setup::UNIT_SECONDS;

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How often, with other random numbers.
    pub replications: u32,
    /// Requests at the beginning of each that are not measured: many times what it takes to forget that the
    /// system was empty.
    pub warmup: u64,
    /// Requests of each that are.
    pub measured: u64,
}

impl Plan {
    /// So many millions of requests, in 50 replications: Student's factor is then 3.5, and each is long
    /// enough for its mean to be nearly normal.
    pub const fn millions(millions: u64) -> Plan {
        Plan {
            replications: 50,
            warmup: 50_000,
            measured: millions * 20_000,
        }
    }
}

/// Simulates `strategy` as planned; what each replication measured.
pub fn replicate(scenario: &Scenario, strategy: StrategyName, plan: Plan) -> Vec<Tally> {
    let mut scenario = scenario.clone();
    scenario.effort.requests = plan.warmup + plan.measured;
    let replication = |replication| {
        let segments = Segments::fixed(plan.warmup, scenario.fleet.len());
        let oversight = Oversight::default();
        run(&scenario, strategy, replication, segments, &oversight).after(plan.warmup)
    };
    (0..plan.replications).map(replication).collect()
}

/// Simulates a fleet of one backend, where there is nothing to choose.
pub fn replicate_one(scenario: &Scenario, plan: Plan) -> Vec<Tally> {
    assert_eq!(scenario.fleet.len(), 1, "which strategy?");
    replicate(scenario, StrategyName::RoundRobin, plan)
}

/// Simulates all of `requests` as often as `replications` says: what was counted of all of them, and how it went.
pub fn chronicle(
    scenario: &Scenario,
    strategy: StrategyName,
    replications: u32,
    requests: u64,
) -> Vec<(Tally, Chronicle)> {
    let mut scenario = scenario.clone();
    scenario.effort.requests = requests;
    let backends = scenario.fleet.len();
    let replication = |replication| {
        let segments = Segments::fixed(0, backends);
        let oversight = Oversight::default();
        let mut recorded = run(&scenario, strategy, replication, segments, &oversight);
        let chronicle = recorded.chronicle.take().expect("an eventful run");
        (everything(recorded, backends), *chronicle)
    };
    (0..replications).map(replication).collect()
}

/// All parts of a run together, also the one in which it only drained.
pub fn everything(mut recorded: Recorded, backends: u32) -> Tally {
    let mut all = Tally::new(backends);
    for part in 0..=recorded.segments.current() {
        all.merge(recorded.segments.tally(part));
    }
    all
}

/// Mean response time of the answered.
pub fn response(tally: &Tally) -> f64 {
    tally.mean_response().expect("answers") / UNIT_SECONDS
}

/// Mean waiting time of the answered.
pub fn wait(tally: &Tally) -> f64 {
    tally.mean_wait().expect("answers") / UNIT_SECONDS
}

/// Requests in the system, waiting and in service, on average over time.
pub fn in_system(tally: &Tally) -> f64 {
    let sojourn_ns: f64 = tally
        .backends
        .iter()
        .map(|backend| backend.sojourn_ns)
        .sum();
    sojourn_ns / tally.duration.0 as f64
}

/// Servers that are busy, on average over time.
pub fn busy_servers(tally: &Tally) -> f64 {
    let busy_ns: u64 = tally.backends.iter().map(|backend| backend.busy_ns).sum();
    busy_ns as f64 / tally.duration.0 as f64
}

/// Answers for each mean service time.
pub fn throughput(tally: &Tally) -> f64 {
    tally.answers as f64 / tally.duration.as_seconds() * UNIT_SECONDS
}

/// The share of the requests that were turned away by a full queue.
pub fn refused(tally: &Tally) -> f64 {
    tally.failed.refused as f64 / tally.requests() as f64
}

/// The share of the requests whose clients gave up.
pub fn timed_out(tally: &Tally) -> f64 {
    tally.failed.timeout as f64 / tally.requests() as f64
}

/// The response time that a share `quantile` of the answered does not exceed.
pub fn quantile(tally: &Tally, quantile: f64) -> f64 {
    tally.response.quantile(quantile).expect("answers") / UNIT_SECONDS
}

/// The share of the counted times that are longer than `time`, linear within a bucket.
pub fn share_above(histogram: &Histogram, time: f64) -> f64 {
    let time_ns = time * UNIT_SECONDS * 1e9;
    let above = |(longest, count): (f64, u64)| {
        let (first, width) = extent(longest);
        let above = (first + width - time_ns) / width;
        count as f64 * above.clamp(0.0, 1.0)
    };
    histogram.buckets().map(above).sum::<f64>() / histogram.count() as f64
}

/// The share of the counted times that are not zero.
pub fn share_positive(histogram: &Histogram) -> f64 {
    let zeros = histogram.buckets().find(|(longest, _)| *longest == 0.0);
    1.0 - zeros.map_or(0, |(_, count)| count) as f64 / histogram.count() as f64
}

/// The mean square of the counted times, each taken as the middle of its bucket. Buckets are at most 0.8 %
/// wide, so it is off by some 5 millionths at most.
pub fn second_moment(histogram: &Histogram) -> f64 {
    let square = |(longest, count): (f64, u64)| {
        let (first, width) = extent(longest);
        let middle = (first + 0.5 * (width - 1.0)) / (UNIT_SECONDS * 1e9);
        count as f64 * middle * middle
    };
    histogram.buckets().map(square).sum::<f64>() / histogram.count() as f64
}

/// The first nanosecond of the bucket that ends with `longest` seconds, and how many there are in it: 128
/// buckets to the octave, see [`Histogram`].
fn extent(longest: f64) -> (f64, f64) {
    let last = (longest * 1e9).round() as u64;
    let width = 1u64 << ((last | 128).ilog2() - 7);
    ((last / width * width) as f64, width as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::time::Duration;

    #[test]
    fn moments_and_shares_of_a_histogram() {
        let mut histogram = Histogram::default();
        // Half of them 0, the others evenly up to two units.
        for time in 0..200_000u64 {
            histogram.record(Duration(0));
            histogram.record(Duration((time + 1) * 100));
        }
        assert!((share_positive(&histogram) - 0.5).abs() < 1e-12);
        let (square, above) = (second_moment(&histogram), share_above(&histogram, 0.5));
        assert!((square - 0.5 * 4.0 / 3.0).abs() < 1e-4, "{square}");
        assert!((above - 0.5 * 0.75).abs() < 1e-4, "{above}");
    }
}
