//! Results over time: as CSV, as JSON, and whether the system recovered, in a sentence.

use serde_json::Value;

use policy::time::Instant;

use super::Echo;
use super::json::SCHEMA;
use super::label::Labels;
use super::units::{duration, percent};
use crate::fault::Trigger;
use crate::outcome::{Outcome, StrategyResult};
use crate::probe::{Failure, Gauge, Point, Series, Verdict};

/// What a page shows of the time a run took.
#[derive(Clone, Debug, Default)]
pub struct OverTime<'a> {
    /// Each strategy, or the same one with and without something, by name and in the order of its colours.
    pub series: Vec<(String, &'a Series)>,
    /// What troubled them.
    pub triggers: Vec<Window>,
}

impl OverTime<'_> {
    /// Whatever was recorded over time.
    pub fn of(outcome: &Outcome) -> OverTime<'_> {
        let labels = Labels::of(outcome);
        let named = |result| Some((labels.text(result), StrategyResult::series(result)?));
        let seconds = |at: Instant| (at - Instant::ZERO).as_seconds();
        let window = |trigger: &Trigger| {
            let ends = trigger.ends.map(seconds);
            (trigger.name.clone(), seconds(trigger.begins), ends)
        };
        OverTime {
            series: outcome.results.iter().filter_map(named).collect(),
            triggers: outcome.triggers.iter().map(window).collect(),
        }
    }

    /// The series as [`series_csv`] and the others take them.
    pub fn named(&self) -> Vec<(&str, &Series)> {
        let series = self.series.iter();
        series
            .map(|(name, series)| (name.as_str(), *series))
            .collect()
    }
}

/// What troubled the system: its name, and from when until when in seconds; `None`, if it did not end.
pub type Window = (String, f64, Option<f64>);

type Column = (String, Box<dyn Fn(&Point) -> Option<f64>>);

fn column(head: &str, of: impl Fn(&Point) -> Option<f64> + 'static) -> Column {
    (head.to_string(), Box::new(of))
}

/// All but the variant's name. `None`: unknown.
fn columns() -> Vec<Column> {
    let mut all = vec![
        column("start_seconds", |p| Some(p.start_seconds())),
        column("length_seconds", |p| Some(p.length.0 as f64 / 1e9)),
        column("replications", |p| Some(p.replications)),
        column("arrivals_per_second", |p| Some(p.arrivals_per_second)),
        column("goodput_per_second", |p| Some(p.goodput_per_second)),
        column("attempts_per_second", |p| Some(p.attempts_per_second)),
    ];
    all.extend(Failure::ALL.map(|failure| {
        let head = format!("failed_{}_per_second", failure.name());
        column(&head, move |p| Some(p.failed_per_second[failure as usize]))
    }));
    all.extend([
        column("answered_share", |p| p.answered_share),
        column("mean_seconds", |p| p.mean_seconds),
        column("p50_seconds", |p| p.p50_seconds),
        column("p99_seconds", |p| p.p99_seconds),
        column("wasted_servers", |p| Some(p.wasted_servers)),
    ]);
    all.extend(Gauge::ALL.map(|gauge| column(gauge.name(), move |p| Some(p.gauge(gauge)))));
    all
}

/// A row for each interval, one variant after the other. Empty: unknown.
pub fn series_csv(series: &[(&str, &Series)]) -> String {
    let columns = columns();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let heads = columns.iter().map(|(head, _)| head.as_str());
    let mut written = writer.write_record(["variant"].into_iter().chain(heads));
    for (name, series) in series {
        for point in series.points() {
            let cells = columns.iter().map(|(_, of)| {
                let value = of(&point).filter(|value| value.is_finite());
                value.map_or_else(String::new, |value| value.to_string())
            });
            let row = [name.to_string()].into_iter().chain(cells);
            written = written.and_then(|()| writer.write_record(row));
        }
    }
    written.expect("memory takes all, and every row has all columns");
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("made of strings")
}

