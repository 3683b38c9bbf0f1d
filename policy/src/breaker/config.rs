//! When a breaker opens, for how long, and what closes it.

use super::window::FailureRate;
use crate::growth::{Growth, Jitter};
use crate::invalid::Invalid;
use crate::time::Duration;

/// What can be chosen. At least one of the two thresholds must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Opens after this many failures in a row.
    pub failures_to_open: Option<u32>,
    /// Opens when too large a share of the recent requests failed.
    pub rate_to_open: Option<FailureRate>,
    /// Closes after this many successful probes, 1 to 63.
    pub successes_to_close: u32,
    /// How many probes may be under way at once, 1 to 4.
    pub probes: u32,
    /// How long it stays open, growing with every probe that fails.
    pub open: Growth,
}

impl Default for Options {
    /// Five failures in a row, then 30 s that double up to 5 min, then one probe: the numbers of Envoy's outlier
    /// ejection and linkerd's single probe.
    fn default() -> Self {
        Options {
            failures_to_open: Some(5),
            rate_to_open: None,
            successes_to_close: 1,
            probes: 1,
            open: Growth {
                first: Duration::from_millis(30_000),
                max: Duration::from_millis(300_000),
                jitter: Jitter::QUARTER,
            },
        }
    }
}

impl Options {
    /// HAProxy's `fall 3 rise 2`, a probe every 5 s.
    pub fn fall_3_rise_2() -> Self {
        Options {
            failures_to_open: Some(3),
            successes_to_close: 2,
            open: Growth::constant(Duration::from_millis(5_000), Jitter::QUARTER),
            ..Options::default()
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what no breaker could keep.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.failures_to_open.is_some() || options.rate_to_open.is_some(),
            "a breaker needs a threshold, failures in a row or a failure rate: without one it never opens",
        )?;
        Invalid::unless(
            options.failures_to_open != Some(0),
            "a breaker must open after at least 1 failure in a row",
        )?;
        Invalid::unless(
            (1..=63).contains(&options.successes_to_close),
            "a breaker must close after 1 to 63 successful probes",
        )?;
        Invalid::unless(
            (1..=4).contains(&options.probes),
            "a breaker must let 1 to 4 probes through at once",
        )?;
        options.open.check()?;
        if let Some(rate) = &options.rate_to_open {
            rate.check()?;
        }
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_are_valid() {
        assert_eq!(Config::new(Options::default()), Ok(Config::default()));
        assert!(Config::new(Options::fall_3_rise_2()).is_ok());
    }

    #[test]
    fn what_no_breaker_could_keep_is_refused_with_a_sentence() {
        let good = Options::default();
        let of = |failures_to_open| Options {
            failures_to_open,
            ..good
        };
        for (bad, sentence) in [
            (of(None), "needs a threshold"),
            (of(Some(0)), "at least 1 failure"),
            (
                Options {
                    successes_to_close: 0,
                    ..good
                },
                "1 to 63",
            ),
            (
                Options {
                    successes_to_close: 64,
                    ..good
                },
                "1 to 63",
            ),
            (Options { probes: 0, ..good }, "1 to 4 probes"),
            (Options { probes: 5, ..good }, "1 to 4 probes"),
            (
                Options {
                    open: Growth::constant(Duration(0), Jitter::NONE),
                    ..good
                },
                "must be positive",
            ),
            (
                Options {
                    rate_to_open: Some(FailureRate {
                        minimum: 0,
                        ..FailureRate::HALF
                    }),
                    ..good
                },
                "at least 1 request",
            ),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }
}
