//! What a result did, in clauses whose subject is the result.

use crate::outcome::{Incidents, StrategyResult};
use crate::probe::{Failed, Failure};
use crate::report::units::{count, decimals, duration, significant};

/// Why requests failed, as is said of one and of many.
const REASONS: [(Failure, &str, &str); Failure::COUNT] = [
    (Failure::Timeout, "times out", "time out"),
    (Failure::Refused, "is refused", "are refused"),
    (Failure::NoBackend, "finds no backend", "find no backend"),
    (Failure::Unreachable, "reaches nobody", "reach nobody"),
    (Failure::Reset, "is cut off", "are cut off"),
    (Failure::Error, "gets an error", "get errors"),
    (Failure::Shed, "is turned away", "are turned away"),
    (Failure::Exhausted, "gets no slot", "get no slot"),
];

/// More attempts per request than this are worth a word.
const MORE_ATTEMPTS: f64 = 1.01;
/// So few failures are counted, more are a share.
const FEW: f64 = 1e-3;

/// What became of the requests.
pub(super) fn answered(result: &StrategyResult) -> String {
    let failed = result.requests.saturating_sub(result.completed);
    let share = failed as f64 / result.requests.max(1) as f64;
    let answered = match (result.requests, failed) {
        (0, _) => return "is sent no request".to_string(),
        (_, 0) => return "answers all requests".to_string(),
        (requests, failed) if requests == failed => "answers no request".to_string(),
        (requests, failed) if share < FEW => {
            format!(
                "answers all but {} of {} requests",
                count(failed),
                count(requests)
            )
        }
        _ => format!("answers {} of the requests", share_of(result)),
    };
    match reason(&result.failed, result.completed == 0) {
        Some(reason) => format!("{answered} ({reason})"),
        None => answered,
    }
}

/// Why most of those that failed did; `all`: nobody was answered.
fn reason(failed: &Failed, all: bool) -> Option<String> {
    let total = failed.total();
    // Of equals the first.
    let (leading, one, many) = REASONS
        .iter()
        .rev()
        .map(|(reason, one, many)| (failed.of(*reason), one, many))
        .max_by_key(|(leading, ..)| *leading)
        .filter(|(leading, ..)| *leading > 0)?;
    Some(match (leading == total, all) {
        (true, _) if total == 1 => format!("it {one}"),
        (true, true) => format!("all {many}"),
        (true, false) => format!("the others {many}"),
        (false, true) if 2 * leading > total => format!("most {many}"),
        (false, false) if 2 * leading > total => format!("most of the others {many}"),
        (false, true) => format!("most often they {many}"),
        (false, false) => format!("the others most often {many}"),
    })
}

/// The share answered, with as many digits as tell it from all and from nothing.
pub(super) fn share_of(result: &StrategyResult) -> String {
    let share = 100.0 * result.answered_share();
    if share == 0.0 || share == 100.0 {
        return format!("{share:.0} %");
    }
    let places = decimals(100.0 - share, 2)
        .max(decimals(share, 2))
        .clamp(1, 6);
    format!("{share:.places$} %")
}

/// How much more was tried, and whether all was well again afterwards.
pub(super) fn of_incidents(result: &StrategyResult) -> Vec<String> {
    let Some(incidents) = &result.incidents else {
        return Vec::new();
    };
    let attempts = incidents.attempts_per_request;
    let more = attempts > MORE_ATTEMPTS && attempts.is_finite();
    let attempts = more.then(|| format!("makes {} attempts per request", significant(attempts, 3)));
    attempts
        .into_iter()
        .chain(recovery(incidents, result.replications, resolution(result)))
        .collect()
}

/// What is less than this is no time, as far as was looked: how long an interval is, in seconds.
fn resolution(result: &StrategyResult) -> f64 {
    let interval = result.series().map(|series| series.interval());
    interval.map_or(0.0, |interval| interval.as_seconds())
}

fn recovery(incidents: &Incidents, replications: u32, resolution: f64) -> Option<String> {
    let unclear = incidents.unclear_replications;
    let bad = incidents.unrecovered_replications + unclear;
    match (bad, incidents.recovery_seconds) {
        (0, None) => None,
        (0, Some(seconds)) if seconds == 0.0 || seconds < resolution => {
            Some("recovers at once".to_string())
        }
        (0, Some(seconds)) => Some(format!("takes {} to recover", duration(seconds))),
        // If it is too early to say of one that it never does, it is not said of any.
        (bad, _) if unclear > 0 => Some(match bad >= replications {
            true => "had not recovered when requests ended".to_string(),
            false => {
                format!("had not recovered in {bad} of {replications} runs when requests ended")
            }
        }),
        (bad, _) if bad >= replications => Some("never recovers".to_string()),
        (bad, _) => Some(format!("does not recover in {bad} of {replications} runs")),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(clauses: &[String]) -> String {
    match clauses {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::result;

    #[test]
    fn none_one_and_many_failures_are_told_apart() {
        let mut one = result("random", 1.0, &[1.0]);
        let mut told = |timeout, refused| {
            one.failed = Failed {
                timeout,
                refused,
                ..Failed::default()
            };
            one.completed = one.requests - one.failed.total();
            answered(&one)
        };
        assert_eq!(told(0, 0), "answers all requests");
        assert_eq!(
            told(1, 0),
            "answers all but 1 of 100,000 requests (it times out)"
        );
        assert_eq!(
            told(12, 0),
            "answers all but 12 of 100,000 requests (the others time out)"
        );
        assert_eq!(
            told(150, 0),
            "answers 99.85 % of the requests (the others time out)"
        );
        assert_eq!(
            told(10_000, 20_000),
            "answers 70.0 % of the requests (most of the others are refused)"
        );
        assert_eq!(
            told(10_000, 10_000),
            "answers 80.0 % of the requests (the others most often time out)"
        );
        assert_eq!(told(0, 100_000), "answers no request (all are refused)");
        assert_eq!(
            told(40_000, 60_000),
            "answers no request (most are refused)"
        );
        one.requests = 0;
        assert_eq!(answered(&one), "is sent no request");
    }

    #[test]
    fn a_failure_without_a_known_reason_is_told_without_one() {
        let mut one = result("random", 1.0, &[1.0]);
        one.completed = one.requests / 2;
        assert_eq!(answered(&one), "answers 50.0 % of the requests");
    }

    #[test]
    fn recovery_is_told_by_how_many_runs_got_there() {
        let told = |(unrecovered_replications, unclear_replications), recovery_seconds| {
            let incidents = Incidents {
                unrecovered_replications,
                unclear_replications,
                recovery_seconds,
                ..Incidents::default()
            };
            recovery(&incidents, 10, 0.2).unwrap_or_default()
        };
        assert_eq!(told((0, 0), None), "");
        assert_eq!(told((0, 0), Some(0.0)), "recovers at once");
        assert_eq!(told((0, 0), Some(0.19)), "recovers at once");
        assert_eq!(told((0, 0), Some(0.2)), "takes 200 ms to recover");
        assert_eq!(told((0, 0), Some(2.1)), "takes 2.10 s to recover");
        assert_eq!(told((3, 0), Some(2.1)), "does not recover in 3 of 10 runs");
        assert_eq!(told((10, 0), None), "never recovers");
        let some = "had not recovered in 3 of 10 runs when requests ended";
        assert_eq!(told((0, 3), Some(2.1)), some);
        assert_eq!(told((2, 1), Some(2.1)), some);
        let all = "had not recovered when requests ended";
        assert_eq!(told((0, 10), None), all);
        assert_eq!(told((6, 4), None), all);
    }
}
