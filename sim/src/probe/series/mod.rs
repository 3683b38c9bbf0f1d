//! What happened when: counts, response times and levels, interval by interval.
//!
//! Cost: a few nanoseconds an event; memory by the number of intervals, whatever the length of the run. Intervals
//! begin at 1 ms and are merged (2, 10, 20, 100 ms ...) whenever there would be more than 400, so their edges are
//! round numbers. An interval that was asked for is kept up to 100,000 of them, and doubled beyond.

mod cell;
mod gauge;
mod point;
mod sketch;

use policy::time::{Duration, Instant};

use super::Failure;
use cell::Cell;
pub use gauge::Gauge;
use gauge::Levels;
pub use point::Point;
use sketch::Open;

/// Where intervals begin that nobody asked for.
const FINEST: Duration = Duration::from_millis(1);
/// More a picture does not show. Two and five divide it.
const MOST_OF_ANY: usize = 400;
/// More nobody's spreadsheet shows.
const MOST_ASKED_FOR: usize = 100_000;

/// A time series of one replication, or of several on the same clock. Events are told in order of time.
#[derive(Clone, Debug)]
pub struct Series {
    interval: Duration,
    asked: Option<Duration>,
    /// Of all the intervals begun so far; the last is open until [`Series::finish`].
    cells: Vec<Cell>,
    /// When the open one is over.
    until: Instant,
    responses: Open,
    levels: Levels,
    /// Of the longest replication, once it is finished.
    end: Instant,
}

impl Series {
    /// Nothing seen yet, from time zero on. `interval`: if a certain one is asked for.
    pub fn new(interval: Option<Duration>) -> Self {
        let asked = interval.map(|interval| interval.max(Duration(1)));
        let interval = asked.unwrap_or(FINEST);
        Series {
            interval,
            asked,
            cells: vec![Cell::default()],
            until: Instant::ZERO + interval,
            responses: Open::default(),
            levels: Levels::default(),
            end: Instant::ZERO,
        }
    }

    /// A client sends a request at `now`.
    #[inline]
    pub fn arrived(&mut self, now: Instant) {
        self.open(now).arrivals += 1;
    }

    /// A request sent at `sent` is answered at `now`.
    #[inline]
    pub fn answered(&mut self, sent: Instant, now: Instant) {
        self.open(now).response_ns += u128::from((now - sent).0);
        self.responses.record(now - sent);
        let sent_in = (sent.0 / self.interval.0) as usize;
        self.cells[sent_in].answered += 1;
    }

    /// A request fails at `now`.
    pub fn failed(&mut self, now: Instant, reason: Failure) {
        self.open(now).failed[reason as usize] += 1;
    }

    /// An attempt is sent to a backend at `now`.
    #[inline]
    pub fn attempted(&mut self, now: Instant) {
        self.open(now).attempts += 1;
    }

    /// At `now` a backend is done with, or drops, work that nobody waits for, having spent `service` on it.
    pub fn wasted(&mut self, now: Instant, service: Duration) {
        self.open(now).wasted_ns += u128::from(service.0);
    }

    /// The level of `gauge` changes at `now`.
    #[inline]
    pub fn gauge(&mut self, now: Instant, gauge: Gauge, delta: i32) {
        self.advance(now);
        self.levels.change(now, gauge, delta);
    }

    /// The replication is over at `now`; nothing may be told after that.
    pub fn finish(&mut self, now: Instant) {
        self.advance(now);
        self.close(now);
        self.end = now;
    }

    /// Adds another replication on the same clock. Both are finished and were made with the same interval; the one
    /// with shorter intervals takes on those of the other.
    pub fn merge(&mut self, other: &Series) {
        debug_assert_eq!(self.asked, other.asked, "intervals that do not fit");
        while self.interval < other.interval {
            self.coarsen();
        }
        if self.interval > other.interval {
            let mut other = other.clone();
            while self.interval > other.interval {
                other.coarsen();
            }
            return self.merge(&other);
        }
        let longer = self.cells.len().max(other.cells.len());
        self.cells.resize(longer, Cell::default());
        for (cell, more) in self.cells.iter_mut().zip(&other.cells) {
            cell.merge(more);
        }
        self.end = self.end.max(other.end);
    }

    /// How long an interval is.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Whether intervals are longer than was asked for, because there would have been too many.
    pub fn coarsened(&self) -> bool {
        self.asked.is_some_and(|asked| self.interval > asked)
    }

    /// Interval by interval. What is left of the last one, if it is less than half, counts to the one before: rates
    /// over a few nanoseconds say nothing.
    pub fn points(&self) -> Vec<Point> {
        let mut last = self.cells.last().cloned().unwrap_or_default();
        let mut before = self.cells.len() - 1;
        while before > 0 && 2 * last.observed_ns < u128::from(self.interval.0) {
            before -= 1;
            last.merge(&self.cells[before]);
        }
        let start = |at: usize| Instant((at as u64).saturating_mul(self.interval.0));
        let whole = (0..).zip(&self.cells[..before]);
        let points = whole.map(|(at, cell)| cell.point(start(at), self.interval));
        let rest = self.end - start(before);
        points.chain([last.point(start(before), rest)]).collect()
    }

    #[inline]
    fn open(&mut self, now: Instant) -> &mut Cell {
        self.advance(now);
        let last = self.cells.len() - 1;
        &mut self.cells[last]
    }

    #[inline]
    fn advance(&mut self, now: Instant) {
        if now >= self.until {
            self.roll(now);
        }
    }

    /// Opens the interval that `now` is in.
    #[cold]
    fn roll(&mut self, now: Instant) {
        // The clock's last nanosecond is in no interval.
        let now = now.min(Instant(u64::MAX - 1));
        while now >= self.until {
            self.close(self.until);
            while self.cells.len() >= self.most() {
                self.coarsen();
            }
            self.begin();
        }
    }

    /// How many intervals there may be.
    fn most(&self) -> usize {
        if self.asked.is_some() {
            MOST_ASKED_FOR
        } else {
            MOST_OF_ANY
        }
    }

    fn begin(&mut self) {
        self.cells.push(Cell::default());
        let intervals = self.cells.len() as u64;
        self.until = Instant(intervals.saturating_mul(self.interval.0));
    }

    /// The open interval is over at `now`.
    fn close(&mut self, now: Instant) {
        let last = self.cells.len() - 1;
        let start = Instant((last as u64).saturating_mul(self.interval.0));
        let cell = &mut self.cells[last];
        cell.observed_ns = u128::from((now - start).0);
        cell.responses = self.responses.close();
        cell.areas = self.levels.close(now);
    }

    /// Merges neighbours: by two if an interval was asked for, else by two and five in turn.
    fn coarsen(&mut self) {
        let doubled = self.asked.is_some() || self.interval.0.to_string().starts_with('1');
        let factor = if doubled { 2 } else { 5 };
        let merged = self.cells.chunks(factor).map(|neighbours| {
            let mut cell = neighbours[0].clone();
            neighbours[1..].iter().for_each(|next| cell.merge(next));
            cell
        });
        self.cells = merged.collect();
        self.interval = Duration(self.interval.0.saturating_mul(factor as u64));
    }
}

#[cfg(test)]
mod tests;