/// What it was made by, and the columns of [`series_csv`], each an array on a line of its own. `null`: unknown.
pub fn series_json(echo: &Echo, series: &[(&str, &Series)]) -> String {
    let points = series.iter().map(|(name, series)| (*name, series.points()));
    let points: Vec<(&str, Vec<Point>)> = points.collect();
    let rows = || {
        points
            .iter()
            .flat_map(|(name, points)| points.iter().map(move |point| (*name, point)))
    };
    let names: Value = rows().map(|(name, _)| Value::from(name)).collect();
    let mut lines = vec![
        format!("  \"schema\": {SCHEMA}"),
        format!("  \"version\": {}", Value::from(echo.version.as_str())),
        format!("  \"seed\": {}", echo.seed),
        format!("  \"variant\": {names}"),
    ];
    lines.extend(columns().iter().map(|(head, of)| {
        // What is not finite becomes null.
        let values: Value = rows().map(|(_, point)| Value::from(of(point))).collect();
        format!("  \"{head}\": {values}")
    }));
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// What the verdict means.
pub fn verdict_sentence(verdict: &Verdict) -> String {
    let of_runs = |share: f64| match share {
        1.0 => "every replication".to_string(),
        share => format!("{} of the replications", percent(share)),
    };
    match *verdict {
        Verdict::NothingEnded => {
            "Nothing that troubled it ended while requests were sent, so there was nothing to recover from.".to_string()
        }
        Verdict::Healthy { compared: true } => {
            "It was never in much trouble: no interval lost 5 % more of its requests than is usual, or took three times \
             as long."
                .to_string()
        }
        Verdict::Healthy { compared: false } => {
            "Too little came before the trouble to say what is usual; no interval lost more than 5 % of its requests."
                .to_string()
        }
        Verdict::Recovered { max, .. } if max.0 == 0 => {
            "It recovered as soon as the trouble was over.".to_string()
        }
        Verdict::Recovered { mean, max } if mean == max => {
            format!("It recovered {} after the trouble was over.", duration(mean.as_seconds()))
        }
        Verdict::Recovered { mean, max } => format!(
            "It recovered {} after the trouble was over, on average over the replications, {} at the latest.",
            duration(mean.as_seconds()),
            duration(max.as_seconds())
        ),
        Verdict::Unrecovered { share } => format!(
            "In {} it stayed bad after the trouble was over, for as long as was watched; in the others it recovered.",
            of_runs(share)
        ),
        Verdict::Metastable { share, observed } => format!(
            "Metastable: the trouble was over, and yet in {} the system stayed bad for all of the {} that followed.",
            of_runs(share),
            duration(observed.as_seconds())
        ),
        Verdict::Overloaded => {
            "It stays bad after the trouble was over, and is as bad without it: it has more to do than it can.".to_string()
        }
        Verdict::NotYet { share, observed } => format!(
            "In {} it had not recovered {} after the trouble was over, when requests ended: too early to say whether it \
             would have.",
            of_runs(share),
            duration(observed.as_seconds())
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::time::{Duration, Instant};
    use std::collections::BTreeMap;

    fn series() -> Series {
        let ms = |ms: u64| Instant(ms * 1_000_000);
        let mut series = Series::new(Some(Duration::from_millis(100)));
        series.arrived(ms(10));
        series.attempted(ms(10));
        series.gauge(ms(50), Gauge::InFlight, 1);
        series.failed(ms(110), Failure::NoBackend);
        series.finish(ms(300));
        series
    }

    #[test]
    fn a_row_has_what_an_interval_has() {
        let (a, b) = (series(), series());
        let text = series_csv(&[("a,1", &a), ("b", &b)]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<BTreeMap<String, String>> =
            reader.deserialize().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 6);
        let cells = |row: usize, heads: [&str; 5]| heads.map(|head| rows[row][head].clone());
        assert_eq!(
            cells(
                0,
                [
                    "variant",
                    "start_seconds",
                    "arrivals_per_second",
                    "answered_share",
                    "in_flight"
                ]
            ),
            ["a,1", "0", "10", "0", "0.5"]
        );
        assert_eq!(
            cells(
                4,
                [
                    "variant",
                    "start_seconds",
                    "failed_no_backend_per_second",
                    "answered_share",
                    "p99_seconds"
                ]
            ),
            ["b", "0.1", "10", "", ""]
        );
    }

    #[test]
    fn json_has_the_same_columns_and_numbers() {
        let series = series();
        let both = [("a", &series), ("b", &series)];
        let echo = crate::report::testing::echo();
        let json = series_json(&echo, &both);
        let mut json: BTreeMap<String, Value> = serde_json::from_str(&json).unwrap();
        for (key, value) in [
            ("schema", Value::from(SCHEMA)),
            ("version", echo.version.as_str().into()),
            ("seed", echo.seed.into()),
        ] {
            assert_eq!(json.remove(key), Some(value));
        }
        let csv = series_csv(&both);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let heads = reader.headers().unwrap().clone();
        assert_eq!(heads.len(), json.len());
        for (at, row) in reader.records().map(Result::unwrap).enumerate() {
            for (head, cell) in heads.iter().zip(&row) {
                let value = &json[head][at];
                assert!(
                    value.as_f64() == cell.parse().ok() || value.as_str() == Some(cell),
                    "{head} {value} {cell}"
                );
            }
        }
        assert_eq!(
            serde_json::from_str::<Value>(&series_json(&echo, &[])).unwrap()["p50_seconds"],
            serde_json::json!([])
        );
    }

    #[test]
    fn every_verdict_has_a_sentence() {
        let (mean, max, observed) = (
            Duration::from_millis(120),
            Duration::from_millis(1_500),
            Duration(30_000_000_000),
        );
        let said = [
            (Verdict::NothingEnded, "nothing to recover from"),
            (Verdict::Healthy { compared: true }, "never in much trouble"),
            (Verdict::Overloaded, "as bad without it"),
            (Verdict::Healthy { compared: false }, "to say what is usual"),
            (
                Verdict::Recovered { mean, max },
                "120 ms after the trouble was over, on average over the replications, 1.50 s",
            ),
            (
                Verdict::Recovered { mean: max, max },
                "recovered 1.50 s after",
            ),
            (
                Verdict::Recovered {
                    mean: Duration::ZERO,
                    max: Duration::ZERO,
                },
                "as soon as",
            ),
            (
                Verdict::Unrecovered { share: 0.25 },
                "25.0 % of the replications",
            ),
            (
                Verdict::Metastable {
                    share: 1.0,
                    observed,
                },
                "Metastable: the trouble was over, and yet in every replication",
            ),
            (
                Verdict::NotYet {
                    share: 1.0,
                    observed,
                },
                "30.0 s after",
            ),
        ];
        for (verdict, part) in said {
            let sentence = verdict_sentence(&verdict);
            assert!(
                sentence.contains(part) && sentence.ends_with('.'),
                "{sentence}"
            );
        }
    }
}
