//! A set of slots that all workers share, one bit each: which backends are healthy.
//!
//! Set, clear: one read-modify-write, two if that changed something. Contains: one load. The others: one load for each
//! word they look at, O(slots / 64). Any number of slots; nothing is special at 64 or 65.
//!
//! # Why it is right
//!
//! - *No change is lost.* A bit is set and cleared by a read-modify-write of its word, which leaves the other bits as
//!   they are and says whether it was this one that changed it.
//! - *Who sees the epoch sees the change.* Whoever changes a bit then adds 1 to the epoch (`Release`), and a reader
//!   reads the epoch (`Acquire`) before the bits. Additions are read-modify-writes of one word, so a reader of the
//!   n-th synchronises with all n. A copy of the bits is therefore good for as long as the epoch stays what it was when
//!   the copying began; if a bit changed in between, the copy has it too soon, which is no harm.
//! - *The bits publish nothing else*, and are read and written `Relaxed`: what a backend is, is written before its
//!   table is published.
//! - *Death.* A worker killed between its change and the epoch has made the change, but who reads by the epoch does not
//!   hear of it until the next. Whoever finds it dead tells them ([`Bitmap::announce`]). Bits are nobody's: health that
//!   was found is kept, whoever found it.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{Atomic, Memory};
use crate::bits::{BITS, at_or_above, lowest, place, slots, without_lowest};

/// The bits and their epoch, borrowed from where they live.
pub struct Bitmap<'a, M: Memory> {
    words: &'a [M::U64],
    epoch: &'a M::U64,
    slots: u32,
}

impl<M: Memory> Clone for Bitmap<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Bitmap<'_, M> {}

impl<'a, M: Memory> Bitmap<'a, M> {
    /// How many words `slots` slots take; they begin as 0: the empty set.
    pub const fn words_for(slots: u32) -> usize {
        (slots as usize).div_ceil(BITS) + 1
    }

    /// Over `memory`, which began as zeros.
    ///
    /// # Panics
    /// If there are not [`Bitmap::words_for`] words.
    pub fn over(memory: &'a [M::U64], slots: u32) -> Self {
        assert_eq!(memory.len(), Self::words_for(slots), "for {slots} slots");
        let (epoch, words) = memory.split_last().expect("there is an epoch");
        Bitmap {
            words,
            epoch,
            slots,
        }
    }

    /// Adds `slot`. Whether it was not there.
    ///
    /// # Panics
    /// If there is no such slot.
    pub fn set(&self, slot: u32) -> bool {
        let (word, bit) = self.place(slot);
        let changed = word.fetch_or(bit, Relaxed) & bit == 0;
        if changed {
            self.announce();
        }
        changed
    }

    /// Removes `slot`. Whether it was there.
    ///
    /// # Panics
    /// If there is no such slot.
    pub fn clear(&self, slot: u32) -> bool {
        let (word, bit) = self.place(slot);
        let changed = word.fetch_and(!bit, Relaxed) & bit != 0;
        if changed {
            self.announce();
        }
        changed
    }

    /// A new epoch. To be called for a worker that died: it may have changed a bit and told nobody.
    pub fn announce(&self) {
        self.epoch.fetch_add(1, Release);
    }

