//! One row for each strategy, for spreadsheets and data frames.

use super::Echo;
use crate::outcome::{Incidents, Outcome, StrategyResult};

/// A heading, with its unit, and what stands below it. Empty: unknown.
type Column = (&'static str, fn(&StrategyResult) -> String);

const COLUMNS: [Column; 36] = [
    ("strategy", |r| r.strategy.clone()),
    ("replications", |r| r.replications.to_string()),
    ("requests", |r| r.requests.to_string()),
    ("warmup_discarded", |r| r.warmup_discarded.to_string()),
    ("settled", |r| r.settled.to_string()),
    ("completed", |r| r.completed.to_string()),
    ("failed_timeout", |r| r.failed.timeout.to_string()),
    ("failed_refused", |r| r.failed.refused.to_string()),
    ("failed_no_backend", |r| r.failed.no_backend.to_string()),
    ("failed_unreachable", |r| r.failed.unreachable.to_string()),
    ("failed_reset", |r| r.failed.reset.to_string()),
    ("failed_error", |r| r.failed.error.to_string()),
    ("failed_shed", |r| r.failed.shed.to_string()),
    ("failed_exhausted", |r| r.failed.exhausted.to_string()),
    ("duration_seconds", |r| number(r.duration_seconds)),
    ("throughput_per_second", |r| number(r.throughput_per_second)),
    ("response_time_mean_seconds", |r| {
        known(r.response_time_seconds.mean)
    }),
    ("response_time_mean_ci95_seconds", |r| {
        known(r.response_time_seconds.mean_ci95)
    }),
    ("response_time_p50_seconds", |r| {
        known(r.response_time_seconds.p50)
    }),
    ("response_time_p90_seconds", |r| {
        known(r.response_time_seconds.p90)
    }),
    ("response_time_p95_seconds", |r| {
        known(r.response_time_seconds.p95)
    }),
    ("response_time_p99_seconds", |r| {
        known(r.response_time_seconds.p99)
    }),
    ("response_time_p99_ci95_seconds", |r| {
        known(r.response_time_seconds.p99_ci95)
    }),
    ("response_time_p999_seconds", |r| {
        known(r.response_time_seconds.p999)
    }),
    ("response_time_max_seconds", |r| {
        known(r.response_time_seconds.max)
    }),
    ("wait_time_mean_seconds", |r| {
        known(r.wait_time_seconds.mean)
    }),
    ("wait_time_mean_ci95_seconds", |r| {
        known(r.wait_time_seconds.mean_ci95)
    }),
    ("wait_time_p99_seconds", |r| known(r.wait_time_seconds.p99)),
    ("jain", |r| number(r.fairness.jain)),
    ("max_over_mean", |r| number(r.fairness.max_over_mean)),
    ("max_share_error", |r| number(r.fairness.max_share_error)),
    ("backends", |r| r.backends.len().to_string()),
    ("utilization_mean", |r| known(mean_utilization(r))),
    ("utilization_max", |r| known(max_utilization(r))),
    ("events", |r| r.events.to_string()),
    ("trace_hash", |r| r.trace_hash.clone()),
];

/// A heading, and what stands below it where a result has incidents.
type IncidentsColumn = (&'static str, fn(&Incidents) -> String);

/// They are there if any result has incidents.
const INCIDENTS: [IncidentsColumn; 22] = [
    ("attempts", |i| i.attempts.to_string()),
    ("attempts_per_request", |i| number(i.attempts_per_request)),
    ("retries", |i| i.retries.to_string()),
    ("retries_denied", |i| i.retries_denied.to_string()),
    ("hedges", |i| i.hedges.to_string()),
    ("hedges_won", |i| i.hedges_won.to_string()),
    ("lost", |i| i.lost.to_string()),
    ("wasted_seconds", |i| number(i.wasted_seconds)),
    ("wasted_share", |i| number(i.wasted_share)),
    ("probes", |i| i.probes.to_string()),
    ("ejections", |i| i.ejections.to_string()),
    ("breaker_openings", |i| i.breaker_openings.to_string()),
    ("workers_started", |i| i.workers_started.to_string()),
    ("workers_crashed", |i| i.workers_crashed.to_string()),
    ("workers_recycled", |i| i.workers_recycled.to_string()),
    ("workers_given_up", |i| i.workers_given_up.to_string()),
    ("mean_workers", |i| number(i.mean_workers)),
    ("recovery_seconds", |i| known(i.recovery_seconds)),
    ("recovery_seconds_max", |i| known(i.recovery_seconds_max)),
    ("unrecovered_replications", |i| {
        i.unrecovered_replications.to_string()
    }),
    ("unclear_replications", |i| {
        i.unclear_replications.to_string()
    }),
    ("verdict", |i| i.verdict.clone()),
];

/// The results in the order they were asked for; seed, version and whether the run was interrupted in each row.
/// The variant comes first where there are any.
pub fn csv(echo: &Echo, outcome: &Outcome) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let seed = echo.seed.to_string();
    let interrupted = outcome.interrupted.to_string();
    let any = |has: fn(&StrategyResult) -> bool| outcome.results.iter().any(has);
    let variant = any(|result| result.variant.is_some());
    let incidents: &[_] = match any(|result| result.incidents.is_some()) {
        true => &INCIDENTS,
        false => &[],
    };
    let first = variant.then_some("variant");
    let heads = first
        .into_iter()
        .chain(COLUMNS.iter().map(|(head, _)| *head));
    let heads = heads.chain(incidents.iter().map(|(head, _)| *head));
    let written = writer
        .write_record(heads.chain(["seed", "version", "interrupted"]))
        .and_then(|()| {
            outcome.results.iter().try_for_each(|result| {
                let first = variant.then(|| result.variant.clone().unwrap_or_default());
                let cells = COLUMNS.iter().map(|(_, cell)| cell(result));
                let went_wrong = incidents.iter().map(|(_, cell)| {
                    let incidents = result.incidents.as_ref();
                    incidents.map_or_else(String::new, cell)
                });
                let about = [seed.clone(), echo.version.clone(), interrupted.clone()];
                let cells = first.into_iter().chain(cells).chain(went_wrong);
                writer.write_record(cells.chain(about))
            })
        });
    written.expect("memory takes all, and every row has all columns");
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("made of strings")
}

/// The shortest digits that read back as the same number.
fn number(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}

fn known(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

fn mean_utilization(result: &StrategyResult) -> Option<f64> {
    let sum: f64 = result
        .backends
        .iter()
        .map(|backend| backend.utilization)
        .sum();
    (!result.backends.is_empty()).then(|| sum / result.backends.len() as f64)
}

fn max_utilization(result: &StrategyResult) -> Option<f64> {
    result
        .backends
        .iter()
        .map(|backend| backend.utilization)
        .reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{echo, empty, outcome, unknown, varied};
    use std::collections::BTreeMap;

    fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().map(Result::unwrap).collect()
    }

    #[test]
    fn a_row_has_what_a_result_has() {
        let outcome = outcome();
        let rows = rows(&csv(&echo(), &outcome));
        assert_eq!(rows.len(), outcome.results.len());
        let (row, result) = (&rows[0], &outcome.results[0]);
        assert_eq!(row["strategy"], result.strategy);
        assert_eq!(
            row["response_time_mean_seconds"].parse(),
            Ok(result.response_time_seconds.mean.unwrap())
        );
        assert_eq!((&*row["seed"], &*row["version"]), ("7", "0.1.0"));
    }

    #[test]
    fn variants_and_incidents_have_columns() {
        let text = csv(&echo(), &varied());
        assert!(text.starts_with("variant,strategy,"), "{text}");
        let rows = rows(&text);
        assert_eq!(rows[0]["variant"], "without a budget");
        assert_eq!(rows[0]["attempts_per_request"], "3.42");
        assert_eq!(
            (&*rows[0]["recovery_seconds"], &*rows[1]["recovery_seconds"]),
            ("", "2.1")
        );
        assert!(!csv(&echo(), &outcome()).contains("attempts"));
    }

    #[test]
    fn what_is_unknown_is_empty() {
        let row = &rows(&csv(&echo(), &unknown()))[0];
        assert_eq!(row["response_time_mean_seconds"], "");
        assert_eq!(row["throughput_per_second"], "");
    }

    #[test]
    fn without_results_there_are_headings() {
        assert_eq!(csv(&echo(), &empty()).lines().count(), 1);
    }

    #[test]
    fn commas_and_quotes_are_quoted() {
        let mut outcome = outcome();
        outcome.results[0].strategy = "a,\"b\"".to_string();
        let text = csv(&echo(), &outcome);
        assert!(text.contains("\r\n\"a,\"\"b\"\"\","), "{text}");
        assert_eq!(rows(&text)[0]["strategy"], "a,\"b\"");
    }
}
