//! Slow start: the weight of a backend that has just become eligible rises to what it should be in steps, so that
//! caches and connections warm up before it carries its share.
//! Cost: O(1) a call. Source: `slow_start` of nginx, `slowstart` of HAProxy, and Envoy's, with its least share of a
//! tenth; linear, and entered again at each recovery.
//!
//! Whether a backend enters at boot is for the caller: in HAProxy none does, since of a cold fleet somebody must take
//! the load.
//!
//! Deviations: they compute the weight whenever they choose, here it changes by event, in steps; and it rises from
//! the least share, where Envoy's stays there until the line from zero has reached it.

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};
use crate::view::Weight;

/// The whole weight.
const FULL: u32 = 1000;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// How long it takes until the weight is what it should be.
    pub duration: Duration,
    /// In how many equal steps, 1 to 1,000.
    pub steps: u32,
    /// What it begins with, in thousandths of the weight, 1 to 1,000.
    pub least_thousandths: u32,
}

impl Default for Options {
    /// From a tenth, in ten steps, within 30 s.
    fn default() -> Self {
        Options {
            duration: Duration::from_millis(30_000),
            steps: 10,
            least_thousandths: 100,
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what does not rise.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.duration > Duration::ZERO,
            "a slow start must last for a while; leave it out for none",
        )?;
        Invalid::unless(
            (1..=1000).contains(&options.steps),
            "a slow start must have 1 to 1000 steps",
        )?;
        Invalid::unless(
            (1..=FULL).contains(&options.least_thousandths),
            "a slow start must begin with 1 to 1000 thousandths of the weight",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// How far one backend has got.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ramp {
    config: Config,
    /// When it entered and how many steps it has taken since; `None` of one that carries its whole weight.
    climbing: Option<(Instant, u32)>,
}

impl Ramp {
    /// Carries its whole weight.
    pub fn new(config: Config) -> Self {
        Ramp {
            config,
            climbing: None,
        }
    }

    /// It became eligible at `now`: its weight starts from the least, also if it was rising already. The same as
    /// [`Ramp::factor`].
    pub fn enter(&mut self, now: Instant) -> u32 {
        self.climbing = Some((now, 0));
        self.factor()
    }

    /// It is no longer eligible: nothing rises until it enters again.
    pub fn leave(&mut self) {
        self.climbing = None;
    }

    /// The new share of its weight in thousandths, if by `now` it is another. One that is asked late takes several
    /// steps at once.
    pub fn due(&mut self, now: Instant) -> Option<u32> {
        let (since, taken) = self.climbing?;
        let steps = self.config.0.steps;
        let later = (taken + 1..=steps).take_while(|&step| self.reached(since, step) <= now);
        let step = later.last()?;
        self.climbing = (step < steps).then_some((since, step));
        Some(self.factor())
    }

    /// The share of its weight that it carries, in thousandths. 1,000 if nothing rises.
    pub fn factor(&self) -> u32 {
        let Options {
            steps,
            least_thousandths: least,
            ..
        } = self.config.0;
        self.climbing
            .map_or(FULL, |(_, taken)| least + (FULL - least) * taken / steps)
    }

    /// When it takes the next step.
    pub fn next_deadline(&self) -> Option<Instant> {
        let (since, taken) = self.climbing?;
        Some(self.reached(since, taken + 1))
    }

    fn reached(&self, since: Instant, step: u32) -> Instant {
        let Options {
            duration, steps, ..
        } = self.config.0;
        let climbed = u128::from(duration.0) * u128::from(step) / u128::from(steps);
        since + Duration(climbed as u64)
    }
}

/// `thousandths` of `weight`, to the nearest, at most all of it and at least [`Weight::MIN`].
pub fn scaled(weight: Weight, thousandths: u32) -> Weight {
    let share = f64::from(thousandths.min(FULL)) / f64::from(FULL);
    Weight::new(weight.as_f64() * share).unwrap_or(Weight::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ramp(duration: u64, steps: u32, least_thousandths: u32) -> Ramp {
        let duration = Duration(duration);
        let options = Options {
            duration,
            steps,
            least_thousandths,
        };
        Ramp::new(Config::new(options).unwrap())
    }

    #[test]
    fn it_rises_from_the_least_in_equal_steps() {
        let mut ramp = ramp(1_000, 10, 100);
        assert_eq!((ramp.factor(), ramp.next_deadline()), (1000, None));
        assert_eq!(ramp.enter(Instant(50)), 100);
        let mut steps = Vec::new();
        while let Some(at) = ramp.next_deadline() {
            assert_eq!(ramp.due(Instant(at.0 - 1)), None);
            steps.push((at.0, ramp.due(at).unwrap()));
        }
        let expected = (1..=10).map(|step| (50 + 100 * step, 100 + 90 * step as u32));
        assert!(steps.iter().copied().eq(expected), "{steps:?}");
    }

    #[test]
    fn one_that_recovers_again_begins_again() {
        let mut ramp = ramp(1_000, 10, 100);
        ramp.enter(Instant(0));
        assert_eq!(ramp.due(Instant(550)), Some(550));
        ramp.leave();
        assert_eq!((ramp.due(Instant(700)), ramp.factor()), (None, 1000));
        assert_eq!(ramp.enter(Instant(900)), 100);
        assert_eq!(ramp.enter(Instant(950)), 100);
        assert_eq!(ramp.next_deadline(), Some(Instant(1_050)));
    }

    #[test]
    fn the_smallest_weight_stays_one() {
        assert_eq!(scaled(Weight::MIN, 1), Weight::MIN);
        assert_eq!(scaled(Weight::ONE, 100), Weight::new(0.1).unwrap());
        assert_eq!(scaled(Weight::MAX, 5_000), Weight::MAX);
    }

    #[test]
    fn what_does_not_rise_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (
                Options {
                    duration: Duration::ZERO,
                    ..good
                },
                "last for a while",
            ),
            (Options { steps: 0, ..good }, "1 to 1000 steps"),
            (
                Options {
                    steps: 1001,
                    ..good
                },
                "1 to 1000 steps",
            ),
            (
                Options {
                    least_thousandths: 0,
                    ..good
                },
                "begin with",
            ),
            (
                Options {
                    least_thousandths: 1001,
                    ..good
                },
                "begin with",
            ),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        /// Whenever it is asked: on the line from the least to all, or less than a step below it.
        #[test]
        fn it_is_a_line_in_steps(
            duration in 1_000..1_000_000u64,
            steps in 1..50u32,
            least in 1..=1000u32,
            asked in prop::collection::vec(0..100_000u64, 1..50),
        ) {
            let mut ramp = ramp(duration, steps, least);
            let (mut now, mut factor) = (Instant(77), ramp.enter(Instant(77)));
            for passed in asked {
                now += Duration(passed);
                let before = factor;
                factor = ramp.due(now).unwrap_or(factor);
                prop_assert!(factor >= before);
                prop_assert_eq!(ramp.factor(), factor);
                prop_assert!(ramp.next_deadline().is_none_or(|at| at > now));
                let climbed = (now - Instant(77)).0.min(duration) as f64 / duration as f64;
                let line = f64::from(least) + f64::from(1000 - least) * climbed;
                let step = f64::from(1000 - least) / f64::from(steps);
                prop_assert!(f64::from(factor) <= line + 1.0 && f64::from(factor) > line - step - 2.0);
                prop_assert_eq!(ramp.next_deadline().is_none(), climbed == 1.0);
            }
        }

        #[test]
        fn all_of_a_weight_is_the_weight(thousandths in 1..=65_535_000u32) {
            let weight = Weight::new(f64::from(thousandths) / 1000.0).unwrap();
            prop_assert_eq!(weight.thousandths(), thousandths);
            prop_assert_eq!(scaled(weight, 1000), weight);
        }
    }
}
