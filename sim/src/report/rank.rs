//! Who is best, and by how much.

use crate::outcome::{Outcome, StrategyResult};

/// The strategies by mean response time, the shortest first; those that answered nothing last.
pub(super) fn ranked(outcome: &Outcome) -> Vec<&StrategyResult> {
    let mut results: Vec<&StrategyResult> = outcome.results.iter().collect();
    let mean = |result: &StrategyResult| {
        let mean = result.response_time_seconds.mean;
        mean.filter(|mean| mean.is_finite())
            .unwrap_or(f64::INFINITY)
    };
    results.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    results
}

/// How a strategy's mean response time differs from the best one's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Against {
    /// It is the best.
    Best,
    /// The interval of the difference contains zero.
    Same,
    /// Longer by this share of the best, and half the width of its interval.
    Longer { share: f64, half: Option<f64> },
    /// They were not compared.
    Unknown,
}

/// `result` against `best`, by the paired difference of the two.
pub(super) fn against(
    outcome: &Outcome,
    best: &StrategyResult,
    result: &StrategyResult,
) -> Against {
    if std::ptr::eq(best, result) {
        return match best.response_time_seconds.mean {
            Some(_) => Against::Best,
            None => Against::Unknown,
        };
    }
    let found = outcome.comparisons.iter().find_map(|comparison| {
        let pair = (comparison.a.as_str(), comparison.b.as_str());
        let sign = match comparison.metric {
            "response_time_seconds.mean" if pair == (&best.strategy, &result.strategy) => 1.0,
            "response_time_seconds.mean" if pair == (&result.strategy, &best.strategy) => -1.0,
            _ => return None,
        };
        Some((sign * comparison.difference, comparison))
    });
    let mean = best.response_time_seconds.mean.filter(|mean| *mean > 0.0);
    match (found, mean) {
        (Some((_, comparison)), _) if comparison.ci95.is_some() && !comparison.significant => {
            Against::Same
        }
        (Some((difference, comparison)), Some(mean)) => Against::Longer {
            share: difference / mean,
            half: comparison.ci95.map(|half| half / mean),
        },
        _ => Against::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{outcome, unknown};

    #[test]
    fn the_shortest_mean_is_first_and_differences_have_its_sign() {
        let outcome = outcome();
        let ranked = ranked(&outcome);
        let names: Vec<&str> = ranked.iter().map(|result| &*result.strategy).collect();
        assert_eq!(names, ["least-connections", "two-choices", "random"]);
        let against = |at: usize| against(&outcome, ranked[0], ranked[at]);
        assert_eq!(against(0), Against::Best);
        assert_eq!(against(1), Against::Same);
        let Against::Longer { share, half } = against(2) else {
            panic!("random differs");
        };
        assert!((share - 1.5).abs() < 1e-9 && (half.unwrap() - 0.05).abs() < 1e-9);
    }

    #[test]
    fn who_answered_nothing_is_last_and_compared_with_nobody() {
        let outcome = unknown();
        let ranked = ranked(&outcome);
        assert_eq!(against(&outcome, ranked[0], ranked[0]), Against::Unknown);
    }
}
