//! The backends as one version of the [table](super::Table): who they are and where each one's row is.
//!
//! A backend's slot is its row on the [board](super::Board) and its bit in the health map. A reload makes the next
//! list from the last one and touches neither: who stays keeps slot, requests in flight and health, wherever the
//! configuration lists it now. O(n).
//!
//! A slot goes to another backend when nobody counts in its row any more, and not in the very reload in which
//! its backend left: a request that took its list before the swap may count there once more. Should one be so late
//! that a second reload has looked at its row, then the successor is taken to have one request more than it has, until
//! that request ends; its guard gives back to the row. A backend that comes back before its slot is given away finds
//! it, with the requests still in flight to its address.
//!
//! A reload is three steps: the next list, the health of [who joined](BackendList::joined_since), and publishing. In this
//! order, so that whoever reads the list finds the newcomers' health begun.
//!
//! Where processes share a board one of them makes the lists, for two that ask at different moments whether a row
//! is vacant hear different things; the others are [sent](BackendList::received) them.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fmt;

use crate::bits::BITS;
use crate::hash::MixKeys;
use crate::view::{BackendId, Member, Weight};

/// Who the backends are. Immutable: a reload makes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendList {
    rows: u32,
    generation: u64,
    places: Vec<Place>,
    members: Vec<Member>,
    /// One bit for each slot: whether its occupant is a member.
    present: Vec<u64>,
}

/// A slot and its last occupant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose the slot is, or was.
    pub occupant: Member,
    /// Whether it is so still.
    pub present: bool,
}

/// Why there is no next list. The last one stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListError {
    /// Two backends have this identity.
    Twice(u64),
    /// More backends than rows, together with those that left and may still be counted in.
    NoRoom {
        /// How many rows there are.
        rows: u32,
        /// How many of them wait for the last requests to a backend that left.
        leaving: u32,
    },
    /// A list that was sent has something else where this slot should be.
    Misplaced(u32),
}

impl BackendList {
    /// No backends, and room for `rows`: with twice as many as there are backends a reload may replace them all.
    pub fn empty(rows: u32) -> Self {
        BackendList {
            rows,
            generation: 0,
            places: Vec::new(),
            members: Vec::new(),
            present: Vec::new(),
        }
    }

    /// The list that another process made, from its [`BackendList::places`].
    ///
    /// # Errors
    /// If those are no list.
    pub fn received(
        rows: u32,
        generation: u64,
        places: impl IntoIterator<Item = Place>,
    ) -> Result<Self, ListError> {
        let places: Vec<_> = places.into_iter().collect();
        let mut identities = HashSet::with_hasher(MixKeys::default());
        for (slot, Place { occupant, .. }) in (0..).zip(&places) {
            if occupant.id.slot != slot {
                return Err(ListError::Misplaced(slot));
            }
            if !identities.insert(occupant.identity) {
                return Err(ListError::Twice(occupant.identity));
            }
        }
        Self::of(rows, generation, places)
    }

    /// The list that follows, of `(weight, identity)` in any order. `vacant` says of a row whether nobody counts
    /// in it.
    ///
    /// # Errors
    /// If a backend is there twice or there are too many.
    pub fn reload(
        &self,
        wanted: impl IntoIterator<Item = (Weight, u64)>,
        vacant: impl Fn(u32) -> bool,
    ) -> Result<Self, ListError> {
        let wanted: Vec<_> = wanted.into_iter().collect();
        let mut weights = HashMap::with_capacity_and_hasher(wanted.len(), MixKeys::default());
        for &(weight, identity) in &wanted {
            if weights.insert(identity, weight).is_some() {
                return Err(ListError::Twice(identity));
            }
        }

        // Who is known keeps its slot, and who is left over is new.
        let mut places: Vec<_> = (self.places.iter())
            .map(|place| place.after_reload(weights.remove(&place.occupant.identity)))
            .collect();
        let newcomers = wanted
            .iter()
            .filter(|(_, identity)| weights.contains_key(identity));

        let freed = |place: &Place| !place.present && vacant(place.occupant.id.slot);
        let freed = self.places.iter().filter(|place| freed(place));
        let mut freed = freed.map(|place| place.occupant.id.slot as usize);
        for &(weight, identity) in newcomers {
            // A place that was free and has been come back to is no longer.
            match freed.find(|&slot| !places[slot].present) {
                Some(slot) => places[slot] = places[slot].given_to(weight, identity),
                None => places.push(Place::first_of(places.len() as u32, weight, identity)),
            }
        }
        Self::of(self.rows, self.generation + 1, places)
    }

