//! The fleet without an index: members, eligibility, weights and counts, by slot.

use super::bitmap::Bitmap;
use crate::view::{BackendId, Member, View, Weight};

/// Queries that an index would speed up are answered by scanning.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: Vec<Member>,
    eligible: Bitmap,
    eligible_slots: Vec<u32>,
    slots: Vec<Slot>,
    total_in_flight: u64,
    epoch: u64,
}

/// What a request's start and end touch, side by side: with many backends these miss the cache.
#[derive(Clone, Copy, Debug)]
struct Slot {
    generation: u32,
    in_flight: u32,
    weight: Weight,
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
        self.slots.len()
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

    pub(super) fn join(&mut self, member: Member) -> bool {
        let slot = member.id.slot;
        let taken = |place: &Member| place.id.slot == slot;
        if self.members.iter().any(taken) {
            return false;
        }
        while self.slots() <= slot as usize {
            self.push_slot();
        }
        self.slots[slot as usize].generation = member.id.generation;
        self.occupy(slot, member.weight, member.identity);
        self.eligible.set(slot, true);
        self.refresh();
        true
    }

    pub(super) fn remove(&mut self, id: BackendId) -> bool {
        let Some(at) = self.position(id) else {
            return false;
        };
        self.members.remove(at);
        self.eligible.set(id.slot, false);
        let slot = &mut self.slots[id.slot as usize];
        self.total_in_flight -= u64::from(slot.in_flight);
        *slot = Slot {
            generation: slot.generation.wrapping_add(1),
            in_flight: 0,
            ..*slot
        };
        self.refresh();
        true
    }

    pub(super) fn set_weight(&mut self, id: BackendId, weight: Weight) -> bool {
        let Some(at) = self.position(id) else {
            return false;
        };
        self.members[at].weight = weight;
        self.slots[id.slot as usize].weight = weight;
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
        assert_eq!(in_flight.len(), self.slots.len(), "one count for each slot");
        for (slot, &count) in self.slots.iter_mut().zip(in_flight) {
            slot.in_flight = count;
        }
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
            generation: self.slots[slot as usize].generation,
        }
    }

    #[inline]
    fn count_of(&mut self, id: BackendId) -> Option<&mut u32> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        (slot.generation == id.generation).then_some(&mut slot.in_flight)
    }

    fn position(&self, id: BackendId) -> Option<usize> {
        let at = self
            .members
            .binary_search_by_key(&id.slot, |member| member.id.slot)
            .ok()?;
        (self.members[at].id == id).then_some(at)
    }

    fn push_slot(&mut self) -> u32 {
        self.slots.push(Slot {
            generation: 0,
            in_flight: 0,
            weight: Weight::ONE,
        });
        self.slots.len() as u32 - 1
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
        self.slots[slot as usize].weight = weight;
        id
    }

    /// What follows from members and eligibility, after either changed.
    fn refresh(&mut self) {
        self.eligible_slots.clear();
        self.eligible_slots.extend(self.eligible.iter());
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
        self.eligible_slots.len() as u32
    }

    #[inline]
    fn nth_eligible(&self, n: u32) -> Option<BackendId> {
        self.eligible_slots
            .get(n as usize)
            .map(|&slot| self.occupant(slot))
    }

    #[inline]
    fn next_eligible(&self, slot: u32) -> Option<BackendId> {
        self.eligible
            .next_from(slot)
            .map(|slot| self.occupant(slot))
    }

    #[inline]
    fn is_eligible(&self, id: BackendId) -> bool {
        self.eligible.contains(id.slot) && self.slots[id.slot as usize].generation == id.generation
    }

    #[inline]
    fn in_flight(&self, id: BackendId) -> u32 {
        debug_assert_eq!(self.occupant(id.slot), id, "a stale id");
        self.slots[id.slot as usize].in_flight
    }

    fn total_in_flight(&self) -> u64 {
        self.total_in_flight
    }

    #[inline]
    fn weight(&self, id: BackendId) -> Weight {
        debug_assert_eq!(self.occupant(id.slot), id, "a stale id");
        self.slots[id.slot as usize].weight
    }
}
