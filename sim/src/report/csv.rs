//! One row for each strategy, for spreadsheets and data frames.

use super::Echo;
use crate::outcome::{Outcome, StrategyResult};

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

/// The results in the order they were asked for; seed, version and whether the run was interrupted in each row.
pub fn csv(echo: &Echo, outcome: &Outcome) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let seed = echo.seed.to_string();
    let interrupted = outcome.interrupted.to_string();
    let heads = COLUMNS.iter().map(|(head, _)| *head);
    let written = writer
        .write_record(heads.chain(["seed", "version", "interrupted"]))
        .and_then(|()| {
            outcome.results.iter().try_for_each(|result| {
                let cells = COLUMNS.iter().map(|(_, cell)| cell(result));
                let about = [seed.clone(), echo.version.clone(), interrupted.clone()];
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
    use crate::report::testing::{echo, empty, outcome, unknown};
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
