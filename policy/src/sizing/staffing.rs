//! Square-root staffing: the load that is offered, and a margin that grows with its square root.
//! Cost: O(1), one `exp`. Source: Halfin & Whitt, "Heavy-traffic limits for queues with many exponential servers",
//! Operations Research 29 (1981): with c = a + beta sqrt(a) servers the probability of waiting depends on beta alone,
//! however large a is; .22 for beta = 1.
//!
//! The offered load a = arrivals a second x mean service time is measured, and smoothed over a time constant. It counts
//! arrivals, not what was served: a pool that is too small is told by how much. Without a completion the mean service
//! time is not known, and the workers that were busy are taken for the load.

use super::{About, Bounds, Observation, Sizer};
use crate::invalid::Invalid;
use crate::time::Duration;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Margin in square roots of the load, 0 to 100: with 1, two in nine
    /// requests wait, with 2 one in 37.
    pub beta: f64,
    /// Time constant of the moving averages.
    pub smoothing: Duration,
}

impl Default for Options {
    /// One square root, 10 s.
    fn default() -> Self {
        Options {
            beta: 1.0,
            smoothing: Duration::from_millis(10_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would be no margin or no average.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            (0.0..=100.0).contains(&options.beta),
            "the margin of square-root staffing must be 0 to 100 square roots of the load",
        )?;
        Invalid::unless(
            options.smoothing > Duration::ZERO,
            "the time over which load is averaged must be positive",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// Of a second, on average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Rates {
    arrivals: f64,
    completions: f64,
    busy: f64,
}

impl Rates {
    fn of(seen: &Observation) -> Rates {
        let seconds = seen.span.as_seconds();
        Rates {
            arrivals: seen.arrivals as f64 / seconds,
            completions: seen.completions as f64 / seconds,
            busy: seen.mean_busy(),
        }
    }

    /// This, and of `new` the share `weight`.
    fn towards(self, new: Rates, weight: f64) -> Rates {
        let mixed = |old: f64, new: f64| old + weight * (new - old);
        Rates {
            arrivals: mixed(self.arrivals, new.arrivals),
            completions: mixed(self.completions, new.completions),
            busy: mixed(self.busy, new.busy),
        }
    }

    fn offered_load(&self) -> f64 {
        if self.completions > 0.0 {
            self.arrivals * self.busy / self.completions
        } else {
            self.busy
        }
    }
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq)]
pub struct Staffing {
    config: Config,
    rates: Option<Rates>,
}

impl Staffing {
    /// Workers that are busy if nobody has to wait: the mean number, as measured.
    pub fn offered_load(&self) -> Option<f64> {
        self.rates.map(|rates| rates.offered_load())
    }
}

impl Sizer for Staffing {
    type Config = Config;

    const ABOUT: About = About {
        name: "staffing",
        summary: "the load offered and a margin of its square root (Halfin and Whitt)",
        interval: Duration::from_millis(1_000),
    };

    fn new(config: Config) -> Self {
        Staffing {
            config,
            rates: None,
        }
    }

    fn want(&mut self, seen: &Observation, _: Bounds) -> u32 {
        if seen.span > Duration::ZERO {
            let new = Rates::of(seen);
            let elapsed = seen.span.0 as f64 / self.config.0.smoothing.0 as f64;
            let weight = 1.0 - libm::exp(-elapsed);
            self.rates = Some(self.rates.map_or(new, |old| old.towards(new, weight)));
        }
        let Some(load) = self.offered_load() else {
            return seen.workers();
        };
        // A load that is a whole number but for its rounding needs no other worker for that.
        (load + self.config.0.beta * load.sqrt() - 1e-9).ceil() as u32
    }
}
