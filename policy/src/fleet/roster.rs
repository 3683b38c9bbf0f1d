//! The fleet without an index: members, eligibility, weights and counts, by slot.

use super::bitmap::Bitmap;
use crate::view::{BackendId, Member, View, Weight};

/// Queries that an index would speed up are answered by scanning.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: Vec<Member>,
    eligible: Bitmap,
    eligible_ids: Vec<BackendId>,
    /// By slot, occupied or not.
    generations: Vec<u32>,
    weights: Vec<Weight>,
    in_flight: Vec<u32>,
    total_in_flight: u64,
    epoch: u64,
}

impl Roster {
    pub(super) fn new(backends: impl IntoIterator<Item = (Weight, u64)>) -> Roster {
        let mut roster = Roster::default();
        for (weight, identity) in backends {
            let slot = roster.push_slot();
            roster.occupy(slot, weight, identity);
            roster.eligible.set(slot, true);
        }
        roster.refresh();
        roster
    }

    /// How many slots there are, occupied or not.
    pub fn slots(&self) -> usize {
        self.generations.len()
    }

    pub(super) fn add(&mut self, weight: Weight, identity: u64) -> BackendId {
        let free = self
            .members
            .iter()
            .zip(0..)
            .find(|(member, slot)| member.id.slot != *slot);
        let slot = match free {
            Some((_, slot)) => slot,
            None if self.members.len() < self.slots() => self.members.len() as u32,
            None => self.push_slot(),
        };
        let id = self.occupy(slot, weight, identity);
        self.eligible.set(slot, true);
        self.refresh();
        id
    }

    pub(super) fn remove(&mut self, id: BackendId) -> bool {
        let Some(at) = self.position(id) else {
            return false;
        };
        self.members.remove(at);
        self.eligible.set(id.slot, false);
        let slot = id.slot as usize;
        self.generations[slot] = self.generations[slot].wrapping_add(1);
        self.total_in_flight -= u64::from(self.in_flight[slot]);
        self.in_flight[slot] = 0;
        self.refresh();
        true
    }

    pub(super) fn set_weight(&mut self, id: BackendId, weight: Weight) -> bool {
        let Some(at) = self.position(id) else {
            return false;
        };
        self.members[at].weight = weight;
        self.weights[id.slot as usize] = weight;
        self.refresh();
        true
    }

    pub(super) fn set_eligible(&mut self, id: BackendId, eligible: bool) -> bool {
        if self.position(id).is_none() {
            return false;
        }
        if self.eligible.contains(id.slot) != eligible {
            self.eligible.set(id.slot, eligible);
            self.refresh();
        }
        true
    }

    pub(super) fn observe(&mut self, in_flight: &[u32]) {
        self.in_flight.copy_from_slice(in_flight);
        self.total_in_flight = in_flight.iter().map(|&count| u64::from(count)).sum();
    }

    /// The count after the start; `None` if `id` is not there.
    #[inline]
    pub(super) fn start(&mut self, id: BackendId) -> Option<u32> {
        let count = self.count_of(id)?;
        *count += 1;
        let in_flight = *count;
        self.total_in_flight += 1;
        Some(in_flight)
    }

    /// The count after the end; `None` if `id` is not there, or had nothing in flight.
    #[inline]
    pub(super) fn finish(&mut self, id: BackendId) -> Option<u32> {
        let count = self.count_of(id)?;
        let in_flight = count.checked_sub(1)?;
        *count = in_flight;
        self.total_in_flight -= 1;
        Some(in_flight)
    }

    /// Whether `id` is there, eligible or not.
    pub(super) fn is_member(&self, id: BackendId) -> bool {
        self.position(id).is_some()
    }

    /// The id of whoever occupies `slot`.
    #[inline]
    pub(super) fn occupant(&self, slot: u32) -> BackendId {
        BackendId {
            slot,
            generation: self.generations[slot as usize],
        }
    }

    #[inline]
    fn count_of(&mut self, id: BackendId) -> Option<&mut u32> {
        let slot = id.slot as usize;
        let current = *self.generations.get(slot)? == id.generation;
        current.then(|| &mut self.in_flight[slot])
    }

    fn position(&self, id: BackendId) -> Option<usize> {
        let at = self
            .members
            .binary_search_by_key(&id.slot, |member| member.id.slot)
            .ok()?;
        (self.members[at].id == id).then_some(at)
    }

    fn push_slot(&mut self) -> u32 {
        let slot = self.slots() as u32;
        self.generations.push(0);
        self.weights.push(Weight::ONE);
        self.in_flight.push(0);
        slot
    }

    fn occupy(&mut self, slot: u32, weight: Weight, identity: u64) -> BackendId {
        let id = self.occupant(slot);
        let at = self.members.partition_point(|member| member.id.slot < slot);
        self.members.insert(
            at,
            Member {
                id,
                weight,
                identity,
            },
        );
        self.weights[slot as usize] = weight;
        id
    }

    /// What follows from members and eligibility, after either changed.
    fn refresh(&mut self) {
        self.eligible_ids.clear();
        for slot in self.eligible.iter() {
            self.eligible_ids.push(BackendId {
                slot,
                generation: self.generations[slot as usize],
            });
        }
        self.epoch += 1;
    }
}

impl View for Roster {
    #[inline]
    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    #[inline]
    fn eligible_count(&self) -> u32 {
        self.eligible_ids.len() as u32
    }

    #[inline]
    fn nth_eligible(&self, n: u32) -> Option<BackendId> {
        self.eligible_ids.get(n as usize).copied()
    }

    #[inline]
    fn next_eligible(&self, slot: u32) -> Option<BackendId> {
        self.eligible
            .next_from(slot)
            .map(|slot| self.occupant(slot))
    }

    #[inline]
    fn is_eligible(&self, id: BackendId) -> bool {
        self.eligible.contains(id.slot) && self.generations[id.slot as usize] == id.generation
    }

    #[inline]
    fn in_flight(&self, id: BackendId) -> u32 {
        debug_assert_eq!(self.occupant(id.slot), id, "a stale id");
        self.in_flight[id.slot as usize]
    }

    fn total_in_flight(&self) -> u64 {
        self.total_in_flight
    }

    #[inline]
    fn weight(&self, id: BackendId) -> Weight {
        debug_assert_eq!(self.occupant(id.slot), id, "a stale id");
        self.weights[id.slot as usize]
    }
}
