//! Choosing a backend: one algorithm a file, one line in the table below.
//!
//! A strategy reads a [`View`] and owns only what its algorithm remembers. It keeps no counts (the fleet
//! does), tests no health (the fleet offers it only whom it may choose) and never returns an ineligible
//! backend.

#[macro_use]
mod any;
mod name;
mod recent;
mod ring;
mod sampled;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod testing;
mod turns;

use rand_core::Rng;

pub use name::UnknownStrategy;

use crate::fleet::{Fleet, Index};
use crate::time::{Duration, Instant};
use crate::view::{BackendId, Member, Request, View, Weight};

// Module, type. The order is that of `--strategy list`.
strategies! {
    round_robin: RoundRobin,
    weighted: Weighted,
    random: Random,
    weighted_random: WeightedRandom,
    least_connections: LeastConnections,
    two_choices: TwoChoices,
    least_time: LeastTime,
    join_idle_queue: JoinIdleQueue,
    sticky: Sticky,
    ring_hash: RingHash,
    bounded_load: BoundedLoad,
    maglev: Maglev,
    rendezvous: Rendezvous,
}

/// How to choose a backend.
pub trait Strategy {
    /// What the fleet keeps up to date so that this strategy's queries are fast. Over another view than
    /// the fleet the same queries scan.
    type Index: Index;

    /// What a user reads about it.
    const ABOUT: About;

    /// A strategy with the given settings, of which it takes those that concern it.
    fn new(options: &Options) -> Self;

    /// The fleet's membership, eligibility or weights are new: derive again what follows from them.
    /// Called before the first pick and after each such change.
    fn refresh<V: View>(&mut self, _view: &V) {}

    /// An eligible backend for `request`; `None` when there is none.
    fn pick<V: View, R: Rng>(
        &mut self,
        request: &Request,
        view: &V,
        now: Instant,
        rng: &mut R,
    ) -> Option<BackendId>;
}

/// What `--strategy list` says of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// What the user types.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// What a pick costs, for n backends.
    pub cost: &'static str,
    /// Whether it looks at the request's key.
    pub keyed: bool,
    /// Whether it looks at the backends' weights.
    pub weighted: bool,
    /// Whether it draws random numbers. One that does not chooses the same for the same requests.
    pub random: bool,
}

/// The settings of all strategies. A number out of its range is taken as the nearest one inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How many backends are sampled for one pick, at least 1. For `two-choices` and `least-time`.
    pub choices: u32,
    /// Sample with replacement, as Envoy does: now and then a backend is compared with itself.
    pub replacement: bool,
    /// How many keys `sticky` remembers, 1 to [`Options::MAX_STICKY_KEYS`].
    pub sticky_keys: u32,
    /// Points on the ring for each unit of weight, 1 to [`Options::MAX_RING_POINTS`]: shares differ by about
    /// one in the square root of it. For `ring-hash` and `bounded-load`.
    pub ring_points: u32,
    /// How many times its fair share of the requests in flight a backend may hold, 1.001 to 1000, to three
    /// decimals. For `bounded-load`.
    pub bound: f64,
}

impl Options {
    /// More than 64 samples a pick are no longer a sample.
    pub const MAX_CHOICES: u32 = 64;
    /// A gigabyte of keys.
    pub const MAX_STICKY_KEYS: u32 = 1 << 24;
    /// The points of the whole ring are limited to this, too.
    pub const MAX_RING_POINTS: u32 = 1 << 22;
}

impl Default for Options {
    fn default() -> Self {
        Options {
            choices: 2,
            replacement: false,
            sticky_keys: 65_536,
            ring_points: 160,
            bound: 1.25,
        }
    }
}
