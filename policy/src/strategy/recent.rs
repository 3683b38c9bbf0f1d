//! A bounded memory of where keys were placed, which forgets the key that was used longest ago.

use std::collections::HashMap;

use crate::hash::MixKeys;
use crate::view::BackendId;

/// Looking up, placing and forgetting are O(1). Memory grows with the keys: 24 bytes an entry and up to 36
/// in the map, so 60 bytes x capacity at most. The map is never iterated: its order decides nothing.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    /// A ring from the newest to the oldest, closed by [`RIM`], which is nobody's.
    entries: Vec<Entry>,
    by_key: HashMap<u64, u32, MixKeys>,
    capacity: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    id: BackendId,
    newer: u32,
    older: u32,
}

/// The place between the oldest and the newest entry: with it no entry lacks a neighbour.
const RIM: u32 = 0;

impl Entry {
    /// Its own only neighbour, and nobody's yet.
    fn alone(at: u32) -> Entry {
        Entry {
            key: 0,
            id: BackendId {
                slot: u32::MAX,
                generation: u32::MAX,
            },
            newer: at,
            older: at,
        }
    }
}

impl Recent {
    /// Remembers up to `capacity` keys, at least 1.
    pub(super) fn new(capacity: u32) -> Recent {
        Recent {
            entries: vec![Entry::alone(RIM)],
            by_key: HashMap::default(),
            capacity,
        }
    }

    /// Where `key` is placed. It counts as used now.
    #[inline]
    pub(super) fn get(&mut self, key: u64) -> Option<BackendId> {
        let at = *self.by_key.get(&key)?;
        self.unlink(at);
        self.link_as_newest(at);
        Some(self.entries[at as usize].id)
    }

    /// Places `key`, anew if it was placed; when there is no room the oldest key is forgotten.
    pub(super) fn place(&mut self, key: u64, id: BackendId) {
        let at = match self.by_key.get(&key) {
            Some(&at) => at,
            None if self.by_key.len() < self.capacity as usize => {
                let at = self.entries.len() as u32;
                self.entries.push(Entry::alone(at));
                at
            }
            None => {
                let oldest = self.entries[RIM as usize].newer;
                self.by_key.remove(&self.entries[oldest as usize].key);
                oldest
            }
        };
        self.unlink(at);
        self.by_key.insert(key, at);
        self.entries[at as usize].key = key;
        self.entries[at as usize].id = id;
        self.link_as_newest(at);
    }

    /// How many keys are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    fn unlink(&mut self, at: u32) {
        let Entry { newer, older, .. } = self.entries[at as usize];
        self.entries[newer as usize].older = older;
        self.entries[older as usize].newer = newer;
    }

    fn link_as_newest(&mut self, at: u32) {
        let second = self.entries[RIM as usize].older;
        self.entries[at as usize].newer = RIM;
        self.entries[at as usize].older = second;
        self.entries[second as usize].newer = at;
        self.entries[RIM as usize].older = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the obvious: a list from the oldest to the newest.
        #[test]
        fn it_remembers_what_a_list_would(
            capacity in 1u32..6,
            uses in prop::collection::vec((0u64..9, prop::option::of(0u32..5)), 0..200),
        ) {
            let mut recent = Recent::new(capacity);
            let mut list: Vec<(u64, u32)> = Vec::new();
            for (key, slot) in uses {
                let known = list.iter().position(|&(k, _)| k == key).map(|at| list.remove(at));
                match slot {
                    Some(slot) => {
                        recent.place(key, BackendId { slot, generation: 0 });
                        list.push((key, slot));
                    }
                    None => {
                        prop_assert_eq!(recent.get(key).map(|id| id.slot), known.map(|(_, slot)| slot));
                        list.extend(known);
                    }
                }
                list.drain(..list.len().saturating_sub(capacity as usize));
                prop_assert_eq!(recent.len(), list.len());
            }
        }
    }
}
