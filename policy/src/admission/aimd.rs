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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Outcome = Outcome::Answered(Duration(1));

    fn aimd(initial: u32) -> Aimd {
        let options = Options {
            initial,
            ..Options::default()
        };
        Aimd::new(Config::new(options).unwrap())
    }

    /// A window of requests that all end so, with all of the limit in use.
    fn full_window(aimd: &mut Aimd, outcome: Outcome) {
        let limit = aimd.limit();
        (0..limit).for_each(|_| aimd.finished(outcome, limit));
    }

    #[test]
    fn a_window_of_good_answers_adds_one() {
        let mut aimd = aimd(10);
        (0..9).for_each(|_| aimd.finished(GOOD, 10));
        assert_eq!(aimd.limit(), 10);
        aimd.finished(GOOD, 10);
        assert_eq!(aimd.limit(), 11);
        (0..5).for_each(|_| full_window(&mut aimd, GOOD));
        assert_eq!(aimd.limit(), 16);
    }

    #[test]
    fn a_limit_that_is_not_used_does_not_grow() {
        let mut aimd = aimd(10);
        (0..1_000).for_each(|_| aimd.finished(GOOD, 4));
        assert_eq!(aimd.limit(), 10);
        (0..10).for_each(|_| aimd.finished(GOOD, 5));
        assert_eq!(aimd.limit(), 11);
    }

    #[test]
    fn a_drop_or_a_slow_answer_takes_a_tenth_once_for_all_that_was_in_flight() {
        let slow = Outcome::Answered(Duration(5_000_000_001));
        for bad in [Outcome::Dropped, slow] {
            let mut aimd = aimd(100);
            (1..=100).rev().for_each(|n| aimd.finished(bad, n));
            assert_eq!(aimd.limit(), 90);
            aimd.finished(bad, 90);
            assert_eq!(aimd.limit(), 81);
        }
        let mut aimd = aimd(100);
        let in_time = Outcome::Answered(Duration(5_000_000_000));
        (1..=100).rev().for_each(|n| aimd.finished(in_time, n));
        assert_eq!(aimd.limit(), 100);
    }

    #[test]
    fn what_was_cut_must_be_earned_again_from_the_start() {
        let mut aimd = aimd(10);
        (0..9).for_each(|_| aimd.finished(GOOD, 10));
        aimd.finished(Outcome::Dropped, 10);
        assert_eq!(aimd.limit(), 9);
        (0..8).for_each(|_| aimd.finished(GOOD, 9));
        assert_eq!(aimd.limit(), 9);
        aimd.finished(GOOD, 9);
        assert_eq!(aimd.limit(), 10);
    }

    /// Chiu and Jain: two who share a capacity, and are both told when they have more than it together, come to have
    /// the same, wherever they began.
    #[test]
    fn two_converge_to_fair_shares() {
        let (mut a, mut b) = (aimd(1), aimd(180));
        for _ in 0..2_000 {
            let outcome = if a.limit() + b.limit() > 200 {
                Outcome::Dropped
            } else {
                GOOD
            };
            full_window(&mut a, outcome);
            full_window(&mut b, outcome);
        }
        let (a, b) = (a.limit(), b.limit());
        assert!(a.abs_diff(b) <= 10 && a + b >= 170, "{a} and {b}");
    }

    #[test]
    fn what_would_be_no_limit_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (Options { min: 0, ..good }, "at least 1"),
            (Options { min: 11, ..good }, "begin between"),
            (Options { max: 9, ..good }, "begin between"),
            (Options { kept: 499, ..good }, "500 to 999"),
            (Options { kept: 1000, ..good }, "500 to 999"),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }
}
