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
