//! How many requests each backend has in flight, counted together by all balancers of a machine.
//!
//! A row for each backend, a lane of 16 bits in it for each balancer, four lanes to a word. A request costs one
//! addition when it starts and one subtraction when it ends, each on one word, and a load beside it that others
//! rarely write; what a backend has in flight is the sum of its row's lanes, one load for up to four
//! balancers. Wait-free: no step is ever repeated.
//!
//! The plainer form is a row of counters for each balancer and a total for each backend. It costs two
//! additions a request, and whoever is killed between them leaves a total that is wrong until somebody adds up
//! everything again while the others count on. Here part and total are one word, so there is nothing between the
//! two, and giving back what a dead balancer held is setting its lanes to 0. Rows lie side by side, eight or fewer to a
//! cache line: balancers meet in a row's word anyway, and a scan of all rows is over the sooner.
//!
//! # Why it is right
//!
//! - *No order is asked for.* A count guards nothing: who reads it decides where to send a request and reaches
//!   no memory by it. All that is needed is that no change of a word is lost, which an atomic addition does
//!   under any ordering; everything here is `Relaxed`.
//! - *No lane runs into its neighbour.* A lane may count [`FULL`] requests, half of what it has room for. The addition
//!   itself says whether it was one too many, and then takes itself back. A thread is at most once between those
//!   two, so the lane exceeds its limit by no more than the balancer has threads, and a carry would take
//!   32,768 of them. Down it cannot run: only a guard subtracts, once, what it added.
//! - *The wrong one is never given back.* A guard holds on to the word and the lane it counted in, not to an index
//!   into a list that a reload replaces.
//! - *Death.* What a balancer killed between any two steps has counted stands in its lanes, and [`Board::clear`]
//!   sets them to 0 after it was reaped: then nothing else changes them. Guards also compare the
//!   incarnation of their balancer, so one that outlives a clearing (which in a process that was reaped none can)
//!   takes nothing from its successor. That is a belt: between its comparison and its subtraction a
//!   clearing that came too early would still do harm.

use std::sync::atomic::Ordering::Relaxed;

use super::{Atomic, Memory, Native};
use crate::Owner;

/// Lanes in a word.
const LANES: usize = 4;
/// Bits in a lane.
const LANE_BITS: usize = 16;

/// How many requests one balancer may have in flight with one backend.
pub const FULL: u16 = 1 << (LANE_BITS - 1);

/// Every backend's requests in flight, borrowed from where they are counted: usually mapped memory.
pub struct Board<'a, M: Memory = Native> {
    counts: &'a [M::U64],
    /// How often each balancer's lanes were cleared.
    incarnations: &'a [M::U64],
}

/// One balancer's part of the board.
pub struct Lane<'a, M: Memory = Native> {
    board: Board<'a, M>,
    lane: usize,
    incarnation: u64,
}

/// A request in flight: counted until this is dropped, also by a task that is cancelled, and whatever became
/// of the list of backends meanwhile. A forgotten one counts until its balancer is [cleared](Board::clear).
#[must_use = "the request counts as in flight until this is dropped"]
pub struct InFlight<'a, M: Memory = Native> {
    counts: &'a M::U64,
    one: u64,
    incarnations: &'a M::U64,
    incarnation: u64,
}

impl<M: Memory> Clone for Board<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Board<'_, M> {}

impl<'a, M: Memory> Board<'a, M> {
    /// How many words it takes: all of them begin as 0.
    pub const fn words_for(rows: usize, balancers: usize) -> usize {
        rows * words_a_row(balancers) + balancers
    }

    /// Over `memory`, for this many backends and balancers.
    ///
    /// # Panics
    /// If there are not [`Board::words_for`] words.
    pub fn over(memory: &'a [M::U64], rows: usize, balancers: usize) -> Self {
        let expected = Self::words_for(rows, balancers);
        assert_eq!(memory.len(), expected, "for {rows} rows of {balancers}");
        let (counts, incarnations) = memory.split_at(expected - balancers);
        Board {
            counts,
            incarnations,
        }
    }

