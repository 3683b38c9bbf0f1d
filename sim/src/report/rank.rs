//! Who is best, and by how much.

use crate::outcome::{COMPLETED_SHARE, MEAN_RESPONSE, Outcome, StrategyResult};

/// Shares answered that are closer than this are the same, however sure the difference is.
const NEGLIGIBLE: f64 = 1e-4;
/// And further apart than this they differ, however unsure it is.
const PLAIN: f64 = 1e-3;

/// The results by the share of the requests that they answered, and where that is the same by mean response time, the
/// shortest first; those that answered nothing last.
pub(super) fn ranked(outcome: &Outcome) -> Vec<&StrategyResult> {
    tiers(outcome).into_iter().flatten().collect()
}

/// Whether some answered more than others, so that not all are ranked by mean response time.
pub(super) fn some_answered_more(outcome: &Outcome) -> bool {
    tiers(outcome).len() > 1
}

/// Those that answer as many as the one of them that answers most, most first; each by mean response time.
fn tiers(outcome: &Outcome) -> Vec<Vec<&StrategyResult>> {
    let mean = |result: &StrategyResult| {
        let mean = result.response_time_seconds.mean;
        mean.filter(|mean| mean.is_finite())
            .unwrap_or(f64::INFINITY)
    };
    let mut rest: Vec<&StrategyResult> = outcome.results.iter().collect();
    rest.sort_by(|a, b| b.answered_share().total_cmp(&a.answered_share()));
    // Within a tier the order of those that are equal is the order in which they were asked for.
    let place = |result: &StrategyResult| {
        let mut all = outcome.results.iter();
        all.position(|other| std::ptr::eq(other, result))
    };
    let mut tiers = Vec::new();
    while let Some(&most) = rest.first() {
        let (mut tier, fewer): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|result| as_many(outcome, most, result));
        tier.sort_by(|a, b| mean(a).total_cmp(&mean(b)).then(place(a).cmp(&place(b))));
        tiers.push(tier);
        rest = fewer;
    }
    tiers
}

/// Whether `result` answers as many as `most`.
fn as_many(outcome: &Outcome, most: &StrategyResult, result: &StrategyResult) -> bool {
    let difference = most.answered_share() - result.answered_share();
    let surely = || {
        outcome
            .comparisons
            .iter()
            .any(|pair| pair.significant && pair.between(COMPLETED_SHARE, most, result).is_some())
    };
    difference <= NEGLIGIBLE || (difference <= PLAIN && !surely())
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
        let difference = comparison.between(MEAN_RESPONSE, best, result)?;
        Some((difference, comparison))
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
    use crate::probe::Failed;
    use crate::report::testing::{compared, outcome, unknown, varied};

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

    /// The first of two variants has the shorter mean, and answers fewer by `lost` of 100,000.
    fn first_is_best(lost: u64, half: Option<f64>) -> bool {
        let mut outcome = varied();
        let first = &mut outcome.results[0];
        first.response_time_seconds.mean = Some(0.01);
        first.completed = first.requests - lost;
        first.failed = Failed {
            timeout: lost,
            ..Failed::default()
        };
        outcome.comparisons = compared(&outcome, COMPLETED_SHARE, lost as f64 * 1e-5, half);
        assert_eq!(
            some_answered_more(&outcome),
            !std::ptr::eq(ranked(&outcome)[0], &outcome.results[0])
        );
        std::ptr::eq(ranked(&outcome)[0], &outcome.results[0])
    }

    #[test]
    fn who_answers_more_is_better_unless_that_is_chance_or_next_to_nothing() {
        assert!(first_is_best(9, Some(1e-6)));
        assert!(!first_is_best(50, Some(1e-6)));
        assert!(first_is_best(50, Some(1e-2)));
        assert!(first_is_best(50, None));
        assert!(!first_is_best(200, Some(1e-2)));
    }
}
