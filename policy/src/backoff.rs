//! How one waiter waits for something that is taken: it spins a few times, then sleeps for longer and longer,
//! then gives up.
//! Cost: O(1), one draw a sleep. Source: the slot pool of zigttp, with its numbers.
//!
//! Deviation: zigttp's limit of 100 retries ended the wait after about 84 ms while 5 s were configured, because
//! it had two limits and one was hidden. Here a limit is what the configuration says and nothing else, and
//! either ends the wait.

use rand_core::Rng;

use crate::growth::{Growth, Jitter};
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen. At least one of the two limits must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// How often to try again at once before the first sleep.
    pub spins: u32,
    /// How long to sleep between the tries after that.
    pub sleep: Growth,
    /// How often to try again in all, spinning and sleeping, before giving up.
    pub retries: Option<u32>,
    /// How long to wait in all before giving up.
    pub patience: Option<Duration>,
}

impl Default for Options {
    /// Ten spins, then 10 us doubling to 1 ms a quarter either way, for 5 s.
    fn default() -> Self {
        Options {
            spins: 10,
            sleep: Growth {
                first: Duration::from_micros(10),
                max: Duration::from_millis(1),
                jitter: Jitter::QUARTER,
            },
            retries: None,
            patience: Some(Duration::from_millis(5_000)),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, waits that would not end.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.retries.is_some() || options.patience.is_some(),
            "a wait needs a limit, a number of retries or a time: without one it may never end",
        )?;
        options.sleep.check()?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// What to do before the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Try again at once, after telling the processor that this is a spin.
    Spin,
    /// Try again after this long.
    Sleep(Duration),
    /// Do not try again.
    GiveUp,
}

/// One wait, from the first try that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backoff {
    config: Config,
    deadline: Instant,
    retries: u32,
}

impl Backoff {
    /// The wait begins at `now`.
    pub fn new(config: Config, now: Instant) -> Self {
        let patience = config.0.patience;
        Backoff {
            config,
            deadline: patience.map_or(Instant::NEVER, |patience| now + patience),
            retries: 0,
        }
    }

    /// A try failed at `now`: what to do before the next. A sleep ends at the deadline at the latest; the try
    /// after it is the last.
    pub fn next<R: Rng>(&mut self, now: Instant, rng: &mut R) -> Step {
        let options = self.config.options();
        if now >= self.deadline || options.retries.is_some_and(|limit| self.retries >= limit) {
            return Step::GiveUp;
        }
        let earlier = self.retries;
        self.retries = earlier.saturating_add(1);
        match earlier.checked_sub(options.spins) {
            None => Step::Spin,
            Some(sleeps) => {
                let delay = options.sleep.delay(sleeps, rng);
                Step::Sleep(delay.min(self.deadline - now))
            }
        }
    }

    /// How often [`Backoff::next`] said to try again.
    pub fn retries(&self) -> u32 {
        self.retries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    fn rng() -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(1)
    }

    #[test]
    fn spins_then_sleeps_twice_as_long_each_time_then_gives_up() {
        let sleep = Growth {
            first: Duration(10),
            max: Duration(30),
            jitter: Jitter::NONE,
        };
        let options = Options {
            spins: 2,
            sleep,
            retries: Some(5),
            patience: None,
        };
        let mut backoff = Backoff::new(Config::new(options).unwrap(), Instant(0));
        let steps = [(); 7].map(|()| backoff.next(Instant(0), &mut rng()));
        let sleep = |ns| Step::Sleep(Duration(ns));
        let expected = [Step::Spin, Step::Spin, sleep(10), sleep(20), sleep(30)];
        assert_eq!(steps[..5], expected);
        assert_eq!(steps[5..], [Step::GiveUp, Step::GiveUp]);
        assert_eq!(backoff.retries(), 5);
    }

    #[test]
    fn the_last_sleep_ends_at_the_deadline() {
        let options = Options {
            spins: 0,
            sleep: Growth::constant(Duration(70), Jitter::NONE),
            patience: Some(Duration(100)),
            ..Options::default()
        };
        let mut backoff = Backoff::new(Config::new(options).unwrap(), Instant(5));
        let mut rng = rng();
        assert_eq!(
            backoff.next(Instant(5), &mut rng),
            Step::Sleep(Duration(70))
        );
        assert_eq!(
            backoff.next(Instant(75), &mut rng),
            Step::Sleep(Duration(30))
        );
        assert_eq!(backoff.next(Instant(105), &mut rng), Step::GiveUp);
    }

    /// Which is when zigttp's pool gave up.
    #[test]
    fn a_hundred_retries_take_about_84_milliseconds() {
        let options = Options {
            retries: Some(100),
            ..Options::default()
        };
        let mut backoff = Backoff::new(Config::new(options).unwrap(), Instant(0));
        let (mut now, mut rng) = (Instant(0), rng());
        loop {
            match backoff.next(now, &mut rng) {
                Step::Spin => {}
                Step::Sleep(span) => now += span,
                Step::GiveUp => break,
            }
        }
        assert!(now.0.abs_diff(84_000_000) < 4_000_000, "{now:?}");
    }

    #[test]
    fn a_wait_without_end_is_refused() {
        let options = Options {
            patience: None,
            ..Options::default()
        };
        let refusal = Config::new(options).unwrap_err().to_string();
        assert!(refusal.contains("needs a limit"), "{refusal}");
        assert_eq!(Config::new(Options::default()), Ok(Config::default()));
    }

    proptest! {
        #[test]
        fn every_wait_ends_by_its_limits(
            spins in 0..4u32,
            (first, max) in (1..100u64).prop_flat_map(|first| (Just(first), first..1_000)),
            jitter in 0..=1000u16,
            retries in prop::option::of(0..20u32),
            patience in 0..5_000u64,
            late in 0..50u64,
            seed: u64,
        ) {
            let sleep = Growth { first: Duration(first), max: Duration(max), jitter: Jitter(jitter) };
            let options = Options { spins, sleep, retries, patience: Some(Duration(patience)) };
            let start = Instant(77);
            let mut backoff = Backoff::new(Config::new(options).unwrap(), start);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut now = start;
            loop {
                match backoff.next(now, &mut rng) {
                    Step::Spin => {
                        prop_assert!(backoff.retries() <= spins);
                        now += Duration(1);
                    }
                    Step::Sleep(span) => {
                        prop_assert!(backoff.retries() > spins);
                        prop_assert!(now + span <= start + Duration(patience));
                        // Who sleeps may wake late, and always does.
                        now += span + Duration(late + 1);
                    }
                    Step::GiveUp => break,
                }
                prop_assert!(retries.is_none_or(|limit| backoff.retries() <= limit));
            }
            let is_spent = Some(backoff.retries()) == retries;
            prop_assert!(is_spent || now >= start + Duration(patience));
        }
    }
}
