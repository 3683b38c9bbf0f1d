//! What counts as an outlier, for how long it is ejected, and how many may be.

use crate::invalid::Invalid;
use crate::time::Duration;

/// What can be chosen. At least one of the two detectors must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Ejected after this many failures in a row.
    pub consecutive_failures: Option<u32>,
    /// Ejected for a success rate far below that of the others.
    pub success_rate: Option<SuccessRate>,
    /// How often success rates are looked at, and how soon earlier ejections are forgotten, one for each.
    pub interval: Duration,
    /// For how long a backend is ejected, times how often it has been.
    pub base: Duration,
    /// For how long at most.
    pub max: Duration,
    /// How many of the members may be ejected at once, in thousandths, rounded down; one always may.
    pub max_ejected_thousandths: u32,
}

impl Default for Options {
    /// Envoy's: 5 failures in a row or the success rate, 30 s up to 300 s, at most a tenth.
    fn default() -> Self {
        Options {
            consecutive_failures: Some(5),
            success_rate: Some(SuccessRate::ENVOY),
            interval: Duration::from_millis(10_000),
            base: Duration::from_millis(30_000),
            max: Duration::from_millis(300_000),
            max_ejected_thousandths: 100,
        }
    }
}

/// When a success rate is far below that of the others: by how many standard deviations under the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SuccessRate {
    /// Only backends with this many requests in the interval are compared.
    pub request_volume: u32,
    /// And only if there are so many of them.
    pub min_hosts: u32,
    /// Thousandths of a standard deviation.
    pub stdev_thousandths: u32,
}

impl SuccessRate {
    /// 1.9 deviations, among 5 backends of 100 requests each.
    pub const ENVOY: SuccessRate = SuccessRate {
        request_volume: 100,
        min_hosts: 5,
        stdev_thousandths: 1_900,
    };
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would detect nothing or could not be kept.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.consecutive_failures.is_some() || options.success_rate.is_some(),
            "outlier detection needs a detector, failures in a row or success rates: without one it ejects nobody",
        )?;
        Invalid::unless(
            options.consecutive_failures != Some(0),
            "a backend must be ejected after at least 1 failure in a row",
        )?;
        if let Some(rate) = options.success_rate {
            Invalid::unless(
                rate.request_volume >= 1 && rate.min_hosts >= 1,
                "a success rate needs at least 1 request, and a comparison at least 1 backend",
            )?;
        }
        Invalid::unless(
            options.interval > Duration::ZERO,
            "the interval of outlier detection must be positive",
        )?;
        Invalid::unless(
            Duration::ZERO < options.base && options.base <= options.max,
            "an ejection must last for a while, and the longest not be shorter than the first",
        )?;
        Invalid::unless(
            options.max_ejected_thousandths <= 1000,
            "at most all backends can be ejected: 1000 thousandths",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }

    /// How many of `members` may be ejected at once.
    pub fn max_ejected(&self, members: u32) -> u32 {
        let share = u64::from(members) * u64::from(self.0.max_ejected_thousandths) / 1000;
        (share as u32).max(1)
    }
}
