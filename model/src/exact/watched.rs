//! A fleet that notes what a strategy asks it.

use std::cell::Cell;

use policy::fleet::Index;
use policy::load::Load;
use policy::time::Instant;
use policy::{BackendId, Fleet, Member, View, Weight};
use rand_core::Rng;

/// What was asked so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// How many requests are in flight, in any form.
    pub(super) counts: Cell<bool>,
    /// How long answers take.
    pub(super) times: Cell<bool>,
}

/// Answers as the fleet does. A pick that asks for no count does not depend on any.
pub(super) struct Watched<'a, I> {
    pub(super) fleet: &'a Fleet<I>,
    pub(super) asked: &'a Asked,
}

impl<'a, I> Watched<'a, I> {
    fn counting(&self) -> &'a Fleet<I> {
        self.asked.counts.set(true);
        self.fleet
    }
}

impl<I: Index> View for Watched<'_, I> {
    fn epoch(&self) -> u64 {
        self.fleet.epoch()
    }

    fn members(&self) -> &[Member] {
        self.fleet.members()
    }

    fn eligible_count(&self) -> u32 {
        self.fleet.eligible_count()
    }

    fn nth_eligible(&self, n: u32) -> Option<BackendId> {
        self.fleet.nth_eligible(n)
    }

    fn next_eligible(&self, slot: u32) -> Option<BackendId> {
        self.fleet.next_eligible(slot)
    }

    fn is_eligible(&self, id: BackendId) -> bool {
        self.fleet.is_eligible(id)
    }

    fn in_flight(&self, id: BackendId) -> u32 {
        self.counting().in_flight(id)
    }

    fn total_in_flight(&self) -> u64 {
        self.counting().total_in_flight()
    }

    fn weight(&self, id: BackendId) -> Weight {
        self.fleet.weight(id)
    }

    fn eligible_at(&self, n: u32) -> Option<BackendId> {
        self.fleet.eligible_at(n)
    }

    fn expected_response(&self, id: BackendId, now: Instant) -> f64 {
        self.asked.times.set(true);
        self.fleet.expected_response(id, now)
    }

    fn load(&self, id: BackendId) -> Load {
        self.counting().load(id)
    }

    fn least_loaded<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        self.counting().least_loaded(rng)
    }

    fn idle<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        self.counting().idle(rng)
    }
}
