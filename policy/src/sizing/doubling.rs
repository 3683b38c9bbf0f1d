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
