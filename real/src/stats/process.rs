//! What one process counts.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use policy::time::{Duration, Instant};

use super::layout::LINES;
use super::{Distribution, Refusal, histogram, word};

/// What is so now, and ends with the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Gauge {
    /// Requests that began and have not ended.
    InFlight,
    /// Open connections of clients.
    Connections,
    /// Requests that wait for a slot.
    Queued,
    /// Whether it serves: 0 or 1.
    Ready,
    /// When it last said that it lives, in nanoseconds of its clock.
    Heartbeat,
    /// Whether it ignores the health of its backends, for too few are well: 0 or 1.
    Panicking,
    /// Bytes of files in memory.
    CachedBytes,
}

/// What only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Count {
    /// Times that its accept loop was woken.
    Wakeups,
    /// Connections it accepted, or was handed.
    Accepted,
    /// Requests whose head was read and let in.
    Began,
    /// Requests that ended without an answer: the client went away, or a deadline passed.
    Aborted,
    /// Bytes of requests' bodies.
    BytesIn,
    /// Bytes of answers' bodies.
    BytesOut,
    /// Answers out of memory.
    CacheHits,
    /// Files that had to be read.
    CacheMisses,
    /// Lines of the access log that could not be written.
    LogLinesLost,
    /// Connections that became tunnels.
    Tunnels,
    /// Handlers that panicked.
    Panics,
}

const GAUGES: usize = 8;
const COUNTS: usize = 16;
/// 1xx to 5xx.
const CLASSES: usize = 5;
const AT_COUNTS: usize = GAUGES;
const AT_CLASSES: usize = AT_COUNTS + COUNTS;
const AT_REFUSALS: usize = AT_CLASSES + CLASSES;
const AT_RESPONSES: usize = AT_REFUSALS + Refusal::ALL.len();
/// Words of a row.
pub(super) const WORDS: usize = (AT_RESPONSES + histogram::WORDS).next_multiple_of(LINES);

/// The row of a process. Only that process calls what counts.
#[derive(Clone, Copy, Debug)]
pub struct ProcessRow {
    words: &'static [AtomicU64; WORDS],
}

impl ProcessRow {
    pub(super) fn at(words: &'static [AtomicU64], row: usize) -> ProcessRow {
        let words = words[row..].first_chunk();
        ProcessRow {
            words: words.expect("a page is as long as its layout says"),
        }
    }

    /// Its accept loop was woken.
    #[inline]
    pub fn woken(&self) {
        self.counted(Count::Wakeups, 1);
    }

    /// It accepted `n` connections.
    #[inline]
    pub fn accepted(&self, n: u64) {
        self.counted(Count::Accepted, n);
        word::add(self.gauge_word(Gauge::Connections), n);
    }

    /// A connection was closed.
    #[inline]
    pub fn closed(&self) {
        word::take(self.gauge_word(Gauge::Connections), 1);
    }

    /// A request was let in.
    #[inline]
    pub fn began(&self) {
        self.counted(Count::Began, 1);
        word::add(self.gauge_word(Gauge::InFlight), 1);
    }

    /// It was answered in full: with this status, so long after it began, with bodies of so many bytes.
    #[inline]
    pub fn ended(&self, status: u16, response: Duration, bytes_in: u64, bytes_out: u64) {
        word::take(self.gauge_word(Gauge::InFlight), 1);
        word::add(self.class_word(status / 100), 1);
        histogram::record(self.responses_words(), response);
        self.counted(Count::BytesIn, bytes_in);
        self.counted(Count::BytesOut, bytes_out);
    }

    /// It ended without a whole answer.
    #[inline]
    pub fn aborted(&self) {
        word::take(self.gauge_word(Gauge::InFlight), 1);
        self.counted(Count::Aborted, 1);
    }

    /// A request or a connection was turned away.
    #[inline]
    pub fn refused(&self, why: Refusal) {
        word::add(&self.words[AT_REFUSALS + why as usize], 1);
    }

    /// So many more requests wait for a slot; fewer, if negative.
    #[inline]
    pub fn queued(&self, n: i64) {
        let gauge = self.gauge_word(Gauge::Queued);
        match n >= 0 {
            true => word::add(gauge, n as u64),
            false => word::take(gauge, n.unsigned_abs()),
        }
    }

    /// Whether it serves.
    pub fn ready(&self, ready: bool) {
        self.set(Gauge::Ready, u64::from(ready));
    }

    /// It lives.
    pub fn heartbeat(&self, now: Instant) {
        self.set(Gauge::Heartbeat, now.0);
    }

    /// `n` more of what has no method of its own.
    #[inline]
    pub fn counted(&self, what: Count, n: u64) {
        word::add(&self.words[AT_COUNTS + what as usize], n);
    }

    /// What has no method of its own is so now.
    pub fn set(&self, what: Gauge, value: u64) {
        self.gauge_word(what).store(value, Relaxed);
    }

    /// For the master, once the process is gone and before another has its row.
    pub fn clear_gauges(&self) {
        word::clear(&self.words[..GAUGES]);
    }

    /// How many there were.
    pub fn count(&self, what: Count) -> u64 {
        self.words[AT_COUNTS + what as usize].load(Relaxed)
    }

    /// How it is now.
    pub fn gauge(&self, what: Gauge) -> u64 {
        self.gauge_word(what).load(Relaxed)
    }

    /// How many were turned away for this.
    pub fn refusals(&self, why: Refusal) -> u64 {
        self.words[AT_REFUSALS + why as usize].load(Relaxed)
    }

    /// How many answers had a status of this class, 1 to 5.
    pub fn answers(&self, class: u16) -> u64 {
        self.class_word(class).load(Relaxed)
    }

    /// How many requests were answered.
    pub fn requests(&self) -> u64 {
        (1..=CLASSES as u16).map(|class| self.answers(class)).sum()
    }

    /// How long answers took.
    pub fn responses(&self) -> Distribution {
        Distribution::read(self.responses_words())
    }

    #[inline]
    fn gauge_word(&self, what: Gauge) -> &AtomicU64 {
        &self.words[what as usize]
    }

    /// A status of no class is taken for an error of ours.
    #[inline]
    fn class_word(&self, class: u16) -> &AtomicU64 {
        let class = match class {
            1..=5 => class,
            _ => 5,
        };
        &self.words[AT_CLASSES + usize::from(class) - 1]
    }

    #[inline]
    fn responses_words(&self) -> &histogram::Words {
        self.words[AT_RESPONSES..]
            .first_chunk()
            .expect("a row has room for it")
    }
}
