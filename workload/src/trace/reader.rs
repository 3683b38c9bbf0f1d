//! From lines to a [`Trace`]: columns are chosen, values read, requests sorted, oddities counted.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use policy::time::{Duration, Instant};

use super::expression::{self, Term, Time};
use super::format::{Format, Splitter};
use super::lines::{LONGEST_LINE, Line, Lines, unpacked};
use super::report::{Gaps, Malformed, Report};
use super::{Options, Trace, TraceError};
use crate::key::key_of;

/// Lines that decide about the format.
const PREVIEW: usize = 16;
/// Malformed lines that are reported one by one.
const MOST_REASONS: usize = 5;
/// In characters.
const LONGEST_REASON: usize = 200;
const SECOND: i128 = 1_000_000_000;

/// Reads a recording; `name` is what errors call it.
pub(super) fn read(name: &str, input: impl Read, options: &Options) -> Result<Trace, TraceError> {
    let unreadable = |error: io::Error| TraceError::new(name, format!("cannot be read: {error}"));
    let (input, compressed) = unpacked(input).map_err(unreadable)?;
    let mut lines = Lines::new(input);
    let preview = first_lines(&mut lines).map_err(unreadable)?;
    let mut reader = Reader::new(name, &preview, options)?;
    let header = usize::from(reader.splitter.format() == Format::Csv);
    for (number, content) in preview.iter().skip(header) {
        reader.line(Line {
            number: *number,
            content: content.as_deref(),
        })?;
    }
    while let Some(line) = lines.next().map_err(unreadable)? {
        if !is_blank(line) {
            reader.line(line)?;
        }
    }
    reader.finish(compressed)
}

/// A line that outlives the next.
type OwnedLine = (u64, Option<Vec<u8>>);

fn first_lines(lines: &mut Lines<impl BufRead>) -> io::Result<Vec<OwnedLine>> {
    let mut first = Vec::new();
    while first.len() < PREVIEW
        && let Some(line) = lines.next()?
    {
        if !is_blank(line) {
            first.push((line.number, line.content.map(<[u8]>::to_vec)));
        }
    }
    Ok(first)
}

fn is_blank(line: Line<'_>) -> bool {
    line.content
        .is_some_and(|content| content.trim_ascii().is_empty())
}

/// Which columns are read, in the order in which they are evaluated.
struct Plan {
    time: Time,
    demand: Option<Term>,
    has_key: bool,
    wanted: Vec<usize>,
}

impl Plan {
    fn new(splitter: &Splitter, options: &Options) -> Result<Plan, String> {
        let columns = splitter.columns();
        let time = match &options.time {
            Some(text) => Time::parse(text, columns)?,
            None => Time::likely(columns)?,
        };
        let demand = match &options.demand {
            Some(text) => Some(Term::parse(text, columns)?),
            None => Term::likely_demand(columns),
        };
        let usual_key = (splitter.format() == Format::AccessLog).then_some("host");
        let key = match options.key.as_deref().or(usual_key) {
            Some(name) => Some(expression::column(name, columns)?),
            None => None,
        };
        let wanted = time.columns().chain(demand.map(Term::column)).chain(key);
        Ok(Plan {
            wanted: wanted.collect(),
            time,
            demand,
            has_key: key.is_some(),
        })
    }
}

/// One request, its time relative to the first line's.
struct Request {
    at: i64,
    key: u64,
    demand: Duration,
}

struct Reader<'a> {
    name: &'a str,
    strict: bool,
    splitter: Splitter,
    plan: Plan,
    requests: Vec<Request>,
    /// The first request's time, in nanoseconds since the recording's epoch.
    origin: Option<i128>,
    /// Nanoseconds.
    tick: i128,
    lines: u64,
    inversions: u64,
    malformed: u64,
    first_malformed: Vec<Malformed>,
}