    /// How many reloads led to it.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Who the backends are, by ascending slot.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Everything about it, to be [sent](BackendList::received): every slot, from 0.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The backend in `slot`. O(1).
    #[inline]
    pub fn at(&self, slot: u32) -> Option<&Member> {
        let place = self.places.get(slot as usize)?;
        place.present.then_some(&place.occupant)
    }

    /// Who was not in `earlier`: whose health is unknown, and for whom alone it is to be begun anew. O(n).
    pub fn joined_since(&self, earlier: &BackendList) -> impl Iterator<Item = BackendId> {
        let known = |id: BackendId| earlier.at(id.slot).is_some_and(|member| member.id == id);
        let ids = self.members.iter().map(|member| member.id);
        ids.filter(move |&id| !known(id))
    }

    /// Which slots have a member, 64 to a word; words beyond the end have none.
    #[inline]
    pub(super) fn present(&self, word: usize) -> u64 {
        self.present.get(word).copied().unwrap_or(0)
    }

    fn of(rows: u32, generation: u64, places: Vec<Place>) -> Result<Self, ListError> {
        if places.len() > rows as usize {
            let leaving = places.iter().filter(|place| !place.present).count() as u32;
            return Err(ListError::NoRoom { rows, leaving });
        }
        let members = places.iter().filter(|place| place.present);
        let members = members.map(|place| place.occupant).collect();
        let words = places.chunks(BITS).map(|places| {
            let bits = places.iter().enumerate();
            bits.fold(0, |word, (bit, place)| {
                word | u64::from(place.present) << bit
            })
        });
        Ok(BackendList {
            rows,
            generation,
            members,
            present: words.collect(),
            places,
        })
    }
}

impl Place {
    fn first_of(slot: u32, weight: Weight, identity: u64) -> Place {
        let id = BackendId {
            slot,
            generation: 0,
        };
        Place {
            occupant: Member {
                id,
                weight,
                identity,
            },
            present: true,
        }
    }

    /// The same slot with another occupant, or the same one come back.
    fn given_to(self, weight: Weight, identity: u64) -> Place {
        let BackendId { slot, generation } = self.occupant.id;
        let id = BackendId {
            slot,
            generation: generation.wrapping_add(1),
        };
        Place {
            occupant: Member {
                id,
                weight,
                identity,
            },
            present: true,
        }
    }

    /// With its occupant wanted by this weight, or not at all.
    fn after_reload(mut self, wanted: Option<Weight>) -> Place {
        match wanted {
            Some(weight) if !self.present => self.given_to(weight, self.occupant.identity),
            Some(weight) => {
                self.occupant.weight = weight;
                self
            }
            None => {
                self.present = false;
                self
            }
        }
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListError::Twice(identity) => {
                write!(f, "two backends have the same identity, {identity:#x}")
            }
            ListError::NoRoom { rows, leaving } => write!(
                f,
                "more backends than the board's {rows} rows, {leaving} of which wait for the last requests to \
                 backends that left"
            ),
            ListError::Misplaced(slot) => write!(
                f,
                "the list that was sent has another slot where slot {slot} should be"
            ),
        }
    }
}

