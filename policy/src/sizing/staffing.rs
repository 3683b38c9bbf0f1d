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
        on_need: false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use proptest::prelude::*;

    const WIDE: Bounds = Bounds { min: 1, max: 1_000 };

    /// For a second so many came and were served, each in so many milliseconds.
    fn seen(arrivals: u64, completions: u64, service_ms: u64) -> Observation {
        Observation {
            now: Instant(1_000_000_000),
            span: Duration::from_millis(1_000),
            ready: 7,
            arrivals,
            completions,
            busy_time: Duration::from_millis(completions * service_ms),
            ..Observation::default()
        }
    }

    fn staffing(beta: f64) -> Staffing {
        let options = Options {
            beta,
            ..Options::default()
        };
        Staffing::new(Config::new(options).unwrap())
    }

    #[test]
    fn it_is_the_load_and_a_margin_of_its_square_root() {
        for (arrivals, beta, wanted) in [
            (1_000, 1.0, 110),
            (1_000, 2.0, 120),
            (1_000, 0.0, 100),
            (1_000, 0.05, 101),
            (20, 1.0, 4),
            (0, 1.0, 0),
        ] {
            let seen = seen(arrivals, arrivals, 100);
            assert_eq!(
                staffing(beta).want(&seen, WIDE),
                wanted,
                "{arrivals}, {beta}"
            );
        }
    }

    #[test]
    fn an_overloaded_pool_is_told_by_how_much() {
        assert_eq!(staffing(0.0).want(&seen(1_000, 10, 100), WIDE), 100);
    }

    #[test]
    fn without_a_completion_those_that_were_busy_are_the_load() {
        let stuck = Observation {
            busy_time: Duration::from_millis(7_000),
            ..seen(1_000, 0, 0)
        };
        assert_eq!(staffing(0.0).want(&stuck, WIDE), 7);
        let nothing = Observation {
            span: Duration::ZERO,
            ..stuck
        };
        assert_eq!(
            staffing(0.0).want(&nothing, WIDE),
            7,
            "as many as there are"
        );
    }

    /// After one time constant of another load, 1 - 1/e of the way.
    #[test]
    fn load_is_smoothed_over_the_time_constant() {
        let mut sizer = staffing(0.0);
        sizer.want(&seen(0, 0, 0), WIDE);
        (0..10).for_each(|_| _ = sizer.want(&seen(1_000, 1_000, 100), WIDE));
        let load = sizer.offered_load().unwrap();
        assert!((load - 63.212).abs() < 1e-3, "{load}");
    }

    /// Erlang C: with the margin the probability of waiting stays what it is, from 10 to 10,000 servers' worth.
    #[test]
    fn the_probability_of_waiting_depends_on_the_margin_alone() {
        for arrivals in [100u64, 1_000, 10_000, 100_000] {
            let load = arrivals as f64 / 10.0;
            let servers = staffing(1.0).want(&seen(arrivals, arrivals, 100), WIDE);
            let blocked = (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b));
            let waits = blocked / (1.0 - load / f64::from(servers) * (1.0 - blocked));
            assert!(
                (0.17..0.25).contains(&waits),
                "{servers} for {load}: {waits}"
            );
        }
    }

    #[test]
    fn what_would_be_no_margin_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (Options { beta: -0.1, ..good }, "0 to 100"),
            (
                Options {
                    beta: 100.1,
                    ..good
                },
                "0 to 100",
            ),
            (
                Options {
                    beta: f64::NAN,
                    ..good
                },
                "0 to 100",
            ),
            (
                Options {
                    smoothing: Duration::ZERO,
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
        fn under_a_constant_load_it_wants_the_same_always(arrivals in 1..5_000u64, service_ms in 1..500u64) {
            let mut sizer = staffing(1.0);
            let seen = seen(arrivals, arrivals, service_ms);
            let first = sizer.want(&seen, WIDE);
            let load = arrivals as f64 * service_ms as f64 / 1_000.0;
            prop_assert!((f64::from(first) - load - load.sqrt()).abs() <= 1.0);
            for _ in 0..50 {
                prop_assert_eq!(sizer.want(&seen, WIDE), first);
            }
        }
    }
}
