//! Which slot of a pool is whose: one word a slot, with its holder in it, and for each worker a hint of what is free.
//!
//! Acquire after a release: a load and a compare-and-swap. Release: a load and a store. O(1) at any occupancy as long as
//! a worker takes no more than it gave back itself of late ([`Near`] remembers 17). Beyond that, or when others do the
//! giving back, it searches: 1 / (1 - occupancy) loads on average, however large the pool, so a hundred at 99 %; O(slots)
//! before it may say that all are taken.
//! Lock-free: a search begins again only when another thread gave something back meanwhile.
//!
//! After the pool of zigttp: one flag a slot, and one `free_hint` for all, good for one acquire after each release. Here
//! the hints are each worker's own, so they cost no shared write and last as long as the worker's releases do. Bits
//! of a word instead of words were tried, with shared hints: a read-modify-write to give back instead of a store, 14 ns a
//! pair instead of 8 when they were compared, and two more whenever a word filled up or emptied.
//!
//! # Why it is right
//!
//! A word is a count of how often the slot was given back, and below it, in one byte, its holder or 0.
//!
//! - *Never given twice.* A free word becomes a holder's by a compare-and-swap; a held one is written by its holder
//!   alone, or by [`Slots::clear`] once that is gone. The count makes each word unlike all earlier ones, hence no ABA.
//! - *Writes travel with the slot.* Giving back is a `Release` store, taking an `Acquire` swap that reads from it.
//! - *`None` means full at some moment during the call.* All words were seen held in two passes, and the sum of the
//!   counts was the same: between the passes every slot was with the holder that both saw. On weak memory the first
//!   pass may read what is long past; but who sees a slot held sees what its taker knew (`Release` on the swap,
//!   `Acquire` on the pass), so the second pass finds what was given back before that was taken.
//! - *Death.* Taking is one step and giving back is one step, and the holder's number is in the word: whenever a worker
//!   is killed, [`Slots::clear`] finds exactly what it had.

use std::cell::Cell;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::{Atomic, Memory};
use crate::Owner;

/// The holder's byte, and what one giving back adds to the count above it.
const HOLDER: u64 = 0xff;
const GIVEN_BACK: u64 = HOLDER + 1;
/// How far apart owners begin to search: nine cache lines and a word, a prime, so that they spread over the lines of a
/// large pool and over the words of a small one.
const STRIDE: usize = 73;
/// How many releases a worker remembers.
const RECENT: usize = 16;

/// The state of a pool's slots, borrowed from where it lives: a [`super::SlotPool`], or mapped memory. Words of zeros
/// are free slots.
pub struct Slots<'a, M: Memory> {
    words: &'a [M::U64],
}

/// A slot that somebody holds. Giving it back takes it away; lost without that, the slot stays taken until its
/// holder's are [cleared](Slots::clear).
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Held {
    slot: u32,
    /// What its word says while this holds it, and never said before nor will again.
    word: u64,
}

impl Held {
    /// Which slot.
    pub fn slot(&self) -> u32 {
        self.slot
    }
}

/// Where one worker looks first: slots that it gave back, the latest first, still in its cache. Others may have taken
/// them since.
#[derive(Clone, Debug)]
pub struct Near {
    /// The latest, apart from the others. It stays here when it is taken: whoever gives back what it took last stores
    /// nothing, and each store is one more that the next swap waits for.
    latest: Cell<u32>,
    others: [Cell<u32>; RECENT],
    remembered: Cell<usize>,
    /// Where it searches from when it remembers none.
    cursor: Cell<usize>,
}

/// No slot.
const NONE: u32 = u32::MAX;

impl Near {
    /// Remembers nothing; searches from a place of `owner`'s own.
    pub fn new(owner: Owner) -> Near {
        Near {
            latest: Cell::new(NONE),
            others: Default::default(),
            remembered: Cell::new(0),
            cursor: Cell::new(usize::from(owner.number()) * STRIDE),
        }
    }

    /// With as many as it can remember, one is left to be searched for.
    fn push(&self, slot: u32) {
        let remembered = self.remembered.get();
        if let Some(place) = self.others.get(remembered) {
            place.set(slot);
            self.remembered.set(remembered + 1);
        }
    }