impl<'a> Reader<'a> {
    fn new(
        name: &'a str,
        preview: &[OwnedLine],
        options: &Options,
    ) -> Result<Reader<'a>, TraceError> {
        let refuse = |problem: String| TraceError::new(name, problem);
        let text = |(_, content): &'_ OwnedLine| content.clone().unwrap_or_default();
        let preview: Vec<Vec<u8>> = preview.iter().map(text).collect();
        let preview: Vec<Cow<'_, str>> = preview
            .iter()
            .map(|line| String::from_utf8_lossy(line))
            .collect();
        let splitter = Splitter::detect(&preview).map_err(refuse)?;
        let plan = Plan::new(&splitter, options).map_err(refuse)?;
        Ok(Reader {
            name,
            strict: options.strict,
            splitter,
            plan,
            requests: Vec::new(),
            origin: None,
            tick: SECOND,
            lines: 0,
            inversions: 0,
            malformed: 0,
            first_malformed: Vec::new(),
        })
    }

    /// Takes a line. Fails only on a malformed one, and only where that was asked for.
    fn line(&mut self, line: Line<'_>) -> Result<(), TraceError> {
        self.lines += 1;
        let request = match line.content {
            Some(content) => self.request(content),
            None => Err(format!("it is longer than {LONGEST_LINE} bytes")),
        };
        let reason = match request {
            Ok(request) => {
                let before = self.requests.last();
                self.inversions += u64::from(before.is_some_and(|before| before.at > request.at));
                self.requests.push(request);
                return Ok(());
            }
            // It may quote a value, and a value may be as long as a line.
            Err(reason) => reason.chars().take(LONGEST_REASON).collect::<String>(),
        };
        if self.strict {
            let problem = format!("line {}: {reason}", line.number);
            return Err(TraceError::new(self.name, problem));
        }
        self.malformed += 1;
        if self.first_malformed.len() < MOST_REASONS {
            self.first_malformed.push(Malformed {
                line: line.number,
                reason,
            });
        }
        Ok(())
    }

    /// The request in a line, or what is wrong with it.
    fn request(&mut self, content: &[u8]) -> Result<Request, String> {
        let text = String::from_utf8_lossy(content);
        let values = self.splitter.select(&text, &self.plan.wanted)?;
        let mut values = values.iter().map(Cow::as_ref);
        let time = self.plan.time.evaluate(&mut values)?;
        let demand = match self.plan.demand {
            Some(demand) => demand.span(values.next().unwrap_or_default())?,
            None => Duration::ZERO,
        };
        let key = match self.plan.has_key {
            true => key_of(values.next().unwrap_or_default()),
            false => 0,
        };
        let origin = self.origin.unwrap_or(time);
        let at = i64::try_from(time.saturating_sub(origin))
            .map_err(|_| "it is more than 292 years from the first".to_owned())?;
        self.origin = Some(origin);
        while time % self.tick != 0 {
            self.tick /= 10;
        }
        Ok(Request { at, key, demand })
    }

    fn finish(mut self, compressed: bool) -> Result<Trace, TraceError> {
        self.requests.sort_by_key(|request| request.at);
        let (first, last) = match &self.requests[..] {
            [] => return Err(self.refuse_empty()),
            [only] => (only.at, only.at),
            [first, .., last] => (first.at, last.at),
        };
        if first == last {
            let problem = match self.requests.len() {
                1 => "holds one request, but a rate needs two".to_owned(),
                n => format!("holds {n} requests, all of the same time: it has no rate"),
            };
            return Err(TraceError::new(self.name, problem));
        }
        // The difference of two `i64` fits into 64 bits without a sign.
        let offset = |request: &Request| Instant(request.at.wrapping_sub(first) as u64);
        let arrivals: Vec<Instant> = self.requests.iter().map(offset).collect();
        let gaps = Gaps::of(&arrivals);
        let keys = self.requests.iter().map(|request| request.key);
        let demands = self.requests.iter().map(|request| request.demand);
        Ok(Trace {
            keys: self.plan.has_key.then(|| keys.collect()),
            demands: self.plan.demand.map(|_| demands.collect()),
            report: Report {
                format: self.splitter.format(),
                compressed,
                lines: self.lines,
                malformed: self.malformed,
                first_malformed: self.first_malformed,
                requests: arrivals.len(),
                inversions: self.inversions,
                ties: gaps.ties,
                tick: Duration(self.tick as u64),
                span: gaps.span,
                rate: gaps.rate,
                scv: gaps.scv,
            },
            recorded: arrivals,
        })
    }

    /// Why there is no request at all.
    fn refuse_empty(&self) -> TraceError {
        let problem = match self.first_malformed.first() {
            None => "has a header, but no requests".to_owned(),
            Some(Malformed { line, reason }) => format!(
                "none of its {} lines is a request ({}); line {line}: {reason}",
                self.lines,
                self.splitter.format()
            ),
        };
        TraceError::new(self.name, problem)
    }
}