    /// How many backends it has room for.
    pub fn rows(&self) -> usize {
        self.counts.len() / self.words_a_row()
    }

    /// The part of `balancer`, from 1: asked for once by a balancer that starts, after its predecessor was cleared.
    ///
    /// # Panics
    /// If the board has no lane for it.
    pub fn lane(&self, balancer: Owner) -> Lane<'a, M> {
        let lane = usize::from(balancer.number()) - 1;
        Lane {
            board: *self,
            lane,
            incarnation: self.incarnations[lane].load(Relaxed),
        }
    }

    /// How many requests the backend of `row` has in flight, by all balancers. One load for each four of them.
    #[inline]
    pub fn in_flight(&self, row: u32) -> u32 {
        let words = self.row(row).iter();
        words.map(|word| sum_of_lanes(word.load(Relaxed))).sum()
    }

    /// Whether nobody counts in `row`, so that it may be given to another backend. Only by then may it, or the
    /// other begins with requests it never got.
    pub fn vacant(&self, row: u32) -> bool {
        self.in_flight(row) == 0
    }

    /// How many requests are in flight. O(rows).
    pub fn total(&self) -> u64 {
        let words = self.counts.iter();
        words
            .map(|word| u64::from(sum_of_lanes(word.load(Relaxed))))
            .sum()
    }

    /// Forgets what `balancer` counted, and says how much that was. To be called once its process is reaped
    /// and before its successor starts; by one supervisor, and again if that died over it. O(rows).
    pub fn clear(&self, balancer: Owner) -> u64 {
        let lane = usize::from(balancer.number()) - 1;
        // Before the lanes: a guard that is left over is to find it changed.
        let incarnation = self.incarnations[lane].load(Relaxed);
        self.incarnations[lane].store(incarnation.wrapping_add(1), Relaxed);
        let words = self.counts.iter().skip(lane / LANES);
        words
            .step_by(self.words_a_row())
            .map(|word| lane_of(word.fetch_and(!in_lane(u16::MAX, lane), Relaxed), lane))
            .map(u64::from)
            .sum()
    }

    #[inline]
    fn row(&self, row: u32) -> &'a [M::U64] {
        let words = self.words_a_row();
        &self.counts[row as usize * words..][..words]
    }

    #[inline]
    fn words_a_row(&self) -> usize {
        words_a_row(self.incarnations.len())
    }
}

impl<'a, M: Memory> Lane<'a, M> {
    /// Counts a request to the backend of `row`. `None`, and nothing counted, if this balancer has [`FULL`]
    /// requests there, or was cleared and is not to send any more.
    #[inline]
    pub fn start(&self, row: u32) -> Option<InFlight<'a, M>> {
        let incarnations = &self.board.incarnations[self.lane];
        if incarnations.load(Relaxed) != self.incarnation {
            return None;
        }
        let counts = &self.board.row(row)[self.lane / LANES];
        let one = in_lane(1, self.lane);
        let before = counts.fetch_add(one, Relaxed);
        if lane_of(before, self.lane) >= FULL {
            counts.fetch_sub(one, Relaxed);
            return None;
        }
        Some(InFlight {
            counts,
            one,
            incarnations,
            incarnation: self.incarnation,
        })
    }
}

impl<M: Memory> Drop for InFlight<'_, M> {
    #[inline]
    fn drop(&mut self) {
        if self.incarnations.load(Relaxed) == self.incarnation {
            self.counts.fetch_sub(self.one, Relaxed);
        }
    }
}

/// At least one, so that a board of nobody has rows too.
const fn words_a_row(balancers: usize) -> usize {
    let words = balancers.div_ceil(LANES);
    if words == 0 { 1 } else { words }
}

/// `count` moved to its place in a word.
#[inline]
const fn in_lane(count: u16, lane: usize) -> u64 {
    (count as u64) << (lane % LANES * LANE_BITS)
}

#[inline]
const fn lane_of(word: u64, lane: usize) -> u16 {
    (word >> (lane % LANES * LANE_BITS)) as u16
}

