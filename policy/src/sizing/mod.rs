//! How many workers there should be: one algorithm a file, one line in the table below.
//!
//! A sizer is told what was observed and says how many workers it wants, those not ready yet included. It starts and
//! stops nobody: that is [`crate::supervise`]'s business, and what a start costs is its driver's. What it wants is held
//! within [`Bounds`] by [`Controller`] and nowhere else.

#[macro_use]
mod any;
mod name;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use name::UnknownSizer;

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

// Module, type. The order is that of a listing.
sizers! {
    thresholds: Thresholds,
    utilization: Utilization,
    staffing: Staffing,
    doubling: Doubling,
    on_demand: OnDemand,
}

/// How to size a pool.
pub trait Sizer {
    /// What can be chosen, checked.
    type Config;

    /// What a user reads about it.
    const ABOUT: About;

    /// Has observed nothing.
    fn new(config: Self::Config) -> Self;

    /// How many workers it wants now that this was seen. Told of `bounds`, it need not keep to them.
    fn want(&mut self, seen: &Observation, bounds: Bounds) -> u32;
}

/// What a list of sizers says of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// What the user types.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// How often the system it is taken from looks.
    pub interval: Duration,
    /// Whether it is also to be asked as soon as a request has to wait.
    pub on_need: bool,
}

/// What was seen of a pool since the last time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Observation {
    /// Now.
    pub now: Instant,
    /// Since the last one.
    pub span: Duration,
    /// Workers that can serve, now.
    pub ready: u32,
    /// Workers that are to be and cannot serve yet, now: being started, or waiting to be started again. One that
    /// crashed is among them, or it would seem no longer to be wanted.
    pub starting: u32,
    /// Ready workers that serve a request, now.
    pub busy: u32,
    /// Requests that wait for a worker, now.
    pub waiting: u32,
    /// Requests that came in the span, whatever became of them.
    pub arrivals: u64,
    /// Requests that were served to the end in the span.
    pub completions: u64,
    /// How long workers served in the span, all together.
    pub busy_time: Duration,
}

impl Observation {
    /// Workers there are or are to be: what was wanted until now, if all goes well.
    pub fn workers(&self) -> u32 {
        self.ready.saturating_add(self.starting)
    }

    /// How many workers were busy in the span, on average. Of an empty span, how many are.
    pub fn mean_busy(&self) -> f64 {
        if self.span == Duration::ZERO {
            return f64::from(self.busy);
        }
        self.busy_time.0 as f64 / self.span.0 as f64
    }
}

/// How many workers there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}

impl Bounds {
    /// Refuses bounds that no number is within. For the constructor of a configuration that has some.
    pub fn check(&self) -> Result<(), Invalid> {
        Invalid::unless(
            self.min >= 1,
            "a pool must have at least 1 worker: with none, nothing is observed that could call for one",
        )?;
        Invalid::unless(
            self.min <= self.max,
            "the least number of workers must not be above the largest",
        )
    }

    /// The number within that is nearest to `workers`.
    pub fn clamp(&self, workers: u32) -> u32 {
        workers.clamp(self.min, self.max)
    }
}

/// A sizer held within bounds.
#[derive(Clone, Debug)]
pub struct Controller {
    sizer: AnySizer,
    bounds: Bounds,
}

impl Controller {
    /// By `name`, with what `config` says of that one.
    pub fn new(name: SizerName, config: &Config, bounds: Bounds) -> Result<Controller, Invalid> {
        bounds.check()?;
        let sizer = AnySizer::new(name, config);
        Ok(Controller { sizer, bounds })
    }

    /// How many workers there should be, now that this was seen. Ask once for each observation.
    pub fn want(&mut self, seen: &Observation) -> u32 {
        self.bounds.clamp(self.sizer.want(seen, self.bounds))
    }

    /// How many there may be.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// By which sizer.
    pub fn name(&self) -> SizerName {
        self.sizer.name()
    }
}
