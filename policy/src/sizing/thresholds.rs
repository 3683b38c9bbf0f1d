//! Thresholds: one worker more when each gets too many requests, one less when each gets too few.
//! Cost: O(1). Source: `DynamicWorkerPool`, the pool this project started from: every 5 s, above 100 requests a worker
//! one more, below 10 one less ([`Options::FIRST_PROPOSED`]).
//!
//! Deviations, against flapping: it must hold for some observations in a row, and then nothing happens for a while; and
//! the thresholds must be so far apart that no step undoes the one before.
//!
//! A worker that is being started counts: it was ordered for these very requests.

use super::{About, Bounds, Observation, Sizer};
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Above so many requests a worker in `per`, one worker more.
    pub up: u64,
    /// Below so many, one less.
    pub down: u64,
    /// The span in which the thresholds count. Observations may be of another.
    pub per: Duration,
    /// For how many observations in a row it must hold, at least 1.
    pub hold: u32,
    /// For how long after a change there is no other.
    pub cooldown: Duration,
}

impl Options {
    /// Acts on every observation, as it was first proposed.
    pub const FIRST_PROPOSED: Options = Options {
        up: 100,
        down: 10,
        per: Duration::from_millis(5_000),
        hold: 1,
        cooldown: Duration::ZERO,
    };
}

