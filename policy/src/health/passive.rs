//! Passive health checks: a backend that failed so many requests within a span of time gets none for as long.
//! Cost: O(1) a call, amortised; memory O(`max_fails`). Source: nginx's `max_fails=1 fail_timeout=10s`.
//!
//! As there, a failure that comes in while it is down (of a request sent before) prolongs that, and once the time is
//! over it is on trial: the next result decides, be `max_fails` what it may.
//!
//! Deviations: exactly the failures of the last `fail_timeout` count, as nginx's documentation has it; its code keeps
//! a count that the first success after a pause clears. And nginx sends a single request on trial and no other before
//! its result is known; here the backend is simply up, for eligibility changes by event and not by a pick.

use std::collections::VecDeque;

use super::Change;
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Down after this many failures within `fail_timeout`, 1 to 1,000.
    pub max_fails: u32,
    /// The span in which failures are counted, and for how long it is down then.
    pub fail_timeout: Duration,
}

impl Default for Options {
    /// One failure, 10 s.
    fn default() -> Self {
        Options {
            max_fails: 1,
            fail_timeout: Duration::from_millis(10_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would be no check.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            (1..=1000).contains(&options.max_fails),
            "a backend must be down after 1 to 1000 failed requests",
        )?;
        Invalid::unless(
            options.fail_timeout > Duration::ZERO,
            "the time in which failed requests are counted must be positive",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Up,
    Down { until: Instant },
    OnTrial,
}

/// What one balancer's requests say of one backend.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Observer {
    config: Config,
    phase: Phase,
    failures: VecDeque<Instant>,
}

impl Observer {
    /// It is well.
    pub fn new(config: Config) -> Self {
        Observer {
            config,
            phase: Phase::Up,
            failures: VecDeque::new(),
        }
    }

    /// A request to it failed, as is known at `now`.
    pub fn failure(&mut self, now: Instant) -> Option<Change> {
        let Options {
            max_fails,
            fail_timeout,
        } = self.config.0;
        self.forget_before(now);
        self.failures.push_back(now);
        let tipped = match self.phase {
            Phase::Up => self.failures.len() >= max_fails as usize,
            Phase::OnTrial => true,
            Phase::Down { .. } => false,
        };
        if self.is_up() && !tipped {
            return None;
        }
        self.failures.clear();
        self.phase = Phase::Down {
            until: now + fail_timeout,
        };
        tipped.then_some(Change::Down)
    }

    /// A request to it succeeded, as is known at `now`. Of one that is down this says nothing: the request was sent
    /// before.
    pub fn success(&mut self, now: Instant) {
        self.forget_before(now);
        if self.phase == Phase::OnTrial {
            self.phase = Phase::Up;
        }
    }

    /// What has changed by `now` without anything happening: ask until there is nothing left.
    pub fn due(&mut self, now: Instant) -> Option<Change> {
        match self.phase {
            Phase::Down { until } if until <= now => {
                self.phase = Phase::OnTrial;
                Some(Change::Up)
            }
            _ => None,
        }
    }

    /// From when on [`Observer::due`] has something to say, if nothing else happens.
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Down { until } => Some(until),
            _ => None,
        }
    }

    /// Whether it may be sent requests.
    pub fn is_up(&self) -> bool {
        !matches!(self.phase, Phase::Down { .. })
    }

    fn forget_before(&mut self, now: Instant) {
        let span = self.config.0.fail_timeout;
        while (self.failures.front()).is_some_and(|&first| now - first >= span) {
            self.failures.pop_front();
        }
    }
}