impl Error for ListError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const ROWS: u32 = 8;

    fn all(identities: impl IntoIterator<Item = u64>) -> Vec<(Weight, u64)> {
        let backends = identities.into_iter();
        backends.map(|identity| (Weight::ONE, identity)).collect()
    }

    proptest! {
        /// Over any reloads, while rows are in use or not as chance has it.
        #[test]
        fn identity_is_address_and_generation(
            reloads in prop::collection::vec((prop::collection::btree_set(0u64..10, 0..6), any::<u32>()), 1..30),
        ) {
            let mut list = BackendList::empty(ROWS);
            let mut given = BTreeSet::new();
            for (wanted, vacant) in reloads {
                let next = match list.reload(all(wanted.clone()), |row| vacant >> row & 1 == 1) {
                    Ok(next) => next,
                    Err(error) => {
                        let in_use = list.places().iter().filter(|place| {
                            place.present || vacant >> place.occupant.id.slot & 1 == 0
                        });
                        let refused = matches!(error, ListError::NoRoom { rows: ROWS, .. });
                        prop_assert!(refused && in_use.count() + wanted.len() > ROWS as usize);
                        continue;
                    }
                };
                prop_assert_eq!(next.generation(), list.generation() + 1);
                let identities: BTreeSet<_> = next.members().iter().map(|m| m.identity).collect();
                prop_assert_eq!(&identities, &wanted);
                prop_assert!(next.members().is_sorted_by(|a, b| a.id.slot < b.id.slot));

                let joined: BTreeSet<_> = next.joined_since(&list).collect();
                for member in next.members() {
                    let slot = member.id.slot;
                    prop_assert_eq!(next.at(slot), Some(member));
                    prop_assert_eq!(next.present(0) >> slot & 1, 1);
                    match list.members().iter().find(|before| before.identity == member.identity) {
                        Some(before) => prop_assert_eq!(before.id, member.id, "it stayed"),
                        None => {
                            prop_assert!(joined.contains(&member.id));
                            prop_assert!(given.insert(member.id), "no id is given twice");
                            prop_assert_eq!(list.at(slot), None, "it left in this very reload");
                        }
                    }
                    let before = list.places().get(slot as usize).map(|place| place.occupant);
                    let another = before.is_some_and(|before| before.identity != member.identity);
                    prop_assert!(!another || vacant >> slot & 1 == 1, "somebody counts there");
                }
                prop_assert_eq!(next.present(0).count_ones() as usize, wanted.len());
                let sent = next.places().iter().copied();
                prop_assert_eq!(BackendList::received(ROWS, next.generation(), sent), Ok(next.clone()));
                list = next;
            }
        }
    }

    #[test]
    fn who_stays_keeps_its_slot_wherever_it_is_listed_now() {
        let first = BackendList::empty(4)
            .reload(all([10, 20, 30]), |_| true)
            .unwrap();
        let second = first
            .reload([(Weight::MAX, 30), (Weight::ONE, 10)], |_| true)
            .unwrap();
        assert_eq!(second.at(0), first.at(0));
        assert_eq!(second.at(1), None);
        let moved = second.at(2).unwrap();
        assert_eq!(
            (moved.id, moved.weight),
            (first.at(2).unwrap().id, Weight::MAX)
        );
    }

    #[test]
    fn a_slot_waits_for_the_last_request_and_for_the_next_reload() {
        let list = BackendList::empty(3)
            .reload(all([10, 20]), |_| true)
            .unwrap();
        let list = list.reload(all([20, 30]), |_| true).unwrap();
        assert_eq!(list.at(2).unwrap().identity, 30, "slot 0 was left just now");
        let refused = list.reload(all([20, 30, 40]), |_| false);
        assert_eq!(
            refused,
            Err(ListError::NoRoom {
                rows: 3,
                leaving: 1
            })
        );
        let list = list.reload(all([20, 30, 40]), |_| true).unwrap();
        let member = list.at(0).unwrap();
        assert_eq!((member.identity, member.id.generation), (40, 1));
    }

    #[test]
    fn who_comes_back_finds_its_requests_still_counted() {
        let list = BackendList::empty(2).reload(all([10]), |_| true).unwrap();
        let left = list.reload([], |_| false).unwrap();
        let back = left.reload(all([10]), |_| false).unwrap();
        let id = back.at(0).unwrap().id;
        assert_eq!((id.slot, id.generation), (0, 1));
        assert!(back.joined_since(&list).eq([id]), "its health is unknown");
    }

    #[test]
    fn what_is_no_list_is_refused_in_a_sentence() {
        let twice = BackendList::empty(2).reload(all([7, 7]), |_| true);
        assert_eq!(twice, Err(ListError::Twice(7)));
        let list = BackendList::empty(2)
            .reload(all([10, 20]), |_| true)
            .unwrap();
        let backwards = list.places().iter().rev().copied();
        let misplaced = BackendList::received(2, 1, backwards).unwrap_err();
        assert_eq!(misplaced, ListError::Misplaced(0));
        assert_eq!(
            misplaced.to_string(),
            "the list that was sent has another slot where slot 0 should be"
        );
    }
}
