//! What strategies may know of backends that several workers share: a version of the list, the health map, the board.
//!
//! A look at one backend costs a load or two; counting the eligible or finding the n-th, O(slots / 64) loads; the total
//! and whatever is about all backends, such as the least loaded one, O(backends). There is no index: it
//! would have to hear of every request of every other worker.
//!
//! # Why it is right
//!
//! - *One version.* Members, weights and ids are the list's, which does not change; health and counts are looked up
//!   by the slot of a member of it. A health bit without a member is nobody's and is masked out.
//! - *Moving counts.* Health and counts change between two looks. No query relies on an earlier one: each
//!   answers from words that it reads itself, once.
//! - *The epoch* is the list's generation and the map's epoch side by side, 32 bits of each: a strategy would have to
//!   sleep through 2^32 changes of health to take the last one for the first. Who sees the map's epoch sees
//!   the changes that it counts ([`Bitmap`]).

use rand_core::Rng;

use super::{BackendList, Bitmap, Board, Memory, Native};
use crate::bits::{at_or_above, lowest, place, slots, without_lowest};
use crate::view::{BackendId, Member, View, Weight, idle_of, least_loaded_of};

/// Backends as all workers see them.
pub struct BoardView<'a, M: Memory = Native> {
    list: &'a BackendList,
    health: Bitmap<'a, M>,
    board: Board<'a, M>,
}

impl<M: Memory> Clone for BoardView<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for BoardView<'_, M> {}

impl<'a, M: Memory> BoardView<'a, M> {
    /// Of the members of `list`, which are eligible when healthy.
    pub fn new(list: &'a BackendList, health: Bitmap<'a, M>, board: Board<'a, M>) -> Self {
        BoardView {
            list,
            health,
            board,
        }
    }

    /// The eligible ones, 64 slots to a word, from this word on.
    #[inline]
    fn eligible(&self, from_word: usize) -> impl Iterator<Item = (usize, u64)> {
        let healthy = self.health.loaded(from_word);
        healthy.map(|(index, word)| (index, word & self.list.present(index)))
    }

    #[inline]
    fn first(&self, from_word: usize) -> Option<u32> {
        let mut words = self.eligible(from_word);
        words.find_map(|(index, word)| lowest(index, word))
    }

    /// All of them, each word as it is when it is come to.
    fn eligible_ids(&self) -> impl Iterator<Item = BackendId> {
        let slots = self
            .eligible(0)
            .flat_map(|(index, word)| slots(index, word));
        slots.filter_map(|slot| self.occupant(slot))
    }

    #[inline]
    fn occupant(&self, slot: u32) -> Option<BackendId> {
        self.list.at(slot).map(|member| member.id)
    }
}

impl<M: Memory> View for BoardView<'_, M> {
    #[inline]
    fn epoch(&self) -> u64 {
        self.list.generation() << 32 | self.health.epoch() & u64::from(u32::MAX)
    }

    fn members(&self) -> &[Member] {
        self.list.members()
    }

    #[inline]
    fn eligible_count(&self) -> u32 {
        self.eligible(0).map(|(_, word)| word.count_ones()).sum()
    }

    #[inline]
    fn nth_eligible(&self, mut n: u32) -> Option<BackendId> {
        let slot = self.eligible(0).find_map(|(index, word)| {
            let count = word.count_ones();
            let here = n < count;
            if !here {
                n -= count;
            }
            here.then(|| lowest(index, without_lowest(word, n)))
        });
        self.occupant(slot??)
    }

    #[inline]
    fn next_eligible(&self, slot: u32) -> Option<BackendId> {
        let (index, bit) = place(slot);
        let mut here = self.eligible(index).take(1);
        let next = here
            .find_map(|(index, word)| lowest(index, at_or_above(word, bit)))
            .or_else(|| self.first(index + 1))
            .or_else(|| self.first(0));
        self.occupant(next?)
    }

    #[inline]
    fn is_eligible(&self, id: BackendId) -> bool {
        self.occupant(id.slot) == Some(id) && self.health.contains(id.slot)
    }

    #[inline]
    fn in_flight(&self, id: BackendId) -> u32 {
        self.board.in_flight(id.slot)
    }

    fn total_in_flight(&self) -> u64 {
        let members = self.members().iter();
        members
            .map(|member| u64::from(self.in_flight(member.id)))
            .sum()
    }

    #[inline]
    fn weight(&self, id: BackendId) -> Weight {
        self.list
            .at(id.slot)
            .map_or(Weight::ONE, |member| member.weight)
    }

    fn least_loaded<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        least_loaded_of(self, self.eligible_ids(), rng)
    }

    fn idle<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        idle_of(self, self.eligible_ids(), rng)
    }
}
