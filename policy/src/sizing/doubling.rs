//! Spare workers, started at a doubling rate: PHP-FPM's `pm = dynamic`.
//! Cost: O(1). Source: `fpm_pctl_perform_idle_server_maintenance` in PHP's `sapi/fpm/fpm/fpm_process_ctl.c`.
//!
//! Once a second: with more idle workers than `max_spare`, one is stopped; with fewer than `min_spare`, as many are
//! started as the spawn rate allows, but never more than are missing, and the rate doubles for the next time. In
//! between, at the largest number of workers, and after a stop, the rate is 1 again.
//!
//! As there, a worker that is being started is not idle yet: when a start takes longer than a second, more are started
//! than were missing. The rate doubles while it is below its limit, so a limit that is no power of two is exceeded.
//! How often it is done is for the caller, who observes.

use super::{About, Bounds, Observation, Sizer};
use crate::invalid::Invalid;
use crate::time::Duration;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// With fewer idle workers some are started.
    pub min_spare: u32,
    /// With more idle workers one is stopped.
    pub max_spare: u32,
    /// The spawn rate stops doubling here: workers started at a time.
    pub max_spawn_rate: u32,
}

impl Default for Options {
    /// 1 to 3 spare ones, and up to 32 at a time.
    fn default() -> Self {
        Options {
            min_spare: 1,
            max_spare: 3,
            max_spawn_rate: 32,
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what PHP-FPM refuses.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.min_spare >= 1,
            "at least 1 worker must be spare: otherwise none is ever started",
        )?;
        Invalid::unless(
            options.min_spare <= options.max_spare,
            "the least number of spare workers must not be above the largest",
        )?;
        Invalid::unless(
            (1..=1 << 20).contains(&options.max_spawn_rate),
            "1 to 1048576 workers can be started at a time",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Doubling {
    config: Config,
    spawn_rate: u32,
}

impl Sizer for Doubling {
    type Config = Config;

    const ABOUT: About = About {
        name: "doubling",
        summary: "so many spare workers, started at a doubling rate, stopped one by one (PHP-FPM)",
        interval: Duration::from_millis(1_000),
        on_need: false,
    };

    fn new(config: Config) -> Self {
        Doubling {
            config,
            spawn_rate: 1,
        }
    }

    fn want(&mut self, seen: &Observation, bounds: Bounds) -> u32 {
        let options = self.config.0;
        let idle = seen.ready.saturating_sub(seen.busy);
        let workers = seen.workers();
        let rate = std::mem::replace(&mut self.spawn_rate, 1);
        if idle > options.max_spare {
            return workers - 1;
        }
        if idle >= options.min_spare || workers >= bounds.max {
            return workers;
        }
        self.spawn_rate = if rate < options.max_spawn_rate {
            rate * 2
        } else {
            rate
        };
        workers.saturating_add(rate.min(options.min_spare - idle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizing::testing::observations;
    use proptest::prelude::*;

    const WIDE: Bounds = Bounds { min: 1, max: 1_000 };

    fn seen(ready: u32, starting: u32, busy: u32) -> Observation {
        Observation {
            ready,
            starting,
            busy,
            ..Observation::default()
        }
    }

    fn doubling(min_spare: u32, max_spare: u32, max_spawn_rate: u32) -> Doubling {
        let options = Options {
            min_spare,
            max_spare,
            max_spawn_rate,
        };
        Doubling::new(Config::new(options).unwrap())
    }

    /// All are busy always, and all that are started are ready the next time.
    fn started(sizer: &mut Doubling, bounds: Bounds) -> Vec<u32> {
        let mut workers = 1;
        let more = |_| {
            let wanted = sizer.want(&seen(workers, 0, workers), bounds);
            let more = bounds.clamp(wanted) - workers;
            workers += more;
            more
        };
        (0..9).map(more).collect()
    }

    #[test]
    fn the_spawn_rate_doubles_to_its_limit() {
        let rates = started(&mut doubling(1_000, 1_000, 32), WIDE);
        assert_eq!(rates, [1, 2, 4, 8, 16, 32, 32, 32, 32]);
        let exceeded = started(&mut doubling(1_000, 1_000, 10), WIDE);
        assert_eq!(exceeded, [1, 2, 4, 8, 16, 16, 16, 16, 16]);
    }

    #[test]
    fn no_more_are_started_than_are_missing_but_the_rate_doubles() {
        let mut sizer = doubling(5, 10, 32);
        assert_eq!(sizer.want(&seen(10, 0, 8), WIDE), 11);
        assert_eq!(sizer.want(&seen(11, 0, 9), WIDE), 13);
        assert_eq!(
            sizer.want(&seen(13, 0, 10), WIDE),
            15,
            "two are missing, four were allowed"
        );
        assert_eq!(
            sizer.want(&seen(15, 0, 15), WIDE),
            20,
            "five are, eight were"
        );
    }

    #[test]
    fn one_is_stopped_at_a_time_and_the_rate_begins_anew() {
        let mut sizer = doubling(2, 5, 32);
        sizer.want(&seen(10, 0, 10), WIDE);
        assert_eq!(sizer.want(&seen(30, 0, 10), WIDE), 29);
        assert_eq!(sizer.want(&seen(29, 0, 10), WIDE), 28);
        assert_eq!(
            sizer.want(&seen(15, 0, 10), WIDE),
            15,
            "five spare are not too many"
        );
        assert_eq!(sizer.want(&seen(15, 0, 15), WIDE), 16);
    }

    #[test]
    fn enough_spare_ones_or_the_largest_number_let_the_rate_begin_anew() {
        for between in [seen(20, 0, 10), seen(30, 0, 30)] {
            let mut sizer = doubling(10, 20, 32);
            let bounds = Bounds { min: 1, max: 30 };
            (0..3).for_each(|_| _ = sizer.want(&seen(10, 0, 10), bounds));
            assert_eq!(sizer.want(&between, bounds), between.workers());
            assert_eq!(sizer.want(&seen(20, 0, 20), bounds), 21);
        }
    }

    #[test]
    fn workers_being_started_are_not_idle_yet() {
        let mut sizer = doubling(2, 5, 32);
        assert_eq!(sizer.want(&seen(10, 0, 10), WIDE), 11);
        assert_eq!(sizer.want(&seen(10, 1, 10), WIDE), 13);
    }

    #[test]
    fn what_php_fpm_refuses_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (
                Options {
                    min_spare: 0,
                    ..good
                },
                "at least 1",
            ),
            (
                Options {
                    min_spare: 4,
                    ..good
                },
                "above the largest",
            ),
            (
                Options {
                    max_spawn_rate: 0,
                    ..good
                },
                "1 to 1048576",
            ),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        #[test]
        fn with_enough_spare_ones_nothing_changes(all in observations(), min in 1..5u32, more in 0..5u32) {
            let mut sizer = doubling(min, min + more, 32);
            for seen in all {
                let idle = seen.ready - seen.busy;
                let wanted = sizer.want(&seen, WIDE);
                if (min..=min + more).contains(&idle) {
                    prop_assert_eq!(wanted, seen.workers());
                }
                prop_assert!(wanted + 1 >= seen.workers());
                prop_assert!(wanted <= seen.workers() + min);
            }
        }

        /// Busy workers that stay so: it comes to rest with enough spare ones and not too many.
        #[test]
        fn under_a_constant_load_it_comes_to_rest(
            busy in 0..100u32,
            from in 1..200u32,
            min in 1..20u32,
            more in 0..20u32,
        ) {
            let mut sizer = doubling(min, min + more, 32);
            let mut workers = from;
            for _ in 0..300 {
                workers = WIDE.clamp(sizer.want(&seen(workers, 0, busy.min(workers)), WIDE));
            }
            let idle = workers - busy.min(workers);
            prop_assert!((min..=min + more).contains(&idle), "{idle} of {workers}");
        }
    }
}
