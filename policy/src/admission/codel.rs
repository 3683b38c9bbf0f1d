//! Controlled delay: a queue that stays long is shortened from its head, more and more often until it is short again.
//! Cost: O(1), no draw, a square root a drop. Source: Nichols and Jacobson, RFC 8289, section 5; for queues of
//! requests, Maurer 2015, "Fail at Scale" (Facebook).
//!
//! A queue that is long now and then does its work. One in which nobody has waited less than `target` for a whole
//! `interval` only adds delay: then its head is dropped, and further ones interval / sqrt(n) apart, until somebody has
//! waited less. If it soon grows long again, the drops go on about as often as they did.
//!
//! Packets' senders slow down when one is lost, and that law is made for them. Clients of a service do not: the drops
//! a second grow by 1 / (2 interval^2) each second, 50 with an interval of 100 ms, so that it takes 20 s until 1000 too
//! many a second are dropped. [`Law::Stale`] is what Facebook's `folly::Codel` does instead: while the queue stays
//! long, all who have waited more than twice the target are dropped.
//!
//! Deviation from folly: it looks back once an interval, at the shortest wait in it. Here a queue is overlong as
//! RFC 8289 has it, from the first moment an interval has passed, to the first who waited less.

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// Whom a queue that stays long loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// One at a time, interval / sqrt(n) apart: RFC 8289.
    Spaced,
    /// All who have waited more than twice the target: Facebook.
    Stale,
}

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// How long one may wait for ever: what is put up with when it does not pass.
    pub target: Duration,
    /// How long everybody may wait longer: about the longest burst that is welcome.
    pub interval: Duration,
    /// Whom it loses then.
    pub law: Law,
}

impl Default for Options {
    /// 5 ms and 100 ms, as both sources have; the law of RFC 8289.
    fn default() -> Self {
        Options {
            target: Duration::from_millis(5),
            interval: Duration::from_millis(100),
            law: Law::Spaced,
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would drop everything or at once.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.target > Duration::ZERO && options.target < options.interval,
            "the wait that a queue may keep up must be positive and shorter than the interval it may be exceeded for",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// What becomes of the head of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "who is to be dropped must not be served"]
pub enum Verdict {
    /// It is served.
    Serve,
    /// It is turned away, and the next head is asked about at the same instant.
    Drop,
}

/// The state of one queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CoDel {
    config: Config,
    /// When it will have been too long for an interval; `None` while it is not too long.
    overlong_at: Option<Instant>,
    /// Drops since the queue became overlong, plus what it began with.
    count: u32,
    /// What it began with.
    count_at_start: u32,
    drop_next: Instant,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Serving,
    Dropping,
    /// The head was just dropped; if the next is too late as well, the time of the next drop moves on.
    Dropped,
}

impl CoDel {
    /// An empty queue.
    pub fn new(config: Config) -> Self {
        CoDel {
            config,
            overlong_at: None,
            count: 0,
            count_at_start: 0,
            drop_next: Instant::ZERO,
            phase: Phase::Serving,
        }
    }

    /// At `now` the head leaves the queue after waiting for `sojourn`; `left` are still waiting. Nobody is dropped when
    /// that would leave a server idle.
    pub fn dequeue(&mut self, sojourn: Duration, left: u32, now: Instant) -> Verdict {
        let is_overlong = self.is_overlong(sojourn, left, now);
        match self.config.0.law {
            Law::Spaced => self.spaced(is_overlong, now),
            Law::Stale if is_overlong && self.is_stale(sojourn) => Verdict::Drop,
            Law::Stale => Verdict::Serve,
        }
    }

    fn is_stale(&self, sojourn: Duration) -> bool {
        sojourn > self.config.0.target + self.config.0.target
    }

    /// Whether everybody has waited too long for an interval.
    fn is_overlong(&mut self, sojourn: Duration, left: u32, now: Instant) -> bool {
        let options = self.config.options();
        if sojourn < options.target || left == 0 {
            self.overlong_at = None;
            return false;
        }
        now >= *self.overlong_at.get_or_insert(now + options.interval)
    }

    fn spaced(&mut self, is_overlong: bool, now: Instant) -> Verdict {
        match self.phase {
            _ if !is_overlong => {
                self.phase = Phase::Serving;
                return Verdict::Serve;
            }
            Phase::Serving => {
                self.start(now);
                return Verdict::Drop;
            }
            Phase::Dropped => self.drop_next += self.spacing(),
            Phase::Dropping => {}
        }
        self.phase = Phase::Dropping;
        if now < self.drop_next {
            return Verdict::Serve;
        }
        self.count = self.count.saturating_add(1);
        self.phase = Phase::Dropped;
        Verdict::Drop
    }

    /// The first drop. Soon after the last one, the rate that sufficed then is where to begin.
    fn start(&mut self, now: Instant) {
        let interval = self.config.0.interval;
        let earlier = self.count - self.count_at_start;
        let is_soon = now - self.drop_next < Duration(interval.0.saturating_mul(16));
        self.count = if earlier > 1 && is_soon { earlier } else { 1 };
        self.count_at_start = self.count;
        self.drop_next = now + self.spacing();
        self.phase = Phase::Dropping;
    }

    /// interval / sqrt(count).
    fn spacing(&self) -> Duration {
        let interval_ns = self.config.0.interval.0 as f64;
        Duration((interval_ns / f64::from(self.count).sqrt()) as u64)
    }
}
