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
    /// Whether the backend is taken to be well until probes say otherwise. If not, it must not be chosen before
    /// `rise` probes have succeeded: whoever drives the prober holds [`Unhealthy`](crate::standing::Reason::Unhealthy)
    /// against the backend for as long as [`Prober::is_up`] says no, from the beginning and after each new prober.
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
    /// Its first probe is due at `first`. It is up or not as [`Options::starts_up`] has it; that is no change that
    /// anybody is told of: ask [`Prober::is_up`]. Spread the first ones over an interval, or all are probed at once.
    pub fn new(config: Config, first: Instant) -> Self {
        Prober {
            config,
            phase: Phase::Waiting { next: first },
            probe: ProbeId(0),
            is_up: config.0.starts_up,
            row: 0,
        }
    }

    /// Another backend is behind it, of which nothing is known; its first probe is due at `first`. The numbers go on, so
    /// that the answer to a probe of the one before changes nothing.
    pub fn renew(&mut self, first: Instant) {
        *self = Prober {
            probe: self.probe,
            ..Prober::new(self.config, first)
        };
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

    /// What it goes by.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Whether it is well, as far as is known: how it begins, and what every [`Change`] since was of. For drivers, who
    /// must hold it against a backend that does not start up before anything has changed.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn options() -> Options {
        Options {
            interval: Duration(20),
            timeout: Duration(10),
            ..Options::default()
        }
    }

    fn prober(options: Options) -> Prober {
        Prober::new(Config::new(options).unwrap(), Instant(5))
    }

    /// Sends the next probe when it is due.
    fn send(prober: &mut Prober) -> (ProbeId, Instant) {
        let at = prober.next_deadline().unwrap();
        match prober.due(at) {
            Some(Step::Probe(id)) => (id, at),
            other => panic!("{other:?} instead of a probe"),
        }
    }

    /// Down at first + fall x timeout + (fall - 1) x interval.
    #[test]
    fn a_backend_that_never_answers_is_down_after_as_many_time_limits() {
        let mut prober = prober(options());
        let mut steps = Vec::new();
        for now in 0..75 {
            while let Some(step) = prober.due(Instant(now)) {
                steps.push((now, step));
            }
        }
        let expected = [
            (5, Step::Probe(ProbeId(1))),
            (35, Step::Probe(ProbeId(2))),
            (65, Step::Probe(ProbeId(3))),
        ];
        assert_eq!(steps, expected);
        assert!(prober.is_up());
        let tipped = prober.due(Instant(75));
        assert_eq!(tipped, Some(Step::Changed(Change::Down)));
        assert!(!prober.is_up());
        assert_eq!(prober.due(Instant(75)), None);
        assert_eq!(prober.next_deadline(), Some(Instant(95)));
    }

    /// What a driver goes by that asks whether it is up at first and follows the changes from then on.
    #[test]
    fn one_that_does_not_start_up_is_down_without_a_change_until_its_probes_succeed() {
        let mut prober = prober(Options {
            starts_up: false,
            ..options()
        });
        assert!(!prober.is_up());
        let mut changes = Vec::new();
        for healthy in [true, false, true, true, true] {
            let (id, at) = send(&mut prober);
            changes.extend(prober.answered(id, healthy, at));
            assert_eq!(prober.is_up(), !changes.is_empty());
        }
        assert_eq!(changes, [Change::Up]);
    }

    #[test]
    fn the_next_probe_is_due_an_interval_after_the_answer() {
        let mut prober = prober(options());
        let (id, at) = send(&mut prober);
        assert_eq!(prober.next_deadline(), Some(at + Duration(10)));
        assert_eq!(prober.answered(id, true, at + Duration(4)), None);
        assert_eq!(prober.next_deadline(), Some(at + Duration(24)));
    }

    #[test]
    fn the_answer_to_a_probe_that_is_over_changes_nothing() {
        let mut prober = prober(Options {
            fall: 1,
            rise: 1,
            ..options()
        });
        let (first, at) = send(&mut prober);
        let timed_out = at + Duration(10);
        assert_eq!(prober.due(timed_out), Some(Step::Changed(Change::Down)));
        let before = prober.clone();
        assert_eq!(prober.answered(first, true, timed_out), None);
        let (second, at) = send(&mut prober);
        assert_eq!(prober.answered(first, true, at), None);
        assert_eq!(prober.answered(second, true, at), Some(Change::Up));
        assert_eq!(prober.answered(second, false, at), None);
        assert_ne!(prober, before);
    }

    #[test]
    fn the_answer_to_a_probe_of_the_one_before_says_nothing_of_the_next() {
        let mut prober = prober(Options {
            fall: 1,
            ..options()
        });
        let (before, at) = send(&mut prober);
        prober.renew(at);
        let (after, _) = send(&mut prober);
        assert_ne!(before, after);
        assert_eq!(prober.answered(before, false, at), None);
        assert_eq!(prober.answered(after, false, at), Some(Change::Down));
        prober.renew(at);
        assert!(prober.is_up());
    }

    #[test]
    fn an_answer_that_took_too_long_is_none() {
        for (took, change) in [(10, None), (11, Some(Change::Down))] {
            let mut prober = prober(Options {
                fall: 1,
                ..options()
            });
            let (id, at) = send(&mut prober);
            assert_eq!(prober.answered(id, true, at + Duration(took)), change);
        }
    }

    #[test]
    fn what_could_not_be_probed_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        let zero = Duration::ZERO;
        for (bad, sentence) in [
            (
                Options {
                    interval: zero,
                    ..good
                },
                "between two health probes",
            ),
            (
                Options {
                    timeout: zero,
                    ..good
                },
                "time to be answered",
            ),
            (Options { rise: 0, ..good }, "1 successful"),
            (Options { fall: 0, ..good }, "1 failed"),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        /// It changes exactly when the last so many results since the last change all say the contrary.
        #[test]
        fn it_takes_a_row_to_change_it(
            rise in 1..5u32,
            fall in 1..5u32,
            starts_up: bool,
            results in prop::collection::vec((any::<bool>(), 0..15u64), 1..200),
        ) {
            let mut prober = prober(Options { rise, fall, starts_up, ..options() });
            let mut up = starts_up;
            let mut since_change: Vec<bool> = Vec::new();
            for (healthy, took) in results {
                let (id, at) = send(&mut prober);
                let change = if took > 10 {
                    prober.due(at + Duration(10)).map(|step| match step {
                        Step::Changed(change) => change,
                        Step::Probe(_) => panic!("two probes at once"),
                    })
                } else {
                    prober.answered(id, healthy, at + Duration(took))
                };
                since_change.push(healthy && took <= 10);
                let row = if up { fall } else { rise } as usize;
                let last = since_change.iter().rev().take(row);
                let expected = since_change.len() >= row && last.into_iter().all(|&result| result != up);
                prop_assert_eq!(change.is_some(), expected);
                if let Some(change) = change {
                    up = change == Change::Up;
                    since_change.clear();
                }
                prop_assert_eq!(prober.is_up(), up);
            }
        }
    }
}
