//! Strategies that faced the same requests, pair by pair.

use super::gather::Gathered;
use crate::outcome::Comparison;
use crate::stats::interval;

/// Every pair, for mean and 99th percentile.
pub(super) fn all_pairs(studied: &[Gathered]) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for (at, a) in studied.iter().enumerate() {
        for b in &studied[at + 1..] {
            let (mean, p99) = ("response_time_seconds.mean", "response_time_seconds.p99");
            let (of_a, of_b) = (a.mean_responses(), b.mean_responses());
            comparisons.extend(pair(mean, (a, of_a), (b, of_b)));
            let (of_a, of_b) = (a.p99_responses(), b.p99_responses());
            comparisons.extend(pair(p99, (a, of_a), (b, of_b)));
        }
    }
    comparisons
}

/// The paired difference over the replications both have. `None` if either answered nothing in one of them:
/// then there is no pair.
fn pair(
    metric: &'static str,
    (a, of_a): (&Gathered, Vec<f64>),
    (b, of_b): (&Gathered, Vec<f64>),
) -> Option<Comparison> {
    let complete =
        of_a.len() == a.replications() as usize && of_b.len() == b.replications() as usize;
    if !complete {
        return None;
    }
    // A strategy on which chance has no hold ran once; every further run would have been the same.
    let pairs = match (of_a.len(), of_b.len()) {
        (1, n) | (n, 1) => n,
        (n, m) => n.min(m),
    };
    let at = |values: &[f64], replication: usize| values[replication.min(values.len() - 1)];
    let differences: Vec<f64> = (0..pairs)
        .map(|replication| at(&of_b, replication) - at(&of_a, replication))
        .collect();
    let found = interval(&differences, 0.95);
    Some(Comparison {
        metric,
        a: a.strategy().to_string(),
        b: b.strategy().to_string(),
        difference: differences.iter().sum::<f64>() / pairs as f64,
        ci95: found.map(|interval| interval.half_width),
        significant: found.is_some_and(|interval| interval.excludes(0.0)),
    })
}
