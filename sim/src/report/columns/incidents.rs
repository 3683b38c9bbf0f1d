//! The columns of what went wrong and what was done about it, those that have something to say.

use super::{Column, ratio};
use crate::outcome::{Incidents, StrategyResult};
use crate::report::text::{align_right, clean};
use crate::report::units::{duration, percent, significant};

struct Kind {
    head: &'static str,
    /// For who does not know the heading.
    meaning: &'static str,
    /// Whether it says anything of a result.
    is_worth: fn(&Incidents) -> bool,
    /// What it says, with so many replications.
    text: fn(&Incidents, u32) -> String,
}

const KINDS: [Kind; 4] = [
    Kind {
        head: "attempts/req",
        meaning: "what was sent to backends for a request, retries and hedges included",
        is_worth: |i| i.retries + i.retries_denied + i.hedges > 0 || i.attempts_per_request > 1.0,
        text: |i, _| significant(i.attempts_per_request, 3),
    },
    Kind {
        head: "wasted",
        meaning: "the share of all service that was given for answers nobody waited for",
        is_worth: |i| i.wasted_share > 0.0,
        text: |i, _| match i.wasted_share {
            0.0 => "0 %".to_string(),
            share => percent(share),
        },
    },
    Kind {
        head: RECOVERY,
        meaning: "from the end of the last fault until all was as before",
        is_worth: |i| {
            i.recovery_seconds.is_some() || i.unrecovered_replications + i.unclear_replications > 0
        },
        text: recovery,
    },
    Kind {
        head: "workers",
        meaning: "how many were ready to serve, on average",
        is_worth: |i| {
            i.workers_started + i.workers_crashed + i.workers_recycled + i.workers_given_up > 0
        },
        text: |i, _| significant(i.mean_workers, 3),
    },
];

const RECOVERY: &str = "recovery";

fn recovery(incidents: &Incidents, replications: u32) -> String {
    let unclear = incidents.unclear_replications;
    let bad = incidents.unrecovered_replications + unclear;
    // If it is too early to say it of one, it is not said of any.
    let yet = if unclear > 0 { "not yet" } else { "never" };
    match incidents.recovery_seconds {
        _ if bad > 0 && bad >= replications => yet.to_string(),
        None if bad > 0 => format!("{bad} {yet}"),
        Some(seconds) if bad > 0 => format!("{}, {bad} {yet}", duration(seconds)),
        Some(seconds) => duration(seconds),
        None => "-".to_string(),
    }
}

impl Kind {
    fn is_there(&self, result: &StrategyResult) -> bool {
        result.incidents.as_ref().is_some_and(self.is_worth)
    }

    fn column(&self, results: &[&StrategyResult], unicode: bool) -> Column {
        let text = |result: &StrategyResult| {
            let incidents = result.incidents.as_ref();
            let text = incidents.map(|incidents| (self.text)(incidents, result.replications));
            clean(&text.unwrap_or("-".to_string()), unicode)
        };
        if self.head != RECOVERY {
            return ratio(self.head, results, text);
        }
        // There are words among the times.
        let texts: Vec<String> = results.iter().map(|result| text(result)).collect();
        Column {
            head: self.head,
            cells: align_right(&texts),
        }
    }
}

/// Of `results`, by rank.
pub(super) fn columns(results: &[&StrategyResult], unicode: bool) -> Vec<Column> {
    let there = |kind: &&Kind| results.iter().any(|result| kind.is_there(result));
    let kinds = KINDS.iter().filter(there);
    kinds.map(|kind| kind.column(results, unicode)).collect()
}

/// What the headings mean, of those that are there.
pub(super) fn note(results: &[StrategyResult]) -> Option<String> {
    let there = |kind: &&Kind| results.iter().any(|result| kind.is_there(result));
    let meanings: Vec<String> = KINDS
        .iter()
        .filter(there)
        .map(|kind| format!("{}: {}", kind.head, kind.meaning))
        .collect();
    (!meanings.is_empty()).then(|| format!("{}.", meanings.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::varied;

    #[test]
    fn what_did_not_happen_has_no_column() {
        let mut outcome = varied();
        for result in &mut outcome.results {
            result.incidents = Some(Incidents {
                attempts_per_request: 1.0,
                mean_workers: 4.0,
                ..Incidents::default()
            });
        }
        let heads = |results: &[StrategyResult]| -> Vec<&str> {
            let results: Vec<&StrategyResult> = results.iter().collect();
            let columns = columns(&results, true);
            columns.iter().map(|column| column.head).collect()
        };
        assert_eq!(heads(&outcome.results), [""; 0]);
        assert_eq!(note(&outcome.results), None);
        let incidents = outcome.results[1].incidents.as_mut().unwrap();
        (incidents.workers_crashed, incidents.retries_denied) = (1, 1);
        assert_eq!(heads(&outcome.results), ["attempts/req", "workers"]);
    }

    #[test]
    fn recovery_says_how_many_never_did_and_how_many_not_yet() {
        let text = |(unrecovered_replications, unclear_replications), recovery_seconds| {
            let incidents = Incidents {
                unrecovered_replications,
                unclear_replications,
                recovery_seconds,
                ..Incidents::default()
            };
            recovery(&incidents, 10)
        };
        assert_eq!(text((0, 0), None), "-");
        assert_eq!(text((0, 0), Some(2.1)), "2.10 s");
        assert_eq!(text((2, 0), Some(2.1)), "2.10 s, 2 never");
        assert_eq!(text((2, 0), None), "2 never");
        assert_eq!(text((10, 0), None), "never");
        assert_eq!(text((0, 2), Some(2.1)), "2.10 s, 2 not yet");
        assert_eq!(text((3, 2), Some(2.1)), "2.10 s, 5 not yet");
        assert_eq!(text((0, 10), None), "not yet");
        assert_eq!(text((6, 4), None), "not yet");
    }
}
