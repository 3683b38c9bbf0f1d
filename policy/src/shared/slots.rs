//! Which slot of a pool is whose: eight slots to a word, an owner's byte for each, and a hint of what is free.
//!
//! Acquire: a load of the hint, a load of the word, one compare-and-swap. Release: a load and one
//! subtraction. O(1) at any occupancy while the hints hold, which they do whenever nobody is in the middle of
//! an operation; O(slots / 8) before an acquire may say that all are taken. Lock-free: a step is repeated only
//! when another thread's step succeeded.
//!
//! After the pool of zigttp (a `free_hint` beside one flag a slot), which scans all flags once the hint is
//! used up. Here the hint is a set: one bit for each word that has a free slot, so it also holds with one slot
//! in a hundred free, and several acquires after several releases each find one.
//!
//! # Why it is right
//!
//! - *Never given twice.* A byte goes from 0 to an owner only by a compare-and-swap of its whole word, and back
//!   only by that owner or by [`Slots::clear`]. There is no pointer and no list, hence no ABA: that a word
//!   changed and changed back makes the swap no less right.
//! - *Writes travel with the slot.* Release publishes (`Release`), acquire takes over (`Acquire`); both are
//!   read-modify-writes on one word, so whoever takes the slot next reads from the release or from a later
//!   link of its chain.
//! - *The hint is only a hint*, but an exact one at rest. Whoever turns a word full or not full then makes
//!   the hint agree ([`Slots::settle`]): it writes the hint and looks at the word again. Of two who do so, the
//!   one whose write of the hint comes second acquires what the first released, and so sees the word
//!   as the first left it.
//! - *`None` means full at some moment during the call.* A word leaves fullness only by a release, and who does
//!   that counts it in `reopened` afterwards. When all words were seen full and the count stood still
//!   meanwhile, then a slot freed behind the scan's back belongs to a release that has not returned: let
//!   it take effect after the scan. That `Acquire` on the scan's loads meets `Release` on the swaps is what makes
//!   it hold on weak memory: who sees a slot taken also sees every release that its taker could know of.
//! - *Death.* Each operation has one step that takes or gives the slot; the others mend hints. A worker
//!   killed between any two leaves a stale hint (costs a scan, mended by [`Slots::clear`]) and its slots, each
//!   with its number on it.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::{Atomic, Memory};
use crate::Owner;

/// Slots in a word.
const LANES: usize = 8;
/// Words that one word of hints speaks for.
const WORDS_A_HINT: usize = 64;
/// How far apart owners begin to look: nine cache lines and a word, a prime, so that they spread over the lines of a
/// large pool and over the words of a small one.
const STRIDE: usize = 73;
/// The byte of a slot that does not exist: the last word is filled up with it.
const ABSENT: u8 = 0xff;

/// The state of a pool's slots, borrowed from where it lives: a [`super::SlotPool`], or mapped memory.
pub struct Slots<'a, M: Memory> {
    words: &'a [M::U64],
    hints: &'a [M::U64],
    reopened: &'a M::U64,
}

impl<M: Memory> Clone for Slots<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Slots<'_, M> {}

impl<'a, M: Memory> Slots<'a, M> {
    /// How many words `slots` slots take: state, hints and one counter.
    pub const fn words_for(slots: usize) -> usize {
        let words = state_words(slots);
        words + words.div_ceil(WORDS_A_HINT) + 1
    }

    /// The values those words begin with: every slot free.
    pub fn initial(slots: usize) -> impl Iterator<Item = u64> {
        let words = state_words(slots);
        let state = (0..words).map(move |word| {
            let present = (slots - word * LANES).min(LANES);
            (present..LANES).fold(0, |bits, lane| bits | in_lane(ABSENT, lane))
        });
        let hints = (0..words.div_ceil(WORDS_A_HINT)).map(move |hint| {
            let spoken_for = (words - hint * WORDS_A_HINT).min(WORDS_A_HINT);
            u64::MAX >> (WORDS_A_HINT - spoken_for)
        });
        state.chain(hints).chain([0])
    }

    /// Over `memory`, which began as [`Slots::initial`] says for `slots`.
    ///
    /// # Panics
    /// If there are not [`Slots::words_for`] words.
    pub fn over(memory: &'a [M::U64], slots: usize) -> Self {
        assert_eq!(memory.len(), Self::words_for(slots), "for {slots} slots");
        let (words, rest) = memory.split_at(state_words(slots));
        let (reopened, hints) = rest.split_last().expect("there is a counter");
        Slots {
            words,
            hints,
            reopened,
        }
    }

    /// Takes a free slot for `owner`; `None` when all were taken at some moment during the call.
    #[inline]
    pub fn acquire(&self, owner: Owner) -> Option<u32> {
        self.by_hint(owner).or_else(|| self.by_scan(owner))
    }

    /// Gives `slot` back. `false`, and nothing changed, if it is not `owner`'s (its row was cleared).
    #[inline]
    pub fn release(&self, owner: Owner, slot: u32) -> bool {
        let (index, lane) = (slot as usize / LANES, slot as usize % LANES);
        let word = &self.words[index];
        if lane_of(word.load(Relaxed), lane) != owner.number() {
            return false;
        }
        // Not `fetch_and`: where its result is wanted, x86 has only a loop for it.
        let before = word.fetch_sub(in_lane(owner.number(), lane), Release);
        if is_full(before) {
            self.reopen(index);
        }
        true
    }

    /// Frees whatever `owner` holds, and mends what its death may have left half done; returns how many slots
    /// that were. To be called once the owner is known to be gone, and before its number is used again.
    /// O(slots / 8).
    pub fn clear(&self, owner: Owner) -> u32 {
        (0..self.words.len())
            .map(|index| {
                let freed = self.clear_word(index, owner);
                self.reopen(index);
                freed
            })
            .sum()
    }

