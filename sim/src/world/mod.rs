//! The places where things happen, and the only ones that schedule.
//!
//! [`Steady`] is for fleets that nothing befalls: a request is one attempt, and costs one entry in the agenda.
//! [`Eventful`] is for the others: faults, retries, controls, workers that come and go. On what both can run they agree to
//! the last event, which a test holds.

mod eventful;
mod steady;

use std::sync::atomic::{AtomicBool, AtomicU64};

use policy::BackendId;
use policy::time::Duration;

pub use eventful::{Counts, Eventful};
pub(crate) use eventful::{Draws, Parts};
pub use steady::Steady;

/// A run's connection to the outside: neither changes what happens, except that a stop ends it early.
#[derive(Debug, Default)]
pub struct Oversight {
    /// Set it, and running worlds send no more requests, finish those they have, and end.
    pub stop: AtomicBool,
    /// Requests sent so far by all worlds, to the nearest 65,536.
    pub sent: AtomicU64,
}

/// How often a world looks at its [`Oversight`], in requests.
const LOOK_EVERY: u64 = 1 << 16;

/// How fast each backend works.
#[derive(Clone, Debug)]
pub enum Speeds {
    /// All at speed 1.
    Equal,
    /// By slot, the time a unit of work takes.
    Each(Vec<f64>),
}

impl Speeds {
    /// From relative service rates, by slot.
    pub fn new(rates: &[f64]) -> Speeds {
        if rates.iter().all(|&rate| rate == 1.0) {
            return Speeds::Equal;
        }
        Speeds::Each(rates.iter().map(|rate| 1.0 / rate).collect())
    }

    /// What `demand` takes at `slot`.
    #[inline]
    pub fn service(&self, demand: Duration, slot: u32) -> Duration {
        match self {
            Speeds::Equal => demand,
            Speeds::Each(slowness) => {
                Duration((demand.0 as f64 * slowness[slot as usize] + 0.5) as u64)
            }
        }
    }
}

/// The one backend that ever occupies `slot`: while the simulated fleet is fixed, slots are not given away.
#[inline]
pub(crate) fn backend_at(slot: u32) -> BackendId {
    BackendId {
        slot,
        generation: 0,
    }
}
