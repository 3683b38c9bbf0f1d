//! Who is there, who may be chosen, and how loaded each is: one worker's own, exact knowledge.
//!
//! The fleet owns the counts, eligibility and weights ([`Roster`]) and keeps them in step with the index
//! that the strategy asked for, so that no strategy has to, and a view of it stays read-only. Membership,
//! eligibility and weights change by event, at O(n) each; starting and finishing a request is O(1).

mod bitmap;
mod elsewhere;
mod idle_set;
mod index;
mod levels;
mod response_times;
mod roster;

use rand_core::Rng;

pub use bitmap::Bitmap;
pub(crate) use elsewhere::Elsewhere;
pub use idle_set::IdleSet;
pub use index::{Index, NoIndex};
pub use levels::Levels;
pub use response_times::ResponseTimes;
pub use roster::Roster;

use crate::time::{Duration, Instant};
use crate::view::{BackendId, Member, View, Weight};

/// The backends of one balancer, with the index its strategy wants.
#[derive(Clone, Debug, Default)]
pub struct Fleet<I = NoIndex> {
    roster: Roster,
    index: I,
}

impl<I: Index> Fleet<I> {
    /// A fleet of `(weight, identity)` in this order, all eligible. `identity` is a hash of the address.
    pub fn new(backends: impl IntoIterator<Item = (Weight, u64)>) -> Self {
        let mut fleet = Fleet {
            roster: Roster::new(backends),
            index: I::default(),
        };
        fleet.index.rebuild(&fleet.roster);
        fleet
    }

    /// Adds a backend, eligible, in the lowest free slot. O(n).
    pub fn add(&mut self, weight: Weight, identity: u64) -> BackendId {
        let id = self.roster.add(weight, identity);
        self.index.rebuild(&self.roster);
        id
    }

    /// Adds a backend, eligible, where and under which generation `member` says: somebody else gives the slots away.
    /// `false`, and nothing changes, if somebody is there. O(n).
    pub fn join(&mut self, member: Member) -> bool {
        self.rebuilt_if(|roster| roster.join(member))
    }

    /// Removes a backend. What is still in flight there is no longer counted, and its results are ignored.
    /// `false` if it is not there. O(n).
    pub fn remove(&mut self, id: BackendId) -> bool {
        self.rebuilt_if(|roster| roster.remove(id))
    }

    /// Changes a backend's share. `false` if it is not there. O(n).
    pub fn set_weight(&mut self, id: BackendId, weight: Weight) -> bool {
        self.rebuilt_if(|roster| roster.set_weight(id, weight))
    }

    /// Lets a backend be chosen, or not: for health, a breaker, a drain. `false` if it is not there. O(n).
    pub fn set_eligible(&mut self, id: BackendId, eligible: bool) -> bool {
        self.rebuilt_if(|roster| roster.set_eligible(id, eligible))
    }

    /// Replaces the in-flight counts by what somebody else counted, by slot. O(n).
    ///
    /// # Panics
    /// If `in_flight` has another length than there are slots.
    pub fn observe(&mut self, in_flight: &[u32]) {
        self.roster.observe(in_flight);
        self.index.rebuild(&self.roster);
    }

    /// A request was sent to `id`. `false`, and nothing counted, if it is not there any more.
    #[inline]
    pub fn start(&mut self, id: BackendId) -> bool {
        let Some(in_flight) = self.roster.start(id) else {
            return false;
        };
        self.index.started(id.slot, in_flight);
        true
    }

    /// A request sent to `id` ended at `now`; `response` is how long the answer took, if one came.
    /// `false`, and nothing counted, if `id` is not there any more.
    #[inline]
    pub fn finish(&mut self, id: BackendId, response: Option<Duration>, now: Instant) -> bool {
        let Some(in_flight) = self.roster.finish(id) else {
            return false;
        };
        self.index.finished(id.slot, in_flight);
        if let Some(response) = response {
            self.index.responded(id.slot, response, now);
        }
        true
    }

    /// `id` answered at `now` after `response`, to a request that somebody else counts. `false`, and
    /// nothing learned, if `id` is not there any more.
    pub fn responded(&mut self, id: BackendId, response: Duration, now: Instant) -> bool {
        let present = self.roster.is_member(id);
        if present {
            self.index.responded(id.slot, response, now);
        }
        present
    }

    fn rebuilt_if(&mut self, change: impl FnOnce(&mut Roster) -> bool) -> bool {
        let changed = change(&mut self.roster);
        if changed {
            self.index.rebuild(&self.roster);
        }
        changed
    }
}

impl<I: Index> View for Fleet<I> {
    #[inline]
    fn epoch(&self) -> u64 {
        self.roster.epoch()
    }

    fn members(&self) -> &[Member] {
        self.roster.members()
    }

    #[inline]
    fn eligible_count(&self) -> u32 {
        self.roster.eligible_count()
    }

    #[inline]
    fn nth_eligible(&self, n: u32) -> Option<BackendId> {
        self.roster.nth_eligible(n)
    }

    #[inline]
    fn next_eligible(&self, slot: u32) -> Option<BackendId> {
        self.roster.next_eligible(slot)
    }

    #[inline]
    fn is_eligible(&self, id: BackendId) -> bool {
        self.roster.is_eligible(id)
    }

    #[inline]
    fn in_flight(&self, id: BackendId) -> u32 {
        self.roster.in_flight(id)
    }

    fn total_in_flight(&self) -> u64 {
        self.roster.total_in_flight()
    }

    #[inline]
    fn weight(&self, id: BackendId) -> Weight {
        self.roster.weight(id)
    }

    #[inline]
    fn expected_response(&self, id: BackendId, now: Instant) -> f64 {
        self.index.expected_response(id.slot, now)
    }

    #[inline]
    fn least_loaded<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        self.index.least_loaded(&self.roster, rng)
    }

    #[inline]
    fn idle<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        self.index.idle(&self.roster, rng)
    }
}

#[cfg(test)]
mod tests;
