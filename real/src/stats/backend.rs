//! What one balancer counts of one backend, and what it thinks of it.
//!
//! The row says itself whose it is, so that who reads it need not know the balancer's list: a slot goes to another
//! backend after a reload, and not in all balancers at once.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use policy::breaker::Phase;
use policy::retry::Reason;
use policy::time::Duration;

use super::layout::LINES;
use super::{Distribution, histogram, word};

/// What is so now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum BackendGauge {
    /// Attempts under way.
    InFlight,
    /// A [`Health`].
    Health,
    /// A [`Breaker`].
    Breaker,
    /// Whether it is ejected as an outlier: 0 or 1.
    Ejected,
    /// Whether it may be chosen: 0 or 1.
    Eligible,
    /// Idle connections to it.
    IdleConnections,
}

/// What only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum BackendCount {
    /// Times that it was chosen.
    Picked,
    /// Attempts that were repeats.
    Retried,
    /// Attempts that were sent beside another.
    Hedged,
    /// Connections opened to it.
    Connected,
    /// Attempts over a connection that was idle.
    Reused,
    /// Idle connections that turned out to be closed.
    Stale,
    /// Times that its breaker opened.
    Opened,
    /// Times that it was ejected as an outlier.
    Ejections,
    /// Probes it answered well.
    ProbesPassed,
    /// Probes it did not.
    ProbesFailed,
}

/// What a balancer thinks of a backend's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// Nobody has asked yet.
    Unknown,
    /// It is well.
    Up,
    /// It is not.
    Down,
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "every breaker has these")]
pub enum Breaker {
    Closed,
    Open,
    HalfOpen,
}

const GAUGES: usize = 8;
const COUNTS: usize = 16;
/// Room for a name: longer ones are cut.
const NAME: usize = 16;
const AT_NAME: usize = 1;
const AT_GAUGES: usize = AT_NAME + NAME;
const AT_COUNTS: usize = AT_GAUGES + GAUGES;
const AT_FAILURES: usize = AT_COUNTS + COUNTS;
const AT_RESPONSES: usize = AT_FAILURES + Reason::ALL.len();
/// Words of a row.
pub(super) const WORDS: usize = (AT_RESPONSES + histogram::WORDS).next_multiple_of(LINES);

/// The row of a backend. Only its balancer calls what counts.
#[derive(Clone, Copy, Debug)]
pub struct BackendRow {
    words: &'static [AtomicU64; WORDS],
}

impl BackendRow {
    pub(super) fn at(words: &'static [AtomicU64], row: usize) -> BackendRow {
        let words = words[row..].first_chunk();
        BackendRow {
            words: words.expect("a page is as long as its layout says"),
        }
    }

    /// From now on the row is this backend's. It starts from zero, unless the row was its already, as when a balancer
    /// counts on for one that died.
    ///
    /// `identity` is that of the balancer's list and not 0.
    pub fn occupy(&self, identity: u64, name: &str) {
        if self.words[0].load(Relaxed) != identity {
            self.vacate();
            for (word, bytes) in self.name_words().iter().zip(name.as_bytes().chunks(8)) {
                let mut chunk = [0; 8];
                chunk[..bytes.len()].copy_from_slice(bytes);
                word.store(u64::from_ne_bytes(chunk), Relaxed);
            }
            // Who sees whose it is sees the name, too, unless it is taken away at that very moment.
            self.words[0].store(identity, Release);
        }
    }

    /// The backend is gone, and what was counted of it.
    pub fn vacate(&self) {
        word::clear(self.words);
    }

    /// It was chosen: an attempt begins.
    #[inline]
    pub fn picked(&self) {
        self.counted(BackendCount::Picked);
        word::add(self.gauge_word(BackendGauge::InFlight), 1);
    }

    /// The attempt was answered, so long after it began.
    #[inline]
    pub fn answered(&self, response: Duration) {
        word::take(self.gauge_word(BackendGauge::InFlight), 1);
        histogram::record(self.responses_words(), response);
    }

    /// The attempt failed.
    #[inline]
    pub fn failed(&self, reason: Reason) {
        word::take(self.gauge_word(BackendGauge::InFlight), 1);
        word::add(&self.words[AT_FAILURES + reason as usize], 1);
    }