    fn pop(&self) -> Option<u32> {
        let last = self.remembered.get().checked_sub(1)?;
        self.remembered.set(last);
        self.others.get(last).map(Cell::get)
    }
}

impl<M: Memory> Clone for Slots<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Slots<'_, M> {}

impl<'a, M: Memory> Slots<'a, M> {
    /// A slot for each word.
    pub fn over(words: &'a [M::U64]) -> Self {
        Slots { words }
    }

    /// Takes a free slot for `owner`; `None` when all were taken at some moment during the call.
    #[inline]
    pub fn acquire(&self, owner: Owner, near: &Near) -> Option<Held> {
        let latest = self.try_claim(near.latest.get(), owner);
        latest.or_else(|| self.recall(owner, near))
    }

    /// Gives it back. `false`, and nothing changed, if it was cleared meanwhile.
    #[inline]
    pub fn release(&self, held: Held, near: &Near) -> bool {
        let Held { slot, word } = held;
        let place = &self.words[slot as usize];
        let is_ours = place.load(Relaxed) == word;
        if is_ours {
            place.store(given_back(word), Release);
            if near.latest.get() != slot {
                self.set_aside(near);
                near.latest.set(slot);
            }
        }
        is_ours
    }

    /// Frees whatever `owner` holds; returns how many slots that were. To be called once the owner is known to be gone,
    /// and before its number is used again. O(slots).
    ///
    /// By compare-and-swap: who clears may not have seen what the owner gave back last, and must not take it from whom it
    /// went to.
    pub fn clear(&self, owner: Owner) -> u32 {
        let cleared = self
            .words
            .iter()
            .filter(|word| Self::clear_word(word, owner));
        cleared.count() as u32
    }

    fn clear_word(word: &M::U64, owner: Owner) -> bool {
        let mut held = word.load(Relaxed);
        while holder(held) == owner.number() {
            match word.compare_exchange_weak(held, given_back(held), Release, Relaxed) {
                Ok(_) => return true,
                Err(now) => held = now,
            }
        }
        false
    }

    /// How many slots are taken: exact when nobody is in the middle of an operation. O(slots).
    pub fn in_use(&self) -> u32 {
        self.count(|holder| holder != 0)
    }

    /// How many of them are `owner`'s. O(slots).
    pub fn held_by(&self, owner: Owner) -> u32 {
        self.count(|holder| holder == owner.number())
    }

    fn count(&self, counts: impl Fn(u8) -> bool) -> u32 {
        let counted = self
            .words
            .iter()
            .filter(|word| counts(holder(word.load(Relaxed))));
        counted.count() as u32
    }

    /// Makes room for a later one, and remembers the latest so far if it is still free.
    #[inline(never)]
    fn set_aside(&self, near: &Near) {
        let slot = near.latest.get();
        if let Some(place) = self.words.get(slot as usize)
            && holder(place.load(Relaxed)) == 0
        {
            near.push(slot);
        }
    }

    /// Tries the other slots that the worker remembers, then looks at all.
    #[inline(never)]
    fn recall(&self, owner: Owner, near: &Near) -> Option<Held> {
        std::iter::from_fn(|| near.pop())
            .find_map(|slot| self.try_claim(slot, owner))
            .or_else(|| self.search(owner, near))
    }

    /// Takes this slot if it is free; there may be none of that number.
    #[inline]
    fn try_claim(&self, slot: u32, owner: Owner) -> Option<Held> {
        let seen = self.words.get(slot as usize)?.load(Relaxed);
        self.claim(slot, seen, owner).ok()
    }

    /// Looks at all slots until one is free or none was.
    fn search(&self, owner: Owner, near: &Near) -> Option<Held> {
        let mut before = None;
        loop {
            match self.pass(owner, near) {
                Ok(held) => return Some(held),
                Err(counts) if before == Some(counts) => return None,
                Err(counts) => before = Some(counts),
            }
        }
    }