    /// How many slots are taken: exact when nobody is in the middle of an operation. O(slots / 8).
    pub fn in_use(&self) -> u32 {
        let holders = self.lanes().filter(|&byte| byte != 0 && byte != ABSENT);
        holders.count() as u32
    }

    /// How many of them are `owner`'s. O(slots / 8).
    pub fn held_by(&self, owner: Owner) -> u32 {
        let held = self.lanes().filter(|&byte| byte == owner.number());
        held.count() as u32
    }

    fn lanes(&self) -> impl Iterator<Item = u8> {
        self.words
            .iter()
            .flat_map(|word| word.load(Relaxed).to_le_bytes())
    }

    /// Tries the words that have a free slot by the hints, from the owner's own place on: owners that begin in
    /// different cache lines do not disturb each other, and each finds again the slot it gave back last.
    #[inline]
    fn by_hint(&self, owner: Owner) -> Option<u32> {
        let home = owner.number() as usize * STRIDE % self.words.len();
        let (first, bit) = (home / WORDS_A_HINT, home % WORDS_A_HINT);
        let hinted = self.hints[first].load(Relaxed);
        let onward = hinted & (u64::MAX << bit);
        self.among(first, onward, owner)
            .or_else(|| self.among(first, hinted & !onward, owner))
            .or_else(|| self.elsewhere(first, owner))
    }

    #[cold]
    fn elsewhere(&self, first: usize, owner: Owner) -> Option<u32> {
        let others = (first + 1..self.hints.len()).chain(0..first);
        others
            .map(|hint| (hint, self.hints[hint].load(Relaxed)))
            .find_map(|(hint, hinted)| self.among(hint, hinted, owner))
    }

    /// Tries the words whose bits are set in `hinted`.
    #[inline]
    fn among(&self, hint: usize, mut hinted: u64, owner: Owner) -> Option<u32> {
        while hinted != 0 {
            let index = hint * WORDS_A_HINT + hinted.trailing_zeros() as usize;
            if let Some(slot) = self.claim(index, owner) {
                return Some(slot);
            }
            hinted &= hinted - 1;
        }
        None
    }

    /// Tries all words, whatever the hints say.
    #[cold]
    fn by_scan(&self, owner: Owner) -> Option<u32> {
        loop {
            let before = self.reopened.load(Acquire);
            let found = (0..self.words.len()).find_map(|index| self.claim(index, owner));
            if found.is_some() || self.reopened.load(Relaxed) == before {
                return found;
            }
        }
    }

    /// Takes a free slot of this word, if it has one.
    #[inline]
    fn claim(&self, index: usize, owner: Owner) -> Option<u32> {
        let word = &self.words[index];
        let mut seen = word.load(Acquire);
        loop {
            let lane = first_free(seen)?;
            let taken = seen | in_lane(owner.number(), lane);
            match word.compare_exchange_weak(seen, taken, AcqRel, Acquire) {
                Ok(_) => {
                    if is_full(taken) {
                        self.settle(index);
                    }
                    return Some((index * LANES + lane) as u32);
                }
                Err(now) => seen = now,
            }
        }
    }

    fn clear_word(&self, index: usize, owner: Owner) -> u32 {
        let word = &self.words[index];
        let mut seen = word.load(Relaxed);
        loop {
            let held = (0..LANES).filter(|&lane| lane_of(seen, lane) == owner.number());
            let (kept, freed) = held.fold((seen, 0), |(bits, freed), lane| {
                (bits & !in_lane(0xff, lane), freed + 1)
            });
            if freed == 0 {
                return 0;
            }
            match word.compare_exchange_weak(seen, kept, Release, Relaxed) {
                Ok(_) => return freed,
                Err(now) => seen = now,
            }
        }
    }

    /// A word was full and is no longer.
    #[cold]
    fn reopen(&self, index: usize) {
        self.settle(index);
        self.reopened.fetch_add(1, Release);
    }

    /// Makes the hint of a word agree with it.
    #[cold]
    fn settle(&self, index: usize) {
        let word = &self.words[index];
        let hint = &self.hints[index / WORDS_A_HINT];
        let bit = 1 << (index % WORDS_A_HINT);
        let mut full = is_full(word.load(Relaxed));
        loop {
            if full {
                hint.fetch_and(!bit, AcqRel);
            } else {
                hint.fetch_or(bit, AcqRel);
            }
            let meanwhile = is_full(word.load(Relaxed));
            if meanwhile == full {
                return;
            }
            full = meanwhile;
        }
    }
}

/// At least one, so that a pool of nothing is a full pool.
const fn state_words(slots: usize) -> usize {
    let words = slots.div_ceil(LANES);
    if words == 0 { 1 } else { words }
}

/// `byte` moved to its place in a word.
#[inline]
const fn in_lane(byte: u8, lane: usize) -> u64 {
    (byte as u64) << (lane * 8)
}

#[inline]
const fn lane_of(word: u64, lane: usize) -> u8 {
    (word >> (lane * 8)) as u8
}

/// The first byte that is 0 (Mycroft's test; its lowest hit is exact).
#[inline]
const fn first_free(word: u64) -> Option<usize> {
    let zeros = zero_bytes(word);
    if zeros == 0 {
        None
    } else {
        Some(zeros.trailing_zeros() as usize / 8)
    }
}

#[inline]
const fn is_full(word: u64) -> bool {
    zero_bytes(word) == 0
}

#[inline]
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(u64::from_le_bytes([0x01; 8])) & !word & u64::from_le_bytes([0x80; 8])
}