    /// The attempt ended and says nothing about the backend: the client went away, or another attempt was faster.
    #[inline]
    pub fn cancelled(&self) {
        word::take(self.gauge_word(BackendGauge::InFlight), 1);
    }

    /// It was a repeat.
    #[inline]
    pub fn retried(&self) {
        self.counted(BackendCount::Retried);
    }

    /// It was sent beside another.
    #[inline]
    pub fn hedged(&self) {
        self.counted(BackendCount::Hedged);
    }

    /// One more of what has no method of its own.
    #[inline]
    pub fn counted(&self, what: BackendCount) {
        word::add(&self.words[AT_COUNTS + what as usize], 1);
    }

    /// What the balancer now thinks of its health.
    pub fn health(&self, health: Health) {
        self.set(BackendGauge::Health, health as u64);
    }

    /// Where its breaker now stands.
    pub fn breaker(&self, breaker: Breaker) {
        self.set(BackendGauge::Breaker, breaker as u64);
    }

    /// Whether it is ejected as an outlier.
    pub fn ejected(&self, ejected: bool) {
        self.set(BackendGauge::Ejected, u64::from(ejected));
    }

    /// Whether it may be chosen.
    pub fn eligible(&self, eligible: bool) {
        self.set(BackendGauge::Eligible, u64::from(eligible));
    }

    /// How many connections to it are idle.
    #[inline]
    pub fn idle(&self, connections: u64) {
        self.set(BackendGauge::IdleConnections, connections);
    }

    /// For the master, once the balancer is gone and before another has its rows.
    pub fn clear_gauges(&self) {
        word::clear(&self.words[AT_GAUGES..AT_COUNTS]);
    }

    /// Whose the row is: identity and name; `None` if nobody's.
    pub fn occupant(&self) -> Option<(u64, String)> {
        let identity = self.words[0].load(Acquire);
        let bytes = self.name_words().iter();
        let bytes = bytes.flat_map(|word| word.load(Relaxed).to_ne_bytes());
        let bytes: Vec<u8> = bytes.take_while(|&byte| byte != 0).collect();
        (identity != 0).then(|| (identity, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// How many there were.
    pub fn count(&self, what: BackendCount) -> u64 {
        self.words[AT_COUNTS + what as usize].load(Relaxed)
    }

    /// How it is now.
    pub fn gauge(&self, what: BackendGauge) -> u64 {
        self.gauge_word(what).load(Relaxed)
    }

    /// What its balancer thinks of its health.
    pub fn health_now(&self) -> Health {
        match self.gauge(BackendGauge::Health) {
            1 => Health::Up,
            2 => Health::Down,
            _ => Health::Unknown,
        }
    }

    /// Where its breaker stands.
    pub fn breaker_now(&self) -> Breaker {
        match self.gauge(BackendGauge::Breaker) {
            1 => Breaker::Open,
            2 => Breaker::HalfOpen,
            _ => Breaker::Closed,
        }
    }

    /// How many attempts failed in this way.
    pub fn failures(&self, reason: Reason) -> u64 {
        self.words[AT_FAILURES + reason as usize].load(Relaxed)
    }

    /// How long answers took.
    pub fn responses(&self) -> Distribution {
        Distribution::read(self.responses_words())
    }

    fn set(&self, what: BackendGauge, value: u64) {
        self.gauge_word(what).store(value, Relaxed);
    }

    #[inline]
    fn gauge_word(&self, what: BackendGauge) -> &AtomicU64 {
        &self.words[AT_GAUGES + what as usize]
    }

    fn name_words(&self) -> &[AtomicU64] {
        &self.words[AT_NAME..AT_GAUGES]
    }

    #[inline]
    fn responses_words(&self) -> &histogram::Words {
        self.words[AT_RESPONSES..]
            .first_chunk()
            .expect("a row has room for it")
    }
}

impl From<Phase> for Breaker {
    fn from(phase: Phase) -> Breaker {
        match phase {
            Phase::Closed { .. } => Breaker::Closed,
            Phase::Open { .. } => Breaker::Open,
            Phase::HalfOpen { .. } => Breaker::HalfOpen,
        }
    }
}
