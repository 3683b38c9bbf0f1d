//! The text format: OpenMetrics 1.0, or Prometheus 0.0.4 for who does not ask for it.

use std::fmt::{Display, Write};

use hyper::header::HeaderValue;

use crate::stats::{BOUNDS, Distribution};

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Dialect {
    OpenMetrics,
    /// The older format: no units, no end, and a counter's family has the name of its samples.
    Prometheus,
}

impl Dialect {
    /// What an `Accept` asks for.
    pub(in super::super) fn preferred(accept: Option<&HeaderValue>) -> Dialect {
        let accept = accept.and_then(|value| value.to_str().ok());
        match accept.is_some_and(|kinds| kinds.contains("application/openmetrics-text")) {
            true => Dialect::OpenMetrics,
            false => Dialect::Prometheus,
        }
    }

    pub(in super::super) fn content_type(self) -> &'static str {
        match self {
            Dialect::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Dialect::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// What a family holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    /// Facts in labels.
    Info,
}

/// Label names and values. Names are ours; values may be anything.
pub(super) type Labels<'l> = [(&'static str, &'l str)];

/// Which of [`BOUNDS`] are told: 100 us, 250 us, 500 us ... 100 s.
const TOLD: [usize; 19] = told();

const fn told() -> [usize; 19] {
    // Of the twenty of a decade, 1, 2.5 and 5; the first two decades say little of a server.
    let (offsets, per_decade) = ([0, 8, 14], 20);
    let mut told = [0; 19];
    let mut i = 0;
    while i < told.len() {
        told[i] = 2 * per_decade + i / 3 * per_decade + offsets[i % 3];
        i += 1;
    }
    told
}

/// The text, as far as it is written.
pub(super) struct Exposition {
    text: String,
    dialect: Dialect,
}

/// One family, of which samples are written one after the other.
pub(super) struct Family<'e> {
    exposition: &'e mut Exposition,
    name: &'static str,
    kind: Kind,
}

impl Exposition {
    pub(super) fn new(dialect: Dialect) -> Self {
        Exposition {
            text: String::with_capacity(16 * 1024),
            dialect,
        }
    }

    /// Begins the family `evenkeel_NAME`. A name that has a unit ends in it.
    pub(super) fn family(
        &mut self,
        kind: Kind,
        name: &'static str,
        help: &'static str,
    ) -> Family<'_> {
        let (suffix, written) = match (self.dialect, kind) {
            (Dialect::OpenMetrics, kind) => ("", kind.openmetrics()),
            (Dialect::Prometheus, Kind::Counter) => ("_total", "counter"),
            (Dialect::Prometheus, Kind::Info) => ("_info", "gauge"),
            (Dialect::Prometheus, kind) => ("", kind.openmetrics()),
        };
        self.line(format_args!("# TYPE evenkeel_{name}{suffix} {written}"));
        if let (Dialect::OpenMetrics, Some(unit)) = (self.dialect, unit(name)) {
            self.line(format_args!("# UNIT evenkeel_{name} {unit}"));
        }
        self.line(format_args!("# HELP evenkeel_{name}{suffix} {help}"));
        Family {
            exposition: self,
            name,
            kind,
        }
    }

    pub(super) fn finish(mut self) -> String {
        if self.dialect == Dialect::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = writeln!(self.text, "{line}");
    }
}

impl Kind {
    fn openmetrics(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Info => "info",
        }
    }
}

fn unit(name: &str) -> Option<&'static str> {
    let is_unit = |unit: &&str| name.rsplit('_').next() == Some(*unit);
    ["seconds", "bytes"].into_iter().find(is_unit)
}

impl Family<'_> {
    /// A sample of a counter, a gauge or an info.
    pub(super) fn sample(&mut self, labels: &Labels<'_>, value: impl Display) {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        self.write(suffix, labels, None, &value);
    }

    /// All samples of a histogram.
    pub(super) fn histogram(&mut self, labels: &Labels<'_>, distribution: &Distribution) {
        for (index, count) in TOLD.into_iter().zip(distribution.at_most(TOLD)) {
            let bound = BOUNDS[index] as f64 / 1e9;
            self.write("_bucket", labels, Some(bound), &count);
        }
        let count = distribution.count();
        self.write("_bucket", labels, Some(f64::INFINITY), &count);
        self.write("_sum", labels, None, &distribution.sum_seconds());
        self.write("_count", labels, None, &count);
    }

    fn write(
        &mut self,
        suffix: &str,
        labels: &Labels<'_>,
        bound: Option<f64>,
        value: &dyn Display,
    ) {
        let text = &mut self.exposition.text;
        let _ = write!(text, "evenkeel_{}{suffix}", self.name);
        let mut separator = '{';
        for (name, label) in labels {
            let _ = write!(text, "{separator}{name}=\"{}\"", Escaped(label));
            separator = ',';
        }
        match bound {
            Some(f64::INFINITY) => {
                let _ = write!(text, "{separator}le=\"+Inf\"}}");
            }
            Some(bound) => {
                // OpenMetrics writes them as floats: 1.0, not 1.
                let _ = write!(text, "{separator}le=\"{bound:?}\"}}");
            }
            None if separator == ',' => text.push('}'),
            None => {}
        }
        let _ = writeln!(text, " {value}");
    }
}

/// The value of a label.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_are_told_are_round() {
        let told = TOLD.map(|index| BOUNDS[index]);
        assert_eq!(told[..4], [100_000, 250_000, 500_000, 1_000_000]);
        assert_eq!(told[18], 100_000_000_000);
    }

    #[test]
    fn label_values_are_escaped() {
        assert_eq!(Escaped("a\\b\"c\nd").to_string(), "a\\\\b\\\"c\\nd");
    }

    #[test]
    fn who_asks_for_openmetrics_gets_it() {
        let accept = HeaderValue::from_static(
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1",
        );
        assert_eq!(Dialect::preferred(Some(&accept)), Dialect::OpenMetrics);
        let any = HeaderValue::from_static("*/*");
        assert_eq!(Dialect::preferred(Some(&any)), Dialect::Prometheus);
        assert_eq!(Dialect::preferred(None), Dialect::Prometheus);
    }
}
