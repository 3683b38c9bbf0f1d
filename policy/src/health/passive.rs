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

    /// What it goes by.
    pub fn config(&self) -> Config {
        self.config
    }

    fn is_up(&self) -> bool {
        !matches!(self.phase, Phase::Down { .. })
    }

    fn forget_before(&mut self, now: Instant) {
        let span = self.config.0.fail_timeout;
        while (self.failures.front()).is_some_and(|&first| now - first >= span) {
            self.failures.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn observer(max_fails: u32, fail_timeout: u64) -> Observer {
        let options = Options {
            max_fails,
            fail_timeout: Duration(fail_timeout),
        };
        Observer::new(Config::new(options).unwrap())
    }

    #[test]
    fn one_failure_keeps_it_down_for_the_time() {
        let mut observer = observer(1, 10);
        assert_eq!(observer.next_deadline(), None);
        assert_eq!(observer.failure(Instant(100)), Some(Change::Down));
        assert!(!observer.is_up());
        assert_eq!(observer.next_deadline(), Some(Instant(110)));
        assert_eq!(observer.due(Instant(109)), None);
        assert_eq!(observer.due(Instant(110)), Some(Change::Up));
        assert_eq!(observer.due(Instant(110)), None);
        assert!(observer.is_up());
    }

    #[test]
    fn only_failures_of_the_span_count() {
        let mut observer = observer(3, 10);
        for (at, change) in [(0, None), (5, None), (10, None), (14, Some(Change::Down))] {
            assert_eq!(observer.failure(Instant(at)), change, "{at}");
        }
    }

    #[test]
    fn one_on_trial_fails_by_a_single_failure_and_passes_by_a_single_success() {
        for passes in [true, false] {
            let mut observer = observer(3, 10);
            (0..3).for_each(|_| _ = observer.failure(Instant(0)));
            assert_eq!(observer.due(Instant(10)), Some(Change::Up));
            if passes {
                observer.success(Instant(11));
            }
            let change = observer.failure(Instant(12));
            assert_eq!(change, (!passes).then_some(Change::Down));
        }
    }

    #[test]
    fn a_failure_while_it_is_down_prolongs_that_and_a_success_does_not_end_it() {
        let mut observer = observer(1, 10);
        assert_eq!(observer.failure(Instant(0)), Some(Change::Down));
        assert_eq!(observer.failure(Instant(6)), None);
        observer.success(Instant(7));
        assert_eq!(observer.due(Instant(15)), None);
        assert_eq!(observer.due(Instant(16)), Some(Change::Up));
        assert_eq!(observer.failure(Instant(17)), Some(Change::Down));
    }

    #[test]
    fn what_would_be_no_check_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        let zero = Duration::ZERO;
        for (bad, sentence) in [
            (
                Options {
                    max_fails: 0,
                    ..good
                },
                "1 to 1000",
            ),
            (
                Options {
                    max_fails: 1001,
                    ..good
                },
                "1 to 1000",
            ),
            (
                Options {
                    fail_timeout: zero,
                    ..good
                },
                "must be positive",
            ),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        #[test]
        fn it_is_down_when_a_list_of_all_failures_says_so(
            max_fails in 1..5u32,
            steps in prop::collection::vec((0..8u64, any::<bool>()), 1..200),
        ) {
            let mut observer = observer(max_fails, 20);
            let mut now = Instant(0);
            let (mut failures, mut down_until, mut on_trial) = (Vec::new(), None, false);
            for (passed, fails) in steps {
                now += Duration(passed);
                let back = down_until.is_some_and(|until| until <= now);
                prop_assert_eq!(observer.due(now), back.then_some(Change::Up));
                if back {
                    (down_until, on_trial) = (None, true);
                }
                if !fails {
                    observer.success(now);
                    on_trial &= down_until.is_some();
                    continue;
                }
                failures.push(now);
                let recent = failures.iter().filter(|&&at| now - at < Duration(20)).count() as u32;
                let tips = down_until.is_none() && (on_trial || recent >= max_fails);
                prop_assert_eq!(observer.failure(now), tips.then_some(Change::Down));
                if tips || down_until.is_some() {
                    down_until = Some(now + Duration(20));
                    failures.clear();
                }
                prop_assert_eq!(observer.is_up(), down_until.is_none());
                prop_assert_eq!(observer.next_deadline(), down_until);
            }
        }
    }
}
