//! Whose turn it is, for all who ask: round robin over one word.
//!
//! Next: one `fetch_add`, one division; a subtraction more every 2^24 rounds. Wait-free.
//!
//! A counter that runs over 2^64 and is taken modulo n skips or repeats turns where it wraps unless n is a power of
//! two; one that is reset by a store loses the turns that were drawn meanwhile. Here a counter is a ticket, and
//! it is set back by subtraction, by a multiple of n.
//!
//! # Why it is right
//!
//! - *The k-th to draw gets turn k modulo n*, in the order in which the word was modified. A draw adds 1; setting back
//!   subtracts the limit, a multiple of n: neither changes what the other means. So n successive draws are n
//!   turns, also across the limit.
//! - *The word stays small.* Whoever draws a positive multiple of the limit subtracts the limit. Let w be the word
//!   less the limits that are still to be subtracted. A draw adds 1 to w; one that finds w at the limit (which is where
//!   it is whenever the word is at a positive multiple) makes it 1. So after the first draw w stays between 1 and the
//!   limit, and no subtraction takes the word below w.
//! - *Death.* Who dies between its draw and its subtraction leaves the word larger by one limit for good. Turns go on
//!   as before, and the next positive multiple is set back by whoever draws it. At 2^24 rounds a limit, the word
//!   has room for 255 such deaths with 2^32 - 1 places.
//!
//! A turn publishes nothing: all is `Relaxed`. Turns are of places, not of what is healthy: who walks on from a dead
//! place to the next gives that one two turns.

use std::num::NonZeroU32;
use std::sync::atomic::Ordering::Relaxed;

use super::{Atomic, Memory};

/// A word that deals out turns to `n` places, borrowed from where it lives. Another number of places is another
/// cursor: each version of a table has its own.
pub struct Cursor<'a, M: Memory> {
    word: &'a M::U64,
    n: NonZeroU32,
    limit: u64,
}

impl<M: Memory> Clone for Cursor<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Cursor<'_, M> {}

impl<'a, M: Memory> Cursor<'a, M> {
    /// Over `word`, which began as 0.
    pub fn over(word: &'a M::U64, n: NonZeroU32) -> Self {
        const ROUNDS: NonZeroU32 = NonZeroU32::new(1 << 24).expect("positive");
        Cursor::with_rounds(word, n, ROUNDS)
    }

    /// Set back after so many rounds: few where that is to be watched. All who share the word say the same.
    pub fn with_rounds(word: &'a M::U64, n: NonZeroU32, rounds: NonZeroU32) -> Self {
        let limit = u64::from(n.get()) * u64::from(rounds.get());
        Cursor { word, n, limit }
    }

    /// The next turn, from 0 to `n` - 1.
    #[inline]
    pub fn next(&self) -> u32 {
        let ticket = self.word.fetch_add(1, Relaxed);
        let place = ticket % u64::from(self.n.get());
        if place == 0 {
            self.begin_round(ticket);
        }
        place as u32
    }

    fn begin_round(&self, ticket: u64) {
        if ticket > 0 && ticket.is_multiple_of(self.limit) {
            self.word.fetch_sub(self.limit, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Native;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicU64;

    proptest! {
        /// Also after others died at the limit.
        #[test]
        fn turns_go_round_without_end(n in 1..70u32, rounds in 1..4u32, deaths in 0..3u64) {
            let [n, rounds] = [n, rounds].map(|number| NonZeroU32::new(number).unwrap());
            let limit = u64::from(n.get() * rounds.get());
            let word = AtomicU64::new(deaths * limit + u64::from(deaths > 0));
            let cursor = Cursor::<Native>::with_rounds(&word, n, rounds);
            let first = u32::from(deaths > 0);
            for turn in first..500 {
                prop_assert_eq!(cursor.next(), turn % n.get());
                prop_assert!(word.load(Relaxed) <= (deaths + 1) * limit);
            }
        }
    }

    #[test]
    fn production_sets_back_too() {
        let n = NonZeroU32::new(3).unwrap();
        let word = AtomicU64::new((3 << 24) - 1);
        let cursor = Cursor::<Native>::over(&word, n);
        assert_eq!([(); 4].map(|()| cursor.next()), [2, 0, 1, 2]);
        assert_eq!(word.load(Relaxed), 3);
    }
}
