//! Strategies that faced the same requests, pair by pair.

use super::gather::Gathered;
use crate::outcome::Comparison;
use crate::scenario::Scenario;
use crate::stats::interval;

/// Every pair, for mean and 99th percentile.
pub(super) fn all_pairs(scenario: &Scenario, studied: &[Gathered]) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for (at, a) in studied.iter().enumerate() {
        for b in &studied[at + 1..] {
            // Both over the same requests: those that neither leaves out.
            let from = a.warmup().max(b.warmup());
            let mean = |strategy: &Gathered| strategy.mean_responses_from(from);
            let p99 = |strategy: &Gathered| strategy.p99_responses_from(from);
            let pair = |metric, of: &dyn Fn(&Gathered) -> Vec<f64>| {
                let differences = differences(scenario, (a, of(a)), (b, of(b)))?;
                Some(comparison(metric, a, b, &differences))
            };
            comparisons.extend(pair("response_time_seconds.mean", &mean));
            comparisons.extend(pair("response_time_seconds.p99", &p99));
        }
    }
    comparisons
}

/// Of b, less that of a, replication by replication over those both have. `None` if either answered nothing in
/// one of them: then there is no pair.
fn differences(
    scenario: &Scenario,
    (a, of_a): (&Gathered, Vec<f64>),
    (b, of_b): (&Gathered, Vec<f64>),
) -> Option<Vec<f64>> {
    let complete =
        of_a.len() == a.replications() as usize && of_b.len() == b.replications() as usize;
    if !complete || of_a.is_empty() || of_b.is_empty() {
        return None;
    }
    // A strategy on which chance has no hold ran once; every further run would have been the same.
    let pairs = match (
        scenario.is_fixed(a.strategy()),
        scenario.is_fixed(b.strategy()),
    ) {
        (true, _) => of_b.len(),
        (false, true) => of_a.len(),
        (false, false) => of_a.len().min(of_b.len()),
    };
    let at = |values: &[f64], replication: usize| values[replication.min(values.len() - 1)];
    Some(
        (0..pairs)
            .map(|replication| at(&of_b, replication) - at(&of_a, replication))
            .collect(),
    )
}

fn comparison(metric: &'static str, a: &Gathered, b: &Gathered, differences: &[f64]) -> Comparison {
    let found = interval(differences, 0.95);
    Comparison {
        metric,
        a: a.strategy().to_string(),
        b: b.strategy().to_string(),
        difference: differences.iter().sum::<f64>() / differences.len() as f64,
        ci95: found.map(|interval| interval.half_width),
        significant: found.is_some_and(|interval| interval.excludes(0.0)),
    }
}
