//! What happened, in two or three sentences made from the results: what did worst, and what the best did with the
//! same requests.

mod clauses;

use super::label::Labels;
use super::rank::ranked;
use super::units::{duration, plain, with_half};
use crate::outcome::{COMPLETED_SHARE, Outcome, P99_RESPONSE, StrategyResult};
use clauses::{answered, listed, of_incidents, share_of};

/// Answered shares closer than this are the same to a reader.
const NO_DIFFERENCE: f64 = 1e-4;
/// One sentence for each result, three at most; none for an outcome without variants in which nothing went wrong.
pub fn story(outcome: &Outcome) -> Vec<String> {
    let labels = Labels::of(outcome);
    let told = labels.has_variants() || outcome.results.iter().any(|r| r.incidents.is_some());
    let ranked = ranked(outcome);
    let Some(worst) = ranked.last().copied().filter(|_| told) else {
        return Vec::new();
    };
    let teller = Teller { outcome, labels };
    let Some(best) = teller.best_beside(worst, &ranked) else {
        return vec![teller.worst(worst, None)];
    };
    let named = |result: &&&StrategyResult| {
        !(std::ptr::eq(**result, worst) || std::ptr::eq(**result, best))
    };
    let others: Vec<&StrategyResult> = ranked.iter().filter(named).copied().collect();
    let mut story = vec![teller.worst(worst, Some(best)), teller.best(best, worst)];
    story.extend(teller.others(&others, std::ptr::eq(ranked[0], best)));
    story
}

/// Whether each came back after what went wrong, as the simulation put it.
pub(super) fn verdicts(outcome: &Outcome) -> Vec<String> {
    let labels = Labels::of(outcome);
    let verdict = |result: &StrategyResult| {
        let verdict = result.incidents.as_ref()?.verdict.trim();
        (!verdict.is_empty()).then(|| (labels.text(result), verdict.to_string()))
    };
    let all: Vec<(String, String)> = outcome.results.iter().filter_map(verdict).collect();
    match &all[..] {
        // Said once where it is the same of all.
        [(_, first), others @ ..]
            if all.len() == outcome.results.len()
                && others.iter().all(|(_, other)| other == first) =>
        {
            vec![first.clone()]
        }
        _ => all
            .into_iter()
            .map(|(name, verdict)| format!("{name}: {verdict}"))
            .collect(),
    }
}

struct Teller<'a> {
    outcome: &'a Outcome,
    labels: Labels,
}

/// A paired difference.
struct Difference {
    value: f64,
    half: Option<f64>,
    /// Whether it is more than chance; where that cannot be told, yes.
    real: bool,
}

