//! A worker for each request that finds none: PHP-FPM's `pm = ondemand`, and what a function service does.
//! Cost: O(1). Source: `fpm_pctl_on_socket_accept` and the idle timeout in PHP's `sapi/fpm/fpm/fpm_process_ctl.c`.
//!
//! It wants as many as are busy and as requests wait, at once, and lets nobody go before for `idle` there was always
//! somebody idle. Then it wants those that were needed most in that time, where FPM stops each worker whose own idleness
//! lasted: in a pool that gives work to whoever was idle last that comes to the same.

use super::{About, Bounds, Observation, Sizer};
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// How long workers that nobody needs are kept.
    pub idle: Duration,
}

impl Default for Options {
    /// 10 s, as FPM's `process_idle_timeout`.
    fn default() -> Self {
        Options {
            idle: Duration::from_millis(10_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, a worker for each request and never twice the same.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.idle > Duration::ZERO,
            "a worker started on demand must be kept for a while: otherwise every request waits for a start",
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
pub struct OnDemand {
    config: Config,
    /// Since when fewer are needed than there are, and how many were needed most since.
    surplus: Option<(Instant, u32)>,
}

impl Sizer for OnDemand {
    type Config = Config;

    const ABOUT: About = About {
        name: "on-demand",
        summary: "one more for each request that finds none idle, fewer after a while without need (PHP-FPM)",
        interval: Duration::from_millis(1_000),
        on_need: true,
    };

    fn new(config: Config) -> Self {
        OnDemand {
            config,
            surplus: None,
        }
    }

    fn want(&mut self, seen: &Observation, _: Bounds) -> u32 {
        let workers = seen.workers();
        let needed = seen.busy.saturating_add(seen.waiting);
        if needed >= workers {
            self.surplus = None;
            return needed;
        }
        let (since, most) = self.surplus.unwrap_or((seen.now, needed));
        let most = most.max(needed);
        if seen.now - since < self.config.0.idle {
            self.surplus = Some((since, most));
            return workers;
        }
        self.surplus = Some((seen.now, needed));
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Bounds = Bounds { min: 1, max: 1_000 };

    fn seen(second: u64, ready: u32, busy: u32, waiting: u32) -> Observation {
        Observation {
            now: Instant(second * 1_000_000_000),
            ready,
            busy,
            waiting,
            ..Observation::default()
        }
    }

    #[test]
    fn whoever_waits_gets_a_worker_at_once() {
        let mut sizer = OnDemand::new(Config::default());
        assert_eq!(sizer.want(&seen(0, 0, 0, 1), WIDE), 1);
        assert_eq!(sizer.want(&seen(0, 3, 3, 5), WIDE), 8);
        let starting = Observation {
            starting: 5,
            ..seen(0, 3, 3, 5)
        };
        assert_eq!(sizer.want(&starting, WIDE), 8);
    }

    #[test]
    fn who_was_not_needed_for_a_while_goes_and_a_need_in_between_is_remembered() {
        let mut sizer = OnDemand::new(Config::default());
        let wanted: Vec<u32> = (0..=12)
            .map(|second| sizer.want(&seen(second, 8, if second == 4 { 3 } else { 1 }, 0), WIDE))
            .collect();
        assert_eq!(wanted, [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 3, 8, 8]);
    }

    #[test]
    fn a_worker_for_a_single_request_is_refused() {
        let none = Options {
            idle: Duration::ZERO,
        };
        assert!(
            Config::new(none)
                .unwrap_err()
                .to_string()
                .contains("kept for a while")
        );
    }
}
