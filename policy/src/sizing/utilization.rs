//! Target utilisation: as many workers as would each be busy for the wanted share of the time.
//! Cost: O(1) amortised; memory O(observations in the stabilisation window). Source: the Kubernetes horizontal pod
//! autoscaler: ceil(workers x utilisation / target), nothing within a tolerance of a tenth, and down only to the highest
//! recommendation of the last 5 min.
//!
//! As there, workers being started count as idle when it is about more, so that nobody is ordered twice; and the first
//! recommendation is what was there. Utilisation ends at 1, so that an overloaded pool grows by 1/target a time.
//!
//! Deviation: no limit on the rate of change (there at most double or four more in 15 s), and no readiness delays.

use std::collections::VecDeque;

use super::{About, Bounds, Observation, Sizer};
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// The share of the time in which a worker should be busy, in thousandths, 1 to 1,000.
    pub target_thousandths: u32,
    /// How far utilisation may be off the target, in thousandths of it, before anything changes.
    pub tolerance_thousandths: u32,
    /// For how long a recommendation keeps the pool from being smaller.
    pub stabilization: Duration,
}

impl Default for Options {
    /// Busy for 70 %, a tenth either way, 5 min.
    fn default() -> Self {
        Options {
            target_thousandths: 700,
            tolerance_thousandths: 100,
            stabilization: Duration::from_millis(300_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what no pool could keep.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            (1..=1000).contains(&options.target_thousandths),
            "target utilisation must be 1 to 1000 thousandths",
        )?;
        Invalid::unless(
            options.tolerance_thousandths < 1000,
            "the tolerance must be below 1000 thousandths of the target: otherwise an idle pool never shrinks",
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
pub struct Utilization {
    config: Config,
    /// Recommendations of the window that were not outdone later: falling.
    highest: VecDeque<(Instant, u32)>,
    is_new: bool,
}

impl Utilization {
    fn recommended(&self, seen: &Observation) -> u32 {
        let workers = seen.workers();
        let tolerance = f64::from(self.config.0.tolerance_thousandths) / 1000.0;
        let target = f64::from(self.config.0.target_thousandths) / 1000.0;
        let needed = seen.mean_busy() / target;
        let per_ready = needed / f64::from(seen.ready);
        let per_worker = needed / f64::from(workers);
        let grows = per_worker > 1.0 + tolerance + ROUNDING;
        let shrinks = per_ready < 1.0 - tolerance - ROUNDING;
        if seen.ready > 0 && (grows || shrinks) {
            (needed - ROUNDING).ceil() as u32
        } else {
            workers
        }
    }

    fn remember(&mut self, now: Instant, recommended: u32) {
        while (self.highest.back()).is_some_and(|&(_, other)| other <= recommended) {
            self.highest.pop_back();
        }
        self.highest.push_back((now, recommended));
        let window = self.config.0.stabilization;
        while (self.highest.front()).is_some_and(|&(at, _)| now - at > window) {
            self.highest.pop_front();
        }
    }
}

/// What a quotient of times may be off a whole number for no other reason than that it was rounded.
const ROUNDING: f64 = 1e-9;

impl Sizer for Utilization {
    type Config = Config;

    const ABOUT: About = About {
        name: "utilization",
        summary: "workers x utilisation / target; down only to the highest of a while (Kubernetes)",
        interval: Duration::from_millis(15_000),
        on_need: false,
    };

    fn new(config: Config) -> Self {
        Utilization {
            config,
            highest: VecDeque::new(),
            is_new: true,
        }
    }

    fn want(&mut self, seen: &Observation, _: Bounds) -> u32 {
        let workers = seen.workers();
        if std::mem::take(&mut self.is_new) {
            self.remember(seen.now, workers);
        }
        let recommended = self.recommended(seen);
        self.remember(seen.now, recommended);
        let highest = self.highest.front().map_or(recommended, |&(_, most)| most);
        // Up at once, down to the highest: between the two it stays.
        workers.clamp(recommended, highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WIDE: Bounds = Bounds { min: 1, max: 1_000 };

    /// Of the workers that are ready so many thousandths were busy, for 15 s.
    fn seen(second: u64, ready: u32, starting: u32, busy_thousandths: u64) -> Observation {
        let span = Duration::from_millis(15_000);
        Observation {
            now: Instant(second * 1_000_000_000),
            span,
            ready,
            starting,
            busy_time: Duration(span.0 / 1000 * u64::from(ready) * busy_thousandths),
            ..Observation::default()
        }
    }

    fn utilization(stabilization: u64) -> Utilization {
        let options = Options {
            target_thousandths: 500,
            stabilization: Duration::from_millis(stabilization * 1_000),
            ..Options::default()
        };
        Utilization::new(Config::new(options).unwrap())
    }

    #[test]
    fn it_is_the_ceiling_of_the_ratio_outside_the_tolerance() {
        for (busy, wanted) in [
            (1000, 20),
            (750, 15),
            (551, 12),
            (550, 10),
            (450, 10),
            (449, 9),
            (250, 5),
            (0, 0),
        ] {
            let mut sizer = utilization(0);
            sizer.want(&seen(0, 0, 0, 0), WIDE);
            assert_eq!(sizer.want(&seen(15, 10, 0, busy), WIDE), wanted, "{busy}");
        }
    }

    #[test]
    fn nobody_is_ordered_twice_while_a_worker_starts() {
        let mut sizer = utilization(300);
        assert_eq!(sizer.want(&seen(15, 10, 0, 1000), WIDE), 20);
        assert_eq!(sizer.want(&seen(30, 10, 10, 1000), WIDE), 20);
        assert_eq!(sizer.want(&seen(45, 12, 8, 1000), WIDE), 24);
        assert_eq!(
            sizer.want(&seen(60, 0, 24, 0), WIDE),
            24,
            "nothing is known"
        );
    }

    #[test]
    fn it_shrinks_only_to_the_highest_of_the_window() {
        let mut sizer = utilization(40);
        let busy = [
            (0, 500),
            (15, 400),
            (30, 300),
            (45, 100),
            (60, 100),
            (75, 100),
        ];
        let wanted = busy.map(|(at, busy)| sizer.want(&seen(at, 10, 0, busy), WIDE));
        assert_eq!(wanted, [10, 10, 10, 8, 6, 2]);
    }

    #[test]
    fn the_first_recommendation_is_what_was_there() {
        let mut sizer = utilization(300);
        assert_eq!(sizer.want(&seen(15, 10, 0, 100), WIDE), 10);
        assert_eq!(sizer.want(&seen(315, 10, 0, 100), WIDE), 10);
        assert_eq!(sizer.want(&seen(316, 10, 0, 100), WIDE), 2);
    }

    #[test]
    fn what_no_pool_could_keep_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (
                Options {
                    target_thousandths: 0,
                    ..good
                },
                "1 to 1000",
            ),
            (
                Options {
                    target_thousandths: 1001,
                    ..good
                },
                "1 to 1000",
            ),
            (
                Options {
                    tolerance_thousandths: 1000,
                    ..good
                },
                "never shrinks",
            ),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        /// The same as with a list of all recommendations.
        #[test]
        fn down_only_to_the_highest_of_all_recent_recommendations(
            window in 0..100u64,
            busy in prop::collection::vec(0..1000u64, 1..60),
        ) {
            let mut sizer = utilization(window);
            let mut all = vec![(0, 50)];
            let mut workers = 50;
            for (n, busy) in (0..).zip(busy) {
                let seen = seen(15 * n, workers, 0, busy);
                let ratio = busy as f64 / 500.0;
                let off = busy.abs_diff(500) * 10 > 500;
                let recommended = if off { (f64::from(workers) * ratio - 1e-9).ceil() as u32 } else { workers };
                all.push((15 * n, recommended));
                let recent = all.iter().filter(|(at, _)| 15 * n - at <= window);
                let highest = recent.map(|&(_, most)| most).max().unwrap();
                let wanted = if recommended > workers { recommended } else { workers.min(highest) };
                prop_assert_eq!(sizer.want(&seen, WIDE), wanted);
                workers = WIDE.clamp(wanted);
            }
        }
    }
}
