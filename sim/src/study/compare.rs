//! Strategies and variants that faced the same requests, pair by pair.

use super::gather::Gathered;
use crate::outcome::{COMPLETED_SHARE, Comparison, MEAN_RESPONSE, P99_RESPONSE};
use crate::stats::interval;

/// Every pair of strategies within a variant, and every strategy with itself across variants: mean and 99th
/// percentile, and where a request of either failed, the share answered.
pub(super) fn all_pairs(studied: &[Gathered]) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for (at, a) in studied.iter().enumerate() {
        let others = studied[at + 1..].iter();
        for b in others.filter(|b| are_compared(a, b)) {
            // Both over the same requests: those that neither leaves out.
            let from = a.warmup().max(b.warmup());
            let mean = |strategy: &Gathered| strategy.mean_responses_from(from);
            let p99 = |strategy: &Gathered| strategy.p99_responses_from(from);
            let completed = |strategy: &Gathered| strategy.completed_shares_from(from);
            let pair = |metric, of: &dyn Fn(&Gathered) -> Vec<f64>| {
                let differences = differences((a, of(a)), (b, of(b)))?;
                Some(comparison(metric, a, b, &differences))
            };
            comparisons.extend(pair(MEAN_RESPONSE, &mean));
            comparisons.extend(pair(P99_RESPONSE, &p99));
            if a.has_failed() || b.has_failed() {
                comparisons.extend(pair(COMPLETED_SHARE, &completed));
            }
        }
    }
    comparisons
}

/// Whether a difference between the two says something. Variants may have each a strategy of its own, which is then
/// what varies. Runs of different lengths are not cut at the same requests.
fn are_compared(a: &Gathered, b: &Gathered) -> bool {
    let only = |one: &Gathered| one.scenario().strategies.len() == 1;
    let requests = |one: &Gathered| one.scenario().effort.requests;
    let alike = a.strategy() == b.strategy() || (only(a) && only(b));
    a.variant() == b.variant() || (alike && requests(a) == requests(b))
}

/// Of b, less that of a, replication by replication over those both have. `None` if either answered nothing in
/// one of them: then there is no pair.
fn differences(
    (a, of_a): (&Gathered, Vec<f64>),
    (b, of_b): (&Gathered, Vec<f64>),
) -> Option<Vec<f64>> {
    let complete =
        of_a.len() == a.replications() as usize && of_b.len() == b.replications() as usize;
    if !complete || of_a.is_empty() || of_b.is_empty() {
        return None;
    }
    // A strategy on which chance has no hold ran once; every further run would have been the same.
    let pairs = match (a.is_fixed(), b.is_fixed()) {
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
        a_variant: a.variant().map(str::to_owned),
        b: b.strategy().to_string(),
        b_variant: b.variant().map(str::to_owned),
        difference: differences.iter().sum::<f64>() / differences.len() as f64,
        ci95: found.map(|interval| interval.half_width),
        significant: found.is_some_and(|interval| interval.excludes(0.0)),
    }
}
