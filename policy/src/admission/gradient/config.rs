//! Where the limit may lie, and how far and how fast it moves.

use crate::invalid::Invalid;
use crate::time::Duration;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// The limit before anything is known, in requests in flight.
    pub initial: u32,
    /// It never falls below this, at least 1.
    pub min: u32,
    /// It never grows above this.
    pub max: u32,
    /// How much slower than usual still counts as usual, in thousandths: at least 1000.
    pub tolerance: u32,
    /// How much of the difference a window makes, in thousandths: 1 to 1000.
    pub smoothing: u16,
    /// How often the limit is adapted.
    pub window: Duration,
    /// Over how many windows the usual response time is averaged, at least 1.
    pub long_windows: u32,
}

impl Default for Options {
    /// 20 at first, 1 to 1000, half as slow again, a fifth, every second, ten minutes.
    fn default() -> Self {
        Options {
            initial: 20,
            min: 1,
            max: 1000,
            tolerance: 1500,
            smoothing: 200,
            window: Duration::from_millis(1_000),
            long_windows: 600,
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would not be a limit.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            1 <= options.min && options.min <= options.initial && options.initial <= options.max,
            "a concurrency limit must begin between its least and its greatest, and the least must be at least 1",
        )?;
        Invalid::unless(
            options.tolerance >= 1000,
            "the tolerance must be at least 1000 thousandths of the usual response time",
        )?;
        Invalid::unless(
            (1..=1000).contains(&options.smoothing),
            "a window must make 1 to 1000 thousandths of the difference",
        )?;
        Invalid::unless(
            options.window > Duration::ZERO && options.long_windows > 0,
            "response times must be averaged over a positive time and at least 1 window",
        )?;
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
    fn what_would_be_no_limit_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (Options { min: 0, ..good }, "at least 1"),
            (Options { max: 19, ..good }, "begin between"),
            (
                Options {
                    tolerance: 999,
                    ..good
                },
                "at least 1000",
            ),
            (
                Options {
                    smoothing: 0,
                    ..good
                },
                "1 to 1000",
            ),
            (
                Options {
                    smoothing: 1001,
                    ..good
                },
                "1 to 1000",
            ),
            (
                Options {
                    window: Duration(0),
                    ..good
                },
                "a positive time",
            ),
            (
                Options {
                    long_windows: 0,
                    ..good
                },
                "at least 1 window",
            ),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }
}
