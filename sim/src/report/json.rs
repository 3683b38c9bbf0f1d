//! The result as one JSON object, for programs.

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::io;

use super::{Echo, story};
use crate::outcome::{Comparison, Outcome, StrategyResult};

/// What a reader checks first; a change of what keys mean would raise it.
pub(super) const SCHEMA: u32 = 1;

/// Members this deep have a line each, what is deeper stays on its line: 10,000 backends make one line.
const DEPTH_OF_LINES: usize = 3;

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    version: &'a str,
    seed: u64,
    scenario: &'a Value,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    story: Vec<String>,
    notes: &'a [String],
    results: &'a [StrategyResult],
    comparisons: &'a [Comparison],
}

/// The whole outcome but for the distributions and single requests, which pictures show.
pub fn json(echo: &Echo, outcome: &Outcome) -> String {
    let report = Report {
        schema: SCHEMA,
        version: &echo.version,
        seed: echo.seed,
        scenario: &echo.scenario,
        interrupted: outcome.interrupted,
        story: story(outcome),
        notes: &outcome.notes,
        results: &outcome.results,
        comparisons: &outcome.comparisons,
    };
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Lines::default());
    report
        .serialize(&mut serializer)
        .expect("strings, numbers and lists always serialize, and memory takes all");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// One line for each member down to [`DEPTH_OF_LINES`].
#[derive(Default)]
struct Lines {
    depth: usize,
    /// Whether the container that ends next has members.
    filled: bool,
}

impl Lines {
    fn open<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        let on_lines = self.filled && self.depth <= DEPTH_OF_LINES;
        self.depth -= 1;
        if on_lines {
            self.line(writer)?;
        }
        self.filled = true;
        writer.write_all(bracket)
    }

    fn member<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        match (self.depth <= DEPTH_OF_LINES, first) {
            (true, _) => self.line(writer),
            (false, true) => Ok(()),
            (false, false) => writer.write_all(b" "),
        }
    }

    fn line<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.member(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.member(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{echo, empty, outcome, unknown, varied};
    use std::collections::BTreeSet;

    /// CONTRACT's object, and what is added to it.
    const PROMISED: &str = r#"{ "schema": 1, "version": "0.1.0", "seed": 1, "scenario": { },
        "results": [ { "strategy": "weighted",
            "requests": 1000000, "warmup_discarded": 0, "completed": 1000000,
            "failed": { "timeout": 0, "refused": 0, "no_backend": 0, "unreachable": 0, "reset": 0, "error": 0,
                "shed": 0, "exhausted": 0 },
            "duration_seconds": 0.0, "throughput_per_second": 0.0,
            "response_time_seconds": { "mean": 0.0, "mean_ci95": 0.0, "p50": 0.0, "p90": 0.0, "p95": 0.0,
                "p99": 0.0, "p99_ci95": 0.0, "p999": 0.0, "max": 0.0 },
            "wait_time_seconds": { "mean": 0.0, "mean_ci95": 0.0, "p99": 0.0 },
            "fairness": { "jain": 1.0, "max_over_mean": 1.0, "max_share_error": 0.0 },
            "backends": [ { "id": 0, "weight": 1.0, "speed": 1.0, "requests": 0, "share": 0.0,
                "utilization": 0.0, "mean_in_system": 0.0 } ],
            "events": 0, "trace_hash": "hex",
            "replications": 10, "settled": true } ],
        "comparisons": [ { "metric": "response_time_seconds.mean", "a": "random", "b": "weighted",
            "difference": 0.0, "ci95": 0.0, "significant": true } ],
        "notes": [] }"#;

    /// Every key with the keys above it.
    fn paths(value: &Value, above: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(key, value)| {
                let path = format!("{above}.{key}");
                found.insert(path.clone());
                if path != ".scenario" {
                    paths(value, &path, found);
                }
            }),
            Value::Array(all) => all.iter().for_each(|value| paths(value, above, found)),
            _ => {}
        }
    }

    fn keys(text: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        paths(&serde_json::from_str(text).unwrap(), "", &mut found);
        found
    }

    #[test]
    fn it_has_the_promised_keys() {
        assert_eq!(keys(&json(&echo(), &outcome())), keys(PROMISED));
    }

    #[test]
    fn variants_and_incidents_add_keys() {
        let (found, promised) = (keys(&json(&echo(), &varied())), keys(PROMISED));
        let added: Vec<&String> = found.difference(&promised).collect();
        let incidents = added.iter().filter(|key| key.contains(".incidents."));
        assert_eq!(incidents.count(), 22);
        for key in [
            ".story",
            ".results.variant",
            ".results.incidents",
            ".comparisons.a_variant",
            ".comparisons.b_variant",
        ] {
            assert!(added.iter().any(|added| *added == key), "{key}: {added:?}");
        }
        assert_eq!(added.len(), 22 + 5);
    }

    #[test]
    fn only_an_interrupted_run_says_so() {
        let interrupted = Outcome {
            interrupted: true,
            ..outcome()
        };
        let value: Value = serde_json::from_str(&json(&echo(), &interrupted)).unwrap();
        assert_eq!(value["interrupted"], Value::Bool(true));
    }

    #[test]
    fn what_is_unknown_is_null() {
        let value: Value = serde_json::from_str(&json(&echo(), &unknown())).unwrap();
        assert_eq!(
            value["results"][0]["response_time_seconds"]["mean"],
            Value::Null
        );
        assert_eq!(value["results"][0]["throughput_per_second"], Value::Null);
    }

    #[test]
    fn lines_end_where_a_reader_looks() {
        assert_eq!(
            json(&echo(), &empty()),
            "{\n  \"schema\": 1,\n  \"version\": \"0.1.0\",\n  \"seed\": 7,\n  \"scenario\": {\n    \
             \"fleet\": {\n      \"weights\": [1, 2, 3]\n    }\n  },\n  \"notes\": [],\n  \
             \"results\": [],\n  \"comparisons\": []\n}\n"
        );
    }
}
