//! Recorded workloads: arrivals, keys and, where present, demands from a file.
//!
//! CSV with named columns, JSON lines, and the access logs of Apache and nginx; plain or gzip. The content
//! decides which of them a file is, not its name.

mod access_log;
mod csv;
mod error;
mod expression;
mod format;
mod json;
mod lines;
mod reader;
mod report;
mod ties;
mod timestamp;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use policy::time::{Duration, Instant};

pub use error::TraceError;
pub use format::Format;
pub use report::{Malformed, Report};
pub use ties::Ties;

use crate::stream::Stream;

/// Which columns hold what, and how strict to be.
///
/// The columns of an access log are `time host method path status bytes`, and in one that `real` has written also
/// `service_time response_time bytes_in worker backend attempts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// When a request arrived: `COLUMN`, `COLUMN*DURATION` (`ms*1ms`), or a difference of two such
    /// (`end_timestamp-duration`). Default: the one column with a usual name (timestamp, time, ts, ...).
    pub time: Option<String>,
    /// How much service a request needs: `COLUMN` (seconds, or with a unit) or `COLUMN*DURATION`
    /// (`GeneratedTokens*2ms`). Default: the column `demand` or `service_time`, if there is one.
    pub demand: Option<String>,
    /// The column of the key. Default: `host` in an access log, otherwise none.
    pub key: Option<String>,
    /// Refuse the file at its first malformed line, rather than skip and report such lines.
    pub strict: bool,
}

/// A recorded workload, sorted by time; requests of the same time are in the file's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Arrivals as recorded; the first is at 0.
    pub recorded: Vec<Instant>,
    /// Each request's key, where a column has them.
    pub keys: Option<Vec<u64>>,
    /// Each request's service demand, where a column has them.
    pub demands: Option<Vec<Duration>>,
    /// What was found while reading.
    pub report: Report,
}

impl Trace {
    /// Reads the file at `path`. Memory: 24 bytes a request while reading, 8 to 24 after.
    ///
    /// Fails where the file cannot be read, its columns do not hold what `options` say, it has fewer than
    /// two requests or all of the same time, or, if `options` are strict, at a malformed line.
    pub fn read(path: &Path, options: &Options) -> Result<Trace, TraceError> {
        let name = path.display().to_string();
        let file = File::open(path)
            .map_err(|error| TraceError::new(&name, format!("cannot be read: {error}")))?;
        reader::read(&name, file, options)
    }

    /// Reads `input` as [`Trace::read`] does a file; `name` is what errors call it.
    pub fn from_reader(
        name: &str,
        input: impl Read,
        options: &Options,
    ) -> Result<Trace, TraceError> {
        reader::read(name, input, options)
    }

    /// The number of requests, at least two.
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.recorded.len()
    }

    /// The recorded mean rate in requests/s: gaps over span.
    pub fn rate(&self) -> f64 {
        self.report.rate
    }

    /// The mean of the recorded demands in seconds.
    pub fn mean_demand_seconds(&self) -> Option<f64> {
        let demands = self.demands.as_ref()?;
        let sum: u128 = demands.iter().map(|demand| u128::from(demand.0)).sum();
        Some(sum as f64 / demands.len() as f64 * 1e-9)
    }

    /// When requests arrive in a replay: recorded times multiplied by `scale` (2 is half as fast; finite,
    /// above 0), equal ones treated as `ties` says. Request k's place in its tick is drawn from `stream` at k.
    ///
    /// For a mean rate of r requests/s the scale is [`Trace::rate`] / r.
    pub fn arrivals(&self, ties: Ties, stream: Stream, scale: f64) -> Vec<Instant> {
        ties::arrivals(&self.recorded, self.report.tick, ties, stream, scale)
    }
}