    /// Looks at all slots once and takes the first that is free; else the sum of their counts.
    fn pass(&self, owner: Owner, near: &Near) -> Result<Held, u64> {
        let slots = self.words.len();
        let start = near.cursor.get().checked_rem(slots).unwrap_or(0);
        let mut counts: u64 = 0;
        for slot in (start..slots).chain(0..start) {
            let seen = self.words[slot].load(Acquire);
            match self.claim(slot as u32, seen, owner) {
                Ok(held) => {
                    near.cursor.set(slot + 1);
                    return Ok(held);
                }
                Err(taken) => counts = counts.wrapping_add(taken / GIVEN_BACK),
            }
        }
        Err(counts)
    }

    /// Takes the slot whose word may hold `seen`, unless it is held: then what its word holds.
    #[inline]
    fn claim(&self, slot: u32, mut seen: u64, owner: Owner) -> Result<Held, u64> {
        let place = &self.words[slot as usize];
        while holder(seen) == 0 {
            let word = seen | u64::from(owner.number());
            match place.compare_exchange_weak(seen, word, AcqRel, Acquire) {
                Ok(_) => return Ok(Held { slot, word }),
                Err(now) => seen = now,
            }
        }
        Err(seen)
    }
}

/// The number of who holds it, 0 for nobody.
#[inline]
const fn holder(word: u64) -> u8 {
    (word & HOLDER) as u8
}

#[inline]
const fn given_back(held: u64) -> u64 {
    (held & !HOLDER).wrapping_add(GIVEN_BACK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Native;
    use std::sync::atomic::AtomicU64;

    fn words(slots: usize) -> Vec<AtomicU64> {
        (0..slots).map(|_| AtomicU64::new(0)).collect()
    }

    #[test]
    fn as_many_as_there_are_and_each_once() {
        for capacity in [0, 1, 7, 8, 9, 64, 65, 300] {
            let words = words(capacity);
            let slots = Slots::<Native>::over(&words);
            let near = Near::new(Owner::SOLE);
            let taken = std::iter::from_fn(|| slots.acquire(Owner::SOLE, &near));
            let mut taken: Vec<_> = taken.map(|held| held.slot()).collect();
            taken.sort_unstable();
            assert!(taken.iter().copied().eq(0..capacity as u32));
            assert_eq!(slots.in_use(), capacity as u32);
            assert_eq!(slots.clear(Owner::SOLE), capacity as u32);
            assert_eq!(slots.in_use(), 0);
        }
    }

    #[test]
    fn what_was_given_back_last_is_taken_first() {
        let words = words(100);
        let slots = Slots::<Native>::over(&words);
        let near = Near::new(Owner::SOLE);
        let mut held: Vec<_> = std::iter::from_fn(|| slots.acquire(Owner::SOLE, &near)).collect();
        let mut given_back: Vec<_> = held.drain(30..30 + RECENT + 1).collect();
        let order: Vec<_> = given_back.iter().rev().map(Held::slot).collect();
        given_back
            .drain(..)
            .for_each(|held| assert!(slots.release(held, &near)));
        for slot in order {
            let again = slots.acquire(Owner::SOLE, &near);
            assert_eq!(again.map(|held| held.slot()), Some(slot));
        }
        assert_eq!(slots.acquire(Owner::SOLE, &near), None);
    }

    #[test]
    fn what_it_cannot_remember_is_found_by_searching() {
        let words = words(100);
        let slots = Slots::<Native>::over(&words);
        let near = Near::new(Owner::SOLE);
        let held: Vec<_> = std::iter::from_fn(|| slots.acquire(Owner::SOLE, &near)).collect();
        held.into_iter()
            .for_each(|held| assert!(slots.release(held, &near)));
        let again = std::iter::from_fn(|| slots.acquire(Owner::SOLE, &near));
        assert_eq!(again.count(), 100);
    }

    #[test]
    fn what_was_cleared_is_not_given_back_by_its_old_holder() {
        let words = words(1);
        let slots = Slots::<Native>::over(&words);
        let near = Near::new(Owner::SOLE);
        let old = slots.acquire(Owner::SOLE, &near).unwrap();
        assert_eq!(slots.clear(Owner::SOLE), 1);
        // Its successor has the same number and the same slot.
        let new = slots.acquire(Owner::SOLE, &near).unwrap();
        assert!(!slots.release(old, &near));
        assert_eq!(slots.held_by(Owner::SOLE), 1);
        assert!(slots.release(new, &near));
    }
}