impl Default for Options {
    /// Above 100 in 5 s, or below 10, twice in a row, and no sooner than after 15 s.
    fn default() -> Self {
        Options {
            hold: 2,
            cooldown: Duration::from_millis(15_000),
            ..Options::FIRST_PROPOSED
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would flap.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        // From n workers to n + 1 the share of each falls to n / (n + 1), at the worst to a half.
        Invalid::unless(
            options.up >= 1 && options.down <= options.up / 2,
            "the lower threshold must be at most half the upper one: otherwise a second worker, started because one \
             has too much to do, has too little",
        )?;
        Invalid::unless(
            options.per > Duration::ZERO,
            "the span in which thresholds count requests must be positive",
        )?;
        Invalid::unless(
            options.hold >= 1,
            "a threshold must be passed in at least 1 observation",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Side {
    Above,
    Within,
    Below,
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thresholds {
    config: Config,
    side: Side,
    row: u32,
    rests_until: Instant,
}

impl Thresholds {
    fn side(&self, seen: &Observation) -> Side {
        let Options { up, down, per, .. } = self.config.0;
        // Requests a worker in `per` = arrivals * per / (span * workers), compared without dividing.
        let requests = u128::from(seen.arrivals) * u128::from(per.0);
        let one_each = u128::from(seen.span.0) * u128::from(seen.workers().max(1));
        if requests > one_each.saturating_mul(u128::from(up)) {
            Side::Above
        } else if requests < one_each.saturating_mul(u128::from(down)) {
            Side::Below
        } else {
            Side::Within
        }
    }
}

impl Sizer for Thresholds {
    type Config = Config;

    const ABOUT: About = About {
        name: "thresholds",
        summary: "one more above so many requests a worker, one less below so few",
        interval: Duration::from_millis(5_000),
        on_need: false,
    };

    fn new(config: Config) -> Self {
        Thresholds {
            config,
            side: Side::Within,
            row: 0,
            rests_until: Instant::ZERO,
        }
    }

    fn want(&mut self, seen: &Observation, bounds: Bounds) -> u32 {
        let workers = seen.workers();
        let side = self.side(seen);
        self.row = if side == self.side {
            self.row.saturating_add(1)
        } else {
            1
        };
        self.side = side;
        if self.row < self.config.0.hold || seen.now < self.rests_until {
            return workers;
        }
        let wanted = bounds.clamp(match side {
            Side::Above => workers.saturating_add(1),
            Side::Within => workers,
            Side::Below => workers.saturating_sub(1),
        });
        if wanted != workers {
            self.row = 0;
            self.rests_until = seen.now + self.config.0.cooldown;
        }
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizing::testing::observations;
    use proptest::prelude::*;

    const WIDE: Bounds = Bounds { min: 1, max: 1_000 };

    fn seen(second: u64, workers: u32, arrivals: u64) -> Observation {
        Observation {
            now: Instant(second * 1_000_000_000),
            span: Duration::from_millis(5_000),
            ready: workers,
            arrivals,
            ..Observation::default()
        }
    }

    fn thresholds(options: Options) -> Thresholds {
        Thresholds::new(Config::new(options).unwrap())
    }

    #[test]
    fn above_one_more_below_one_less_and_at_the_threshold_neither() {
        for (arrivals, wanted) in [(401, 5), (400, 4), (40, 4), (39, 3), (0, 3)] {
            let mut sizer = thresholds(Options::FIRST_PROPOSED);
            assert_eq!(
                sizer.want(&seen(5, 4, arrivals), WIDE),
                wanted,
                "{arrivals}"
            );
        }
        let shorter = Observation {
            span: Duration::from_millis(1_000),
            ..seen(5, 4, 81)
        };
        assert_eq!(thresholds(Options::FIRST_PROPOSED).want(&shorter, WIDE), 5);
    }

    #[test]
    fn a_worker_on_its_way_counts() {
        let on_its_way = Observation {
            starting: 2,
            ..seen(5, 2, 399)
        };
        assert_eq!(
            thresholds(Options::FIRST_PROPOSED).want(&on_its_way, WIDE),
            4
        );
        assert_eq!(
            thresholds(Options::FIRST_PROPOSED).want(&seen(5, 0, 101), WIDE),
            1
        );
    }

    #[test]
    fn it_must_hold_and_then_it_rests() {
        let mut sizer = thresholds(Options {
            hold: 2,
            cooldown: Duration::from_millis(20_000),
            ..Options::FIRST_PROPOSED
        });
        let load = [999, 0, 999, 999, 9999, 9999, 9999, 9999];
        let wanted: Vec<u32> = (1..)
            .zip(load)
            .map(|(n, load)| sizer.want(&seen(5 * n, 5, load), WIDE))
            .collect();
        assert_eq!(wanted, [5, 5, 5, 6, 5, 5, 5, 6]);
    }

    #[test]
    fn a_change_that_the_bounds_prevent_costs_no_rest() {
        let mut sizer = thresholds(Options {
            cooldown: Duration::from_millis(60_000),
            ..Options::FIRST_PROPOSED
        });
        let full = Bounds { min: 1, max: 4 };
        assert_eq!(sizer.want(&seen(5, 4, 9_999), full), 4);
        assert_eq!(sizer.want(&seen(10, 4, 0), full), 3);
    }

    #[test]
    fn what_would_flap_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (Options { down: 51, ..good }, "at most half"),
            (
                Options {
                    up: 0,
                    down: 0,
                    ..good
                },
                "at most half",
            ),
            (
                Options {
                    per: Duration::ZERO,
                    ..good
                },
                "must be positive",
            ),
            (Options { hold: 0, ..good }, "at least 1"),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        /// Under a constant load it goes one way, and ends where no threshold is passed.
        #[test]
        fn under_a_constant_load_it_comes_to_rest(
            arrivals in 0..20_000u64,
            up in 2..500u64,
            down in 0..250u64,
            from in 1..300u32,
        ) {
            let down = down.min(up / 2);
            let options = Options { up, down, ..Options::FIRST_PROPOSED };
            let mut sizer = thresholds(options);
            let bounds = Bounds { min: 1, max: 300 };
            let mut workers = vec![from];
            for n in 1..400 {
                let last = workers[workers.len() - 1];
                workers.push(bounds.clamp(sizer.want(&seen(5 * n, last, arrivals), bounds)));
            }
            let rises = workers.is_sorted();
            prop_assert!(rises || workers.iter().rev().is_sorted(), "{workers:?}");
            let end = workers[workers.len() - 1];
            prop_assert_eq!(workers[workers.len() - 2], end);
            let each = |n: u32| arrivals as f64 / f64::from(n);
            prop_assert!(end == 300 || each(end) <= up as f64);
            prop_assert!(end == 1 || each(end) >= down as f64);
        }

        #[test]
        fn it_never_changes_by_more_than_one(all in observations()) {
            let mut sizer = thresholds(Options::FIRST_PROPOSED);
            for seen in all {
                let wanted = sizer.want(&seen, WIDE);
                prop_assert!(wanted.abs_diff(WIDE.clamp(seen.workers())) <= 1);
            }
        }
    }
}
