//! A set of slots, one bit each.

use crate::bits::{at_or_above, lowest, place, slots};

/// Grows as needed; nothing is special at 64 or 65.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
}

impl Bitmap {
    /// Adds or removes `slot`. O(1), amortised.
    pub fn set(&mut self, slot: u32, present: bool) {
        let (word, bit) = place(slot);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        if present {
            self.words[word] |= bit;
        } else {
            self.words[word] &= !bit;
        }
    }

    /// Whether `slot` is in the set.
    #[inline]
    pub fn contains(&self, slot: u32) -> bool {
        let (word, bit) = place(slot);
        self.words.get(word).is_some_and(|w| w & bit != 0)
    }

    /// The first member at `slot` or above, else the first of all. O(words) at worst, usually one.
    #[inline]
    pub fn next_from(&self, slot: u32) -> Option<u32> {
        let (word, bit) = place(slot);
        let here = self.words.get(word).copied().unwrap_or(0);
        let beyond = (word + 1).min(self.words.len());
        lowest(word, at_or_above(here, bit))
            .or_else(|| self.first_in(beyond))
            .or_else(|| self.first_in(0))
    }

    /// All members, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let words = self.words.iter().enumerate();
        words.flat_map(|(index, &word)| slots(index, word))
    }

    fn first_in(&self, from_word: usize) -> Option<u32> {
        let words = self.words.iter().enumerate();
        words
            .skip(from_word)
            .find_map(|(index, &w)| lowest(index, w))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_set(changes in prop::collection::vec((0u32..200, any::<bool>()), 0..300), from in 0u32..260) {
            let mut bitmap = Bitmap::default();
            let mut set = BTreeSet::new();
            for (slot, present) in changes {
                bitmap.set(slot, present);
                if present { set.insert(slot); } else { set.remove(&slot); }
            }
            prop_assert!(bitmap.iter().eq(set.iter().copied()));
            let next = set.range(from..).next().or_else(|| set.first()).copied();
            prop_assert_eq!(bitmap.next_from(from), next);
            prop_assert_eq!(bitmap.contains(from), set.contains(&from));
        }
    }
}
