//! The eligible backends with nothing in flight.

use rand_core::Rng;

use super::index::Index;
use super::roster::Roster;
use crate::random::below;
use crate::view::{BackendId, View, eligible};

/// A dense list and each slot's place in it: joining and leaving are O(1), and so is a uniform pick.
#[derive(Clone, Debug, Default)]
pub struct IdleSet {
    idle: Vec<BackendId>,
    place: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Ineligible,
    Busy(BackendId),
    Idle(u32),
}

impl Index for IdleSet {
    fn rebuild(&mut self, roster: &Roster) {
        self.idle.clear();
        self.place.clear();
        self.place.resize(roster.slots(), Place::Ineligible);
        for id in eligible(roster) {
            self.place[id.slot as usize] = Place::Busy(id);
            if roster.in_flight(id) == 0 {
                self.join(id.slot);
            }
        }
    }

    #[inline]
    fn started(&mut self, slot: u32, in_flight: u32) {
        if in_flight == 1 {
            self.leave(slot);
        }
    }

    #[inline]
    fn finished(&mut self, slot: u32, in_flight: u32) {
        if in_flight == 0 {
            self.join(slot);
        }
    }

    #[inline]
    fn idle<R: Rng>(&self, _: &Roster, rng: &mut R) -> Option<BackendId> {
        if self.idle.is_empty() {
            return None;
        }
        Some(self.idle[below(self.idle.len() as u32, rng) as usize])
    }
}

impl IdleSet {
    fn join(&mut self, slot: u32) {
        if let Place::Busy(id) = self.place[slot as usize] {
            self.place[slot as usize] = Place::Idle(self.idle.len() as u32);
            self.idle.push(id);
        }
    }

    fn leave(&mut self, slot: u32) {
        if let Place::Idle(at) = self.place[slot as usize] {
            let id = self.idle.swap_remove(at as usize);
            self.place[slot as usize] = Place::Busy(id);
            if let Some(moved) = self.idle.get(at as usize) {
                self.place[moved.slot as usize] = Place::Idle(at);
            }
        }
    }
}
