//! What was found while reading a recording.

use std::fmt;

use policy::time::{Duration, Instant};

use super::Format;
use crate::quantity::Human;

/// A line that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The line's number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What was found while reading a recording: what its numbers rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The format, told by the content.
    pub format: Format,
    /// Whether the file was gzip.
    pub compressed: bool,
    /// Lines read, without empty ones and the header.
    pub lines: u64,
    /// Lines that were skipped because they could not be read.
    pub malformed: u64,
    /// The first of them.
    pub first_malformed: Vec<Malformed>,
    /// Requests: the other lines.
    pub requests: usize,
    /// Requests earlier than the line before them; they were sorted.
    pub inversions: u64,
    /// Requests at the same recorded time as one before them.
    pub ties: u64,
    /// The recording clock's tick: the longest of 1 s, 100 ms, ... 1 ns of which every time is a multiple.
    pub tick: Duration,
    /// From the first request to the last.
    pub span: Duration,
    /// Requests/s: gaps over span.
    pub rate: f64,
    /// The gaps' squared coefficient of variation (1 for Poisson), as recorded: equal times are gaps of 0.
    pub scv: f64,
}

/// The moments of the gaps between `arrivals`, which are sorted, at least two and not all equal.
pub(super) struct Gaps {
    pub(super) span: Duration,
    pub(super) rate: f64,
    pub(super) scv: f64,
    pub(super) ties: u64,
}

impl Gaps {
    pub(super) fn of(arrivals: &[Instant]) -> Gaps {
        let span = arrivals[arrivals.len() - 1].since(arrivals[0]);
        let count = (arrivals.len() - 1) as f64;
        let mean = span.0 as f64 / count;
        let (mut squares, mut ties) = (0.0, 0);
        for pair in arrivals.windows(2) {
            let gap = pair[1].since(pair[0]).0;
            let deviation = gap as f64 / mean - 1.0;
            squares += deviation * deviation;
            ties += u64::from(gap == 0);
        }
        Gaps {
            span,
            rate: count / span.as_seconds(),
            scv: squares / count,
            ties,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packed = if self.compressed { ", gzip" } else { "" };
        write!(
            f,
            "{} requests over {:.1} ({}{packed}): {:.6} requests/s, squared coefficient of variation of \
             the gaps {:.3}; the clock's tick is {}, {} ties, {} out of order, {} malformed",
            self.requests,
            Human(self.span),
            self.format,
            self.rate,
            self.scv,
            Human(self.tick),
            self.ties,
            self.inversions,
            self.malformed
        )?;
        for Malformed { line, reason } in &self.first_malformed {
            write!(f, "\n  line {line}: {reason}")?;
        }
        Ok(())
    }
}
