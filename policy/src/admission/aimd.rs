//! A concurrency limit that grows by one while all goes well and shrinks by a tenth when it does not.
//! Cost: O(1), no draw. Source: Chiu and Jain 1989, "Analysis of the Increase and Decrease Algorithms for Congestion
//! Avoidance in Computer Networks" (additive increase and multiplicative decrease alone converge to fair shares);
//! Netflix's concurrency-limits, `AIMDLimit`, with its ratio and its time limit.
//!
//! Something was dropped, or took longer than `timeout`: the limit is multiplied by `kept`. A window of good answers, as
//! many as the limit, while at least half of it was in use: the limit grows by one. A limit that is not used says
//! nothing about what the backend can bear.
//!
//! Deviation: `AIMDLimit` acts on every answer. A backend that fails for a moment then fails all that is in flight, and
//! ten such failures leave a third of the limit. Here, as in TCP (RFC 6582), what was in flight when the limit was
//! cut does not cut it again, and growth is one a window.

use super::Outcome;
use crate::invalid::Invalid;
use crate::time::Duration;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// The limit before anything is known, in requests in flight.
    pub initial: u32,
    /// It never falls below this, at least 1.
    pub min: u32,
    /// It never grows above this.
    pub max: u32,
    /// What a drop leaves of the limit, in thousandths: 500 to 999.
    pub kept: u16,
    /// An answer that took longer counts as a drop.
    pub timeout: Duration,
}

impl Default for Options {
    /// 10 at first, 1 to 1000, nine tenths kept, 5 s.
    fn default() -> Self {
        Options {
            initial: 10,
            min: 1,
            max: 1000,
            kept: 900,
            timeout: Duration::from_millis(5_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would not be a limit.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            1 <= options.min && options.min <= options.initial && options.initial <= options.max,
            "a concurrency limit must begin between its least and its greatest, and the least must be at least 1",
        )?;
        Invalid::unless(
            (500..=999).contains(&options.kept),
            "a drop must leave 500 to 999 thousandths of a concurrency limit",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// The limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aimd {
    config: Config,
    limit: u32,
    /// Good answers since the limit last changed.
    good: u32,
    /// Requests that were in flight when it was last cut, as far as they have not ended.
    forgiven: u32,
}

impl Aimd {
    /// Nothing seen yet.
    pub fn new(config: Config) -> Self {
        Aimd {
            config,
            limit: config.0.initial,
            good: 0,
            forgiven: 0,
        }
    }

    /// How many may be in flight.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// One of `in_flight` requests ended so. They are taken to end in the order in which they began.
    pub fn finished(&mut self, outcome: Outcome, in_flight: u32) {
        let is_forgiven = self.forgiven > 0;
        self.forgiven = self.forgiven.saturating_sub(1);
        match outcome {
            Outcome::Ignored => {}
            Outcome::Answered(time) if time <= self.config.0.timeout => self.grow(in_flight),
            _ if is_forgiven => {}
            _ => self.cut(in_flight),
        }
    }

    fn grow(&mut self, in_flight: u32) {
        if in_flight < self.limit.div_ceil(2) {
            return;
        }
        self.good += 1;
        if self.good >= self.limit {
            self.good = 0;
            self.limit = (self.limit + 1).min(self.config.0.max);
        }
    }

    fn cut(&mut self, in_flight: u32) {
        let options = self.config.options();
        let kept = u64::from(self.limit) * u64::from(options.kept) / 1000;
        self.limit = (kept as u32).max(options.min);
        self.good = 0;
        self.forgiven = in_flight.saturating_sub(1);
    }
}
