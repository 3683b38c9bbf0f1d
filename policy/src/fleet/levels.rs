//! The eligible backends sorted by what they have in flight, kept sorted in O(1) a change.

use rand_core::Rng;

use super::index::Index;
use super::roster::Roster;
use crate::load::Load;
use crate::random::below;
use crate::view::{BackendId, View, Weight, eligible};

/// One sorted array for each distinct weight. A count changes by one, so a backend moves past no more than
/// its own level: it is swapped with the level's edge and the edge moves by one place.
///
/// Start and finish are O(1); a pick is O(w) for w distinct weights (1 in a fleet of equals), exact, with
/// all ties equally likely. Memory: 12 bytes a backend, and 4 for each level up to the longest queue.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    classes: Vec<Class>,
    /// By slot, the place in its class; [`INELIGIBLE`] if it has none.
    places: Vec<u32>,
    /// By slot, the index of its class.
    class_of: Vec<u32>,
}

const INELIGIBLE: u32 = u32::MAX;

/// Backends of equal weight.
#[derive(Clone, Debug)]
struct Class {
    weight: Weight,
    /// Slots by ascending in-flight count.
    sorted: Vec<u32>,
    /// Where each level begins in `sorted`; one more entry than there are levels, so that each has an end.
    begins: Vec<u32>,
    /// No backend has fewer in flight than this.
    lowest: u32,
}

impl Index for Levels {
    fn rebuild(&mut self, roster: &Roster) {
        self.classes.clear();
        self.places.clear();
        self.places.resize(roster.slots(), INELIGIBLE);
        self.class_of.clear();
        self.class_of.resize(roster.slots(), 0);
        let mut ids: Vec<BackendId> = eligible(roster).collect();
        ids.sort_by_key(|&id| (roster.weight(id), roster.in_flight(id)));
        for equals in ids.chunk_by(|&a, &b| roster.weight(a) == roster.weight(b)) {
            let class = self.classes.len() as u32;
            for (id, at) in equals.iter().zip(0..) {
                self.places[id.slot as usize] = at;
                self.class_of[id.slot as usize] = class;
            }
            self.classes.push(Class::new(equals, roster));
        }
    }

    #[inline]
    fn started(&mut self, slot: u32, in_flight: u32) {
        self.moves(slot, |class| class.raise(in_flight));
    }

    #[inline]
    fn finished(&mut self, slot: u32, in_flight: u32) {
        self.moves(slot, |class| class.lower(in_flight));
    }

    #[inline]
    fn least_loaded<R: Rng>(&self, roster: &Roster, rng: &mut R) -> Option<BackendId> {
        let slot = match self.classes.as_slice() {
            [] => return None,
            [only] => only.sorted[below(only.lowest_count(), rng) as usize],
            several => least_of(several, rng),
        };
        Some(roster.occupant(slot))
    }
}

impl Levels {
    /// `slot` goes where `to` says, and whoever stands there takes its place.
    #[inline]
    fn moves(&mut self, slot: u32, to: impl FnOnce(&mut Class) -> u32) {
        let from = self.places[slot as usize];
        if from == INELIGIBLE {
            return;
        }
        let class = match self.classes.as_mut_slice() {
            [only] => only,
            several => &mut several[self.class_of[slot as usize] as usize],
        };
        let to = to(class);
        let other = class.sorted[to as usize];
        class.sorted[from as usize] = other;
        class.sorted[to as usize] = slot;
        self.places[other as usize] = from;
        self.places[slot as usize] = to;
    }
}

impl Class {
    fn new(sorted_ids: &[BackendId], roster: &Roster) -> Class {
        let count = |at: usize| roster.in_flight(sorted_ids[at]);
        let last = sorted_ids.len() - 1;
        let mut begins = vec![0];
        for at in 0..=last {
            let level = count(at) as usize;
            begins.resize(begins.len().max(level + 1), at as u32);
        }
        begins.push(last as u32 + 1);
        Class {
            weight: roster.weight(sorted_ids[0]),
            sorted: sorted_ids.iter().map(|id| id.slot).collect(),
            begins,
            lowest: count(0),
        }
    }

    /// A backend of the level below reaches `level`: that level begins one place earlier, which is where
    /// the backend goes.
    #[inline]
    fn raise(&mut self, level: u32) -> u32 {
        if self.begins.len() == level as usize + 1 {
            self.begins.push(self.sorted.len() as u32);
        }
        self.begins[level as usize] -= 1;
        let place = self.begins[level as usize];
        if place == 0 {
            self.lowest = level;
        }
        place
    }

    /// A backend of the level above sinks to `level`: the one above begins one place later, and the
    /// backend goes where it began.
    #[inline]
    fn lower(&mut self, level: u32) -> u32 {
        let place = self.begins[level as usize + 1];
        self.begins[level as usize + 1] += 1;
        self.lowest = self.lowest.min(level);
        place
    }

    fn lowest_load(&self) -> Load {
        Load::new(self.lowest, self.weight)
    }

    /// How many backends stand at the lowest level.
    #[inline]
    fn lowest_count(&self) -> u32 {
        self.begins[self.lowest as usize + 1]
    }
}

/// A slot among those of least load in all `classes`, each equally likely.
fn least_of<R: Rng>(classes: &[Class], rng: &mut R) -> u32 {
    let (mut least, mut tied) = (classes[0].lowest_load(), 0);
    for class in classes {
        let load = class.lowest_load();
        if load < least {
            (least, tied) = (load, 0);
        }
        if load == least {
            tied += class.lowest_count();
        }
    }
    let mut at = below(tied, rng);
    for class in classes.iter().filter(|class| class.lowest_load() == least) {
        match at.checked_sub(class.lowest_count()) {
            None => return class.sorted[at as usize],
            Some(rest) => at = rest,
        }
    }
    unreachable!("{at} is below the number of ties")
}
