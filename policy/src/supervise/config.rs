//! How many crashes are too many, and how soon a worker is started again.

use crate::growth::{Growth, Jitter};
use crate::invalid::Invalid;
use crate::time::Duration;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Crashes within `window`, of all workers together, that are still put up with. One more is a crash loop.
    pub crashes: u32,
    /// The span over which crashes are counted. It slides: a crash is forgotten this long after it happened.
    pub window: Duration,
    /// How long after a crash the worker is started again, growing while the same slot keeps crashing.
    pub restart: Growth,
    /// A worker that was up for so long is not held responsible for the crashes before it in its slot.
    pub settled: Duration,
}

impl Default for Options {
    /// Ten crashes a minute; 100 ms doubling to 30 s a quarter either way, forgotten after 10 s of service.
    fn default() -> Self {
        Options {
            crashes: 10,
            window: Duration::from_millis(60_000),
            restart: Growth {
                first: Duration::from_millis(100),
                max: Duration::from_millis(30_000),
                jitter: Jitter::QUARTER,
            },
            settled: Duration::from_millis(10_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what no supervisor could keep.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.window > Duration::ZERO,
            "the window in which crashes are counted must be positive",
        )?;
        options.restart.check()?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}