impl Teller<'_> {
    /// What `worst` is held against: the best of another variant of the same strategy, else the best of all.
    fn best_beside<'r>(
        &self,
        worst: &StrategyResult,
        ranked: &[&'r StrategyResult],
    ) -> Option<&'r StrategyResult> {
        let mut others = ranked.iter().filter(|other| !std::ptr::eq(**other, worst));
        let same = others
            .clone()
            .find(|other| self.labels.has_variants() && other.strategy == worst.strategy);
        same.or(others.next()).copied()
    }

    fn worst(&self, worst: &StrategyResult, best: Option<&StrategyResult>) -> String {
        let mut clauses = vec![answered(worst)];
        clauses.extend(of_incidents(worst));
        // Last, so that what the other takes is not taken for the subject of what follows.
        let p99 = |result: &StrategyResult| result.response_time_seconds.p99.map(duration);
        clauses.extend(p99(worst).map(|own| {
            match best.and_then(|best| Some((self.labels.quoted(best), p99(best)?))) {
                Some((name, other)) => format!("takes {own} at p99 where {name} takes {other}"),
                None => format!("takes {own} at p99"),
            }
        }));
        format!("{} {}.", self.labels.quoted(worst), listed(&clauses))
    }

    fn best(&self, best: &StrategyResult, worst: &StrategyResult) -> String {
        let share = self.difference(COMPLETED_SHARE, (worst, worst.answered_share()), best);
        let (answers, p99) = if share.real && share.value.abs() > NO_DIFFERENCE {
            let (points, half) = with_half(
                100.0 * share.value.abs(),
                share.half.map(|half| 100.0 * half),
            );
            let half = share.half.map_or(String::new(), |_| format!(" ± {half}"));
            let direction = if share.value > 0.0 { "more" } else { "less" };
            let answers = format!("answers {points}{half} points {direction} of the same requests");
            (answers, None)
        } else {
            let answers = "answers as many of the same requests".to_string();
            (answers, self.slower(best, worst))
        };
        let mut clauses = vec![answers];
        clauses.extend(of_incidents(best));
        // Last, as above.
        clauses.extend(p99);
        format!("{} {}.", self.labels.quoted(best), listed(&clauses))
    }

    /// How the 99th percentiles compare, of two that answer as many.
    fn slower(&self, best: &StrategyResult, worst: &StrategyResult) -> Option<String> {
        let p99 = |result: &StrategyResult| {
            let p99 = result.response_time_seconds.p99;
            p99.filter(|p99| *p99 > 0.0 && p99.is_finite())
        };
        let (of_best, of_worst) = (p99(best)?, p99(worst)?);
        let name = self.labels.quoted(worst);
        let difference = self.difference(P99_RESPONSE, (worst, of_worst), best);
        let times = plain((of_worst / of_best).max(of_best / of_worst), 3);
        Some(match of_worst.total_cmp(&of_best) {
            _ if !difference.real || times == "1" => {
                format!("has no significantly other p99 than {name}")
            }
            std::cmp::Ordering::Greater => {
                format!(
                    "has a p99 of {}, where that of {name} is {times} times as long",
                    duration(of_best)
                )
            }
            _ => format!("has a p99 that is {times} times as long as that of {name}"),
        })
    }

    /// Of `b` less that of `a`, which has this value.
    fn difference(
        &self,
        metric: &str,
        (a, value): (&StrategyResult, f64),
        b: &StrategyResult,
    ) -> Difference {
        let mut comparisons = self.outcome.comparisons.iter();
        let found = comparisons.find_map(|pair| Some((pair.between(metric, a, b)?, pair)));
        match found {
            Some((difference, pair)) => Difference {
                value: difference,
                half: pair.ci95,
                real: pair.ci95.is_none() || pair.significant,
            },
            None => {
                let of_b = match metric {
                    COMPLETED_SHARE => b.answered_share(),
                    _ => b.response_time_seconds.p99.unwrap_or(value),
                };
                Difference {
                    value: of_b - value,
                    half: None,
                    real: true,
                }
            }
        }
    }

    /// What else there is; `between`: it ranks between the two that were told.
    fn others(&self, others: &[&StrategyResult], between: bool) -> Option<String> {
        let place = if between { "In between" } else { "Beside them" };
        let told = |result: &StrategyResult, verb: &str| {
            let name = self.labels.quoted(result);
            let share = share_of(result);
            match result.response_time_seconds.p99 {
                Some(p99) => format!("{name} {verb}{share} with a p99 of {}", duration(p99)),
                None => format!("{name} {verb}{share}"),
            }
        };
        match others {
            [] => None,
            [only] => Some(format!("{place}, {}.", told(only, "answers "))),
            [a, b] => Some(format!(
                "{place}, {} and {}.",
                told(a, "answers "),
                told(b, "")
            )),
            many => {
                let by_share = |a: &&&StrategyResult, b: &&&StrategyResult| {
                    a.answered_share().total_cmp(&b.answered_share())
                };
                let least = share_of(many.iter().min_by(by_share)?);
                let most = share_of(many.iter().max_by(by_share)?);
                let n = many.len();
                Some(if least == most {
                    format!("The other {n} answer {most} each.")
                } else {
                    format!("The other {n} answer between {least} and {most}.")
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::MEAN_RESPONSE;
    use crate::probe::Failed;
    use crate::report::testing::{compared, empty, outcome, varied};
    use proptest::prelude::*;

    #[test]
    fn without_variants_and_incidents_there_is_nothing_to_tell() {
        assert_eq!(story(&outcome()), Vec::<String>::new());
        assert_eq!(story(&empty()), Vec::<String>::new());
    }

    #[test]
    fn the_worst_first_then_what_the_best_did_with_the_same_requests() {
        assert_eq!(
            story(&varied()),
            [
                "“without a budget” answers 62.8 % of the requests (most of the others time out), makes 3.42 \
                 attempts per request, never recovers and takes 4.61 s at p99 where “with a budget” takes 460 ms.",
                "“with a budget” answers 37.2 ± 0.9 points more of the same requests, makes 1.04 attempts per request \
                 and takes 2.10 s to recover."
            ]
        );
    }

    #[test]
    fn where_as_many_are_answered_the_p99_is_told() {
        let mut outcome = varied();
        let [worst, best] = &mut outcome.results[..] else {
            panic!("two")
        };
        (worst.completed, worst.failed) = (worst.requests, Failed::default());
        (worst.incidents, best.incidents) = (None, None);
        outcome.comparisons = compared(&outcome, P99_RESPONSE, -4.15, Some(0.2));
        let told = story(&outcome);
        assert_eq!(
            told,
            [
                "“without a budget” answers all requests and takes 4.61 s at p99 where “with a budget” takes 460 ms.",
                "“with a budget” answers as many of the same requests and has a p99 of 460 ms, where that of \
                 “without a budget” is 10 times as long."
            ]
        );
        outcome.comparisons = compared(&outcome, P99_RESPONSE, -4.15, Some(5.0));
        let told = story(&outcome);
        assert!(
            told[1].ends_with("and has no significantly other p99 than “without a budget”."),
            "{told:?}"
        );
    }

    #[test]
    fn a_shorter_mean_may_have_the_longer_p99() {
        let mut outcome = varied();
        let results = &mut outcome.results;
        (results[0].completed, results[0].failed) = (results[0].requests, Failed::default());
        results[1].response_time_seconds.p99 = Some(9.22);
        outcome.comparisons = compared(&outcome, MEAN_RESPONSE, -0.9, Some(0.1));
        outcome
            .comparisons
            .extend(compared(&outcome, P99_RESPONSE, 4.61, Some(0.2)));
        let told = story(&outcome);
        assert!(
            told[1].contains("has a p99 that is 2 times as long as that of “without a budget”"),
            "{told:?}"
        );
    }

    #[test]
    fn three_of_which_two_answer_as_many_are_told_apart_by_their_p99() {
        let mut outcome = varied();
        let [worst, best] = &mut outcome.results[..] else {
            panic!("two")
        };
        worst.failed = Failed {
            timeout: 10,
            ..Failed::default()
        };
        worst.completed = worst.requests - 10;
        let incidents = worst.incidents.as_mut().expect("incidents");
        (
            incidents.unrecovered_replications,
            incidents.unclear_replications,
        ) = (0, 10);
        let mut third = best.clone();
        third.variant = Some("with a deadline".to_string());
        third.response_time_seconds.mean = Some(0.2);
        outcome.results.push(third);
        outcome.comparisons = compared(&outcome, COMPLETED_SHARE, 0.0001, Some(0.00001));
        let told = story(&outcome);
        assert_eq!(
            told,
            [
                "“without a budget” answers all but 10 of 100,000 requests (the others time out), makes 3.42 attempts \
                 per request, had not recovered when requests ended and takes 4.61 s at p99 where “with a budget” \
                 takes 460 ms.",
                "“with a budget” answers as many of the same requests, makes 1.04 attempts per request, takes 2.10 s \
                 to recover and has a p99 of 460 ms, where that of “without a budget” is 10 times as long.",
                "In between, “with a deadline” answers 100 % with a p99 of 460 ms."
            ]
        );
    }

    #[test]
    fn there_are_three_sentences_at_most() {
        let mut outcome = varied();
        for (at, share) in [70_000, 80_000, 90_000].into_iter().enumerate() {
            let mut another = outcome.results[1].clone();
            another.variant = Some(format!("v{at}"));
            another.completed = share;
            another.failed.timeout = another.requests - share;
            outcome.results.push(another);
            let told = story(&outcome);
            assert_eq!(told.len(), 3);
            let expected = [
                "In between, “v0” answers 70.0 % with a p99 of 460 ms.",
                "In between, “v1” answers 80.0 % with a p99 of 460 ms and “v0” 70.0 % with a p99 of 460 ms.",
                "The other 3 answer between 70.0 % and 90.0 %.",
            ];
            assert_eq!(told[2], expected[at]);
        }
    }

    #[test]
    fn one_result_is_told_alone_and_unknown_numbers_not_at_all() {
        let mut outcome = varied();
        outcome.results.truncate(1);
        outcome.results[0].response_time_seconds.p99 = None;
        assert_eq!(
            story(&outcome),
            [
                "“without a budget” answers 62.8 % of the requests (most of the others time out), makes 3.42 attempts \
                 per request and never recovers."
            ]
        );
        outcome.results[0].variant = None;
        assert!(story(&outcome)[0].starts_with("two-choices answers 62.8 %"));
    }

    #[test]
    fn one_replication_tells_its_difference_without_an_interval() {
        let mut outcome = varied();
        outcome.comparisons[0].ci95 = None;
        outcome.comparisons[0].significant = false;
        let told = story(&outcome);
        assert!(told[1].contains("answers 37.2 points more of"), "{told:?}");
    }

    #[test]
    fn a_variant_is_held_against_its_own_strategy() {
        let mut outcome = varied();
        let mut other = outcome.results[1].clone();
        other.strategy = "random".to_string();
        other.response_time_seconds.mean = Some(1e-6);
        outcome.results.push(other);
        let told = story(&outcome);
        assert!(
            told[1].starts_with("“with a budget” under two-choices answers 37.2"),
            "{told:?}"
        );
        assert!(
            told[2].starts_with("Beside them, “with a budget” under random answers 100 %"),
            "{told:?}"
        );
    }

    #[test]
    fn verdicts_have_a_name_where_there_are_several() {
        let mut outcome = varied();
        let alone = verdicts(&outcome);
        assert_eq!(
            alone,
            ["without a budget: It stays bad after the fault is gone."]
        );
        if let Some(incidents) = &mut outcome.results[1].incidents {
            incidents.verdict = "It recovered.".to_string();
        }
        let both = verdicts(&outcome);
        assert_eq!(
            both,
            [
                "without a budget: It stays bad after the fault is gone.",
                "with a budget: It recovered."
            ]
        );
        outcome.results.truncate(1);
        assert_eq!(
            verdicts(&outcome),
            ["It stays bad after the fault is gone."]
        );
    }

    /// Whatever two results are like, they are all ranked, and what is told of them is told in sentences.
    fn told(
        shares: [u64; 2],
        refused: u64,
        p99: [Option<f64>; 2],
        attempts: f64,
        recovery: (u32, u32, Option<f64>),
        (difference, ci95): (f64, Option<f64>),
    ) -> Result<(), TestCaseError> {
        let mut outcome = varied();
        for ((result, completed), p99) in outcome.results.iter_mut().zip(shares).zip(p99) {
            let failed = result.requests - completed;
            result.completed = completed;
            result.failed = Failed {
                timeout: failed - failed.min(refused),
                refused: failed.min(refused),
                ..Failed::default()
            };
            result.response_time_seconds.p99 = p99;
            let incidents = result.incidents.as_mut().expect("incidents");
            incidents.attempts_per_request = attempts;
            (
                incidents.unrecovered_replications,
                incidents.unclear_replications,
                incidents.recovery_seconds,
            ) = recovery;
        }
        outcome.comparisons = compared(&outcome, COMPLETED_SHARE, difference, ci95);
        prop_assert_eq!(ranked(&outcome).len(), 2);
        let told = story(&outcome);
        prop_assert_eq!(told.len(), 2);
        for sentence in told {
            let clean = ["NaN", "inf", "  ", " .", " ,", "..", "()"];
            let unclean = clean.iter().find(|never| sentence.contains(**never));
            prop_assert!(unclean.is_none() && sentence.ends_with('.'), "{}", sentence);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_two_results_are_told_in_whole_sentences(
            shares in [0u64..=100_000, 0u64..=100_000],
            refused in 0u64..=100_000,
            p99 in [proptest::option::of(0.0..1e6), proptest::option::of(1e-9..1.0)],
            attempts in prop_oneof![0.0..20.0, Just(f64::NAN), Just(f64::INFINITY)],
            recovery in (0u32..=5, 0u32..=5, proptest::option::of(0.0..1e4)),
            difference in (-1.0..1.0, proptest::option::of(0.0..1.0)),
        ) {
            told(shares, refused, p99, attempts, recovery, difference)?;
        }
    }
}
