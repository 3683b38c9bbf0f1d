//! Active health checks: a backend is probed at intervals, is down after so many failures in a row and up again
//! after so many successes. Cost: O(1) a call. Source: HAProxy's `check inter 2s fall 3 rise 2`, with its defaults.
//!
//! As there, the next probe is due an interval after the last one ended, so that no two of them are under way, and
//! a row is broken by a single result to the contrary.
//!
//! Deviations: a time limit of its own (HAProxy's is the interval unless `timeout check` is set), and one interval
//! for all states (`fastinter`, `downinter`).

use super::Change;
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// From the end of a probe to the beginning of the next.
    pub interval: Duration,
    /// How long a probe may take; one without an answer by then has failed.
    pub timeout: Duration,
    /// Up after this many successes in a row.
    pub rise: u32,
    /// Down after this many failures in a row.
    pub fall: u32,
    /// Whether the backend is taken to be well until probes say otherwise.
    pub starts_up: bool,
}

impl Default for Options {
    /// Every 2 s, 1 s each, up after two successes, down after three failures; at first it is well.
    fn default() -> Self {
        Options {
            interval: Duration::from_millis(2_000),
            timeout: Duration::from_millis(1_000),
            rise: 2,
            fall: 3,
            starts_up: true,
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what could not be probed.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.interval > Duration::ZERO,
            "the time between two health probes must be positive: without one, a backend that answers at once is \
             probed without end",
        )?;
        Invalid::unless(
            options.timeout > Duration::ZERO,
            "a health probe must be given time to be answered",
        )?;
        Invalid::unless(
            options.rise >= 1,
            "a backend must be up after at least 1 successful probe",
        )?;
        Invalid::unless(
            options.fall >= 1,
            "a backend must be down after at least 1 failed probe",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// Which probe. The answer to one that timed out must not pass for that to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProbeId(pub u64);

/// What is to be done, or to be known, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Send this probe. It is taken as sent: one that could not be has failed.
    Probe(ProbeId),
    /// A probe timed out, and that made the difference.
    Changed(Change),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Waiting { next: Instant },
    Probing { until: Instant },
}

/// The probes of one backend by one balancer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prober {
    config: Config,
    phase: Phase,
    probe: ProbeId,
    is_up: bool,
    row: u32,
}

impl Prober {
    /// Its first probe is due at `first`. Spread these over an interval, or all backends are probed at once.
    pub fn new(config: Config, first: Instant) -> Self {
        Prober {
            config,
            phase: Phase::Waiting { next: first },
            probe: ProbeId(0),
            is_up: config.0.starts_up,
            row: 0,
        }
    }

    /// What is to be done at `now`, one thing at a time: ask until there is nothing left.
    pub fn due(&mut self, now: Instant) -> Option<Step> {
        match self.phase {
            Phase::Waiting { next } if next <= now => {
                self.probe.0 += 1;
                let until = now + self.config.0.timeout;
                self.phase = Phase::Probing { until };
                Some(Step::Probe(self.probe))
            }
            Phase::Probing { until } if until <= now => self.ended(false, now).map(Step::Changed),
            _ => None,
        }
    }

    /// Probe `id` was answered, as is known at `now`. One that is over changes nothing, and an answer that took
    /// longer than it was given is none.
    pub fn answered(&mut self, id: ProbeId, healthy: bool, now: Instant) -> Option<Change> {
        match self.phase {
            Phase::Probing { until } if id == self.probe => {
                self.ended(healthy && now <= until, now)
            }
            _ => None,
        }
    }

    /// From when on [`Prober::due`] has something to do, if nothing else happens.
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting { next: at } | Phase::Probing { until: at } => Some(at),
        }
    }

    /// Whether it is well, as far as is known.
    pub fn is_up(&self) -> bool {
        self.is_up
    }

    fn ended(&mut self, healthy: bool, now: Instant) -> Option<Change> {
        let Options {
            interval,
            rise,
            fall,
            ..
        } = self.config.0;
        self.phase = Phase::Waiting {
            next: now + interval,
        };
        if healthy == self.is_up {
            self.row = 0;
            return None;
        }
        self.row += 1;
        let (needed, change) = if healthy {
            (rise, Change::Up)
        } else {
            (fall, Change::Down)
        };
        if self.row < needed {
            return None;
        }
        self.row = 0;
        self.is_up = healthy;
        Some(change)
    }
}
