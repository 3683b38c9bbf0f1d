//! Counters that every worker adds to and somebody reads now and then: requests, errors, retries.
//!
//! Add: one `fetch_add` in the adder's own row. Total: one load a row.
//!
//! There is a row for each worker, a cache line away from the next wherever the memory begins, so that cores need
//! not pass a line to and fro at every add (the cells of Java's LongAdder). That is a precaution, not a finding:
//! on two virtual CPUs an add by both at once took 9 ns in one word, in one line and in lines apart.
//!
//! # Why it is right
//!
//! - *Exact at rest.* An add is one read-modify-write: two workers that share a row (there are fewer rows than
//!   workers) lose nothing. A total is a sum of what is there; there is no second word to be updated.
//! - *Never back.* Counts only grow, and who reads a word twice reads nothing older the second time; so a total is no
//!   less than the total that the same thread read before. It need not have been true at any one moment.
//! - *Death.* What a dead worker counted did happen: its row is kept, and its successor counts on in it.
//!
//! Nothing is published by a count: all is `Relaxed`.

use std::sync::atomic::Ordering::Relaxed;

use super::{Atomic, Memory};
use crate::Owner;

/// Words between the last counter of a row and the first of the next: no two rows share a line of 128 bytes
/// (two of x86's, which are fetched in pairs; one of Apple's), however the memory is aligned.
const GAP: usize = 15;

/// Several kinds of counters, borrowed from where they live.
pub struct Counters<'a, M: Memory> {
    words: &'a [M::U64],
    kinds: usize,
    rows: usize,
}

impl<M: Memory> Clone for Counters<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Counters<'_, M> {}

impl<'a, M: Memory> Counters<'a, M> {
    /// How many words `kinds` of counters take in `rows` rows; they begin as 0. Both at least 1.
    pub const fn words_for(kinds: usize, rows: usize) -> usize {
        rows * (kinds + GAP) - GAP
    }

    /// Over `memory`, which began as zeros.
    ///
    /// # Panics
    /// If there are not [`Counters::words_for`] words.
    pub fn over(memory: &'a [M::U64], kinds: usize, rows: usize) -> Self {
        let needed = Self::words_for(kinds, rows);
        assert_eq!(memory.len(), needed, "{kinds} kinds in {rows} rows");
        Counters {
            words: memory,
            kinds,
            rows,
        }
    }

    /// Adds `n` to the counter of this kind, in the row of `owner`. Wraps.
    ///
    /// # Panics
    /// If there is no such kind.
    #[inline]
    pub fn add(&self, owner: Owner, kind: usize, n: u64) {
        assert!(kind < self.kinds, "{kind} is one of {} kinds", self.kinds);
        let row = usize::from(owner.number() - 1) % self.rows;
        self.words[row * self.stride() + kind].fetch_add(n, Relaxed);
    }

    /// What all have added, the dead included: exact when nobody is adding. O(rows).
    ///
    /// # Panics
    /// If there is no such kind.
    pub fn total(&self, kind: usize) -> u64 {
        assert!(kind < self.kinds, "{kind} is one of {} kinds", self.kinds);
        let row = self.words.iter().skip(kind).step_by(self.stride());
        row.fold(0, |sum, word| sum.wrapping_add(word.load(Relaxed)))
    }

    fn stride(&self) -> usize {
        self.kinds + GAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Native;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicU64;

    fn zeros(kinds: usize, rows: usize) -> Vec<AtomicU64> {
        let words = Counters::<Native>::words_for(kinds, rows);
        (0..words).map(|_| AtomicU64::new(0)).collect()
    }

    proptest! {
        #[test]
        fn a_total_is_the_sum_of_all_adds_of_its_kind(
            kinds in 1..20usize,
            rows in 1..6usize,
            adds in prop::collection::vec((1..=Owner::MAX, 0..20usize, 0..1000u64), 0..50),
        ) {
            let memory = zeros(kinds, rows);
            let counters = Counters::<Native>::over(&memory, kinds, rows);
            let mut sums = vec![0; kinds];
            for (owner, kind, n) in adds {
                let kind = kind % kinds;
                counters.add(Owner::new(owner).unwrap(), kind, n);
                sums[kind] += n;
            }
            prop_assert!((0..kinds).map(|kind| counters.total(kind)).eq(sums));
        }
    }

    #[test]
    fn rows_never_share_a_cache_line() {
        let memory = zeros(3, 2);
        let counters = Counters::<Native>::over(&memory, 3, 2);
        counters.add(Owner::new(1).unwrap(), 2, 1);
        counters.add(Owner::new(2).unwrap(), 0, 1);
        let at: Vec<usize> = (0..memory.len())
            .filter(|&word| memory[word].load(Relaxed) == 1)
            .collect();
        assert!((at[1] - at[0]) * size_of::<AtomicU64>() >= 128, "{at:?}");
    }
}