    /// Changes after a bit did: what is read after it is no older than it says.
    #[inline]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Acquire)
    }

    /// Whether `slot` is in the set. O(1).
    ///
    /// # Panics
    /// If there is no such slot.
    #[inline]
    pub fn contains(&self, slot: u32) -> bool {
        let (word, bit) = self.place(slot);
        word.load(Relaxed) & bit != 0
    }

    /// How many slots are in the set: exact when nobody is changing it.
    pub fn count(&self) -> u32 {
        self.loaded(0).map(|(_, word)| word.count_ones()).sum()
    }

    /// The `n`-th member, from 0, ascending; `None` when there are no more than `n`, be it that there were more when
    /// they were counted.
    pub fn nth_set(&self, mut n: u32) -> Option<u32> {
        self.loaded(0).find_map(|(index, word)| {
            let nth = lowest(index, without_lowest(word, n));
            n = n.saturating_sub(word.count_ones());
            nth
        })
    }

    /// The first member at `slot` or above, else the first of all.
    #[inline]
    pub fn next_from(&self, slot: u32) -> Option<u32> {
        let (index, bit) = place(slot);
        let here = self.words.get(index).map_or(0, |word| word.load(Relaxed));
        lowest(index, at_or_above(here, bit))
            .or_else(|| self.first_in(index + 1))
            .or_else(|| self.first_in(0))
    }

    /// All members, ascending, each word as it is when it is come to.
    pub fn iter(&self) -> impl Iterator<Item = u32> + 'a {
        self.loaded(0).flat_map(|(index, word)| slots(index, word))
    }

    fn first_in(&self, from_word: usize) -> Option<u32> {
        self.loaded(from_word)
            .find_map(|(index, word)| lowest(index, word))
    }

    /// The words from this one on, each as it is when it is come to.
    #[inline]
    pub(super) fn loaded(&self, from_word: usize) -> impl Iterator<Item = (usize, u64)> + 'a {
        let words = self.words.iter().enumerate().skip(from_word);
        words.map(|(index, word)| (index, word.load(Relaxed)))
    }

    #[inline]
    fn place(&self, slot: u32) -> (&'a M::U64, u64) {
        assert!(slot < self.slots, "{slot} is one of {} slots", self.slots);
        let (index, bit) = place(slot);
        (&self.words[index], bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Native;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::sync::atomic::AtomicU64;

    fn zeros(slots: u32) -> Vec<AtomicU64> {
        let words = Bitmap::<Native>::words_for(slots);
        (0..words).map(|_| AtomicU64::new(0)).collect()
    }

    fn around_whole_words() -> impl Strategy<Value = u32> {
        prop_oneof![1..10u32, 62..67u32, 126..131u32, 190..195u32]
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(
            slots in around_whole_words(),
            changes in prop::collection::vec((any::<u32>(), any::<bool>()), 0..300),
            from in 0..200u32,
        ) {
            let memory = zeros(slots);
            let bitmap = Bitmap::<Native>::over(&memory, slots);
            let mut set = BTreeSet::new();
            for (slot, present) in changes {
                let slot = slot % slots;
                let epoch = bitmap.epoch();
                let (changed, expected) = if present {
                    (bitmap.set(slot), set.insert(slot))
                } else {
                    (bitmap.clear(slot), set.remove(&slot))
                };
                prop_assert_eq!(changed, expected);
                prop_assert_eq!(bitmap.epoch() - epoch, u64::from(changed));
            }
            prop_assert!(bitmap.iter().eq(set.iter().copied()));
            prop_assert_eq!(bitmap.count() as usize, set.len());
            prop_assert!((0..=slots).map(|n| bitmap.nth_set(n)).eq(
                (0..=slots).map(|n| set.iter().nth(n as usize).copied())
            ));
            let next = set.range(from..).next().or_else(|| set.first()).copied();
            prop_assert_eq!(bitmap.next_from(from), next);
            prop_assert!((0..slots).all(|slot| bitmap.contains(slot) == set.contains(&slot)));
        }
    }

    #[test]
    fn the_last_slot_of_a_word_and_the_first_of_the_next_are_two() {
        for slots in [63, 64, 65, 127, 128, 129] {
            let memory = zeros(slots);
            let bitmap = Bitmap::<Native>::over(&memory, slots);
            assert!((0..slots).all(|slot| bitmap.set(slot)));
            assert_eq!(bitmap.count(), slots);
            assert_eq!(bitmap.nth_set(slots - 1), Some(slots - 1));
            assert_eq!(bitmap.nth_set(slots), None);
            assert_eq!(bitmap.next_from(slots), Some(0), "none above: the first");
        }
    }
}