/// Two and two side by side, then those: no sum of two lanes outgrows 32 bits.
#[inline]
const fn sum_of_lanes(word: u64) -> u32 {
    const EVEN: u64 = 0x0000_ffff_0000_ffff;
    let pairs = (word & EVEN) + (word >> LANE_BITS & EVEN);
    (pairs as u32) + (pairs >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicU64;

    fn memory(rows: usize, balancers: usize) -> Vec<AtomicU64> {
        let words = Board::<Native>::words_for(rows, balancers);
        (0..words).map(|_| AtomicU64::new(0)).collect()
    }

    fn balancer(number: u8) -> Owner {
        Owner::new(number).unwrap()
    }

    proptest! {
        /// Whatever starts, ends and dies: a row is the sum of what is in flight there, and of nothing else.
        #[test]
        fn a_row_counts_its_requests(
            balancers in 1usize..10,
            steps in prop::collection::vec((any::<u8>(), 0u32..3, 0u8..8), 0..200),
        ) {
            let memory = memory(3, balancers);
            let board = Board::<Native>::over(&memory, 3, balancers);
            let mut lanes: Vec<_> = (1..=balancers as u8).map(|n| board.lane(balancer(n))).collect();
            let mut in_flight = Vec::new();
            for (number, row, what) in steps {
                let lane = usize::from(number) % balancers;
                match what {
                    0 => {
                        let owner = balancer(lane as u8 + 1);
                        let (lost, kept): (Vec<_>, Vec<_>) =
                            in_flight.into_iter().partition(|&(whose, _, _)| whose == lane);
                        prop_assert_eq!(board.clear(owner), lost.len() as u64);
                        prop_assert!(lanes[lane].start(row).is_none(), "it was cleared");
                        lanes[lane] = board.lane(owner);
                        // They are dropped, and change nothing.
                        in_flight = kept;
                    }
                    1..4 if !in_flight.is_empty() => {
                        drop(in_flight.swap_remove(usize::from(number) % in_flight.len()));
                    }
                    _ => in_flight.push((lane, row, lanes[lane].start(row).unwrap())),
                }
                for row in 0..3 {
                    let counted = in_flight.iter().filter(|&&(_, at, _)| at == row).count();
                    prop_assert_eq!(board.in_flight(row) as usize, counted);
                    prop_assert_eq!(board.vacant(row), counted == 0);
                }
                prop_assert_eq!(board.total() as usize, in_flight.len());
            }
        }
    }

    #[test]
    fn a_full_lane_refuses_and_leaves_its_neighbours_alone() {
        let memory = memory(1, 3);
        let board = Board::<Native>::over(&memory, 1, 3);
        let lanes = [1, 2, 3].map(|number| board.lane(balancer(number)));
        let neighbours = [lanes[0].start(0).unwrap(), lanes[2].start(0).unwrap()];
        let all: Vec<_> = std::iter::from_fn(|| lanes[1].start(0)).collect();
        assert_eq!(all.len(), usize::from(FULL));
        assert!(lanes[1].start(0).is_none());
        assert_eq!(board.in_flight(0), u32::from(FULL) + 2);
        assert!(lanes[2].start(0).is_some());
        drop(all);
        assert_eq!(board.in_flight(0), 2);
        drop(neighbours);
        assert!(board.vacant(0));
    }

    #[test]
    fn all_lanes_may_be_full_at_once() {
        let full = (0..LANES).fold(0, |word, lane| word | in_lane(u16::MAX, lane));
        assert_eq!(sum_of_lanes(full), 4 * u32::from(u16::MAX));
    }

    #[test]
    fn an_old_guard_takes_nothing_from_its_successor() {
        let memory = memory(2, 1);
        let board = Board::<Native>::over(&memory, 2, 1);
        let old = board.lane(balancer(1)).start(1).unwrap();
        assert_eq!(board.clear(balancer(1)), 1);
        let new = board.lane(balancer(1)).start(1).unwrap();
        drop(old);
        assert_eq!(board.in_flight(1), 1);
        drop(new);
        assert_eq!(board.total(), 0);
    }
}
