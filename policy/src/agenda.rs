//! What happens next: one pending time for each component, the earliest first.
//!
//! A tournament (winner) tree, four contestants to a match, with a leaf for each component. A component has at
//! most one next event, so scheduling, moving and cancelling are one operation: write the leaf, replay its
//! matches. O(log4 n) matches of one cache line each, without a branch that could be mispredicted; looking at
//! the winner is O(1). Nothing is allocated but to make room.

use crate::time::Instant;

/// Events in order of (time, order of scheduling).
#[derive(Clone, Debug)]
pub struct Agenda {
    /// The final, then the matches whose winners meet there, and so on to the components' first matches: the
    /// winner of match i goes on to match (i - 1) / 4.
    matches: Vec<Match>,
    /// The components' first matches begin here.
    first_round: usize,
    winner: Entry,
    scheduled: u64,
}

/// Time, order of scheduling, component: 64, 40 and 24 bits, so that one comparison orders events completely.
type Entry = u128;

/// A cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Match([Entry; 4]);

const COMPONENT_BITS: u32 = 24;
const ORDER_BITS: u32 = 40;

/// Later than everything, whatever the component.
const IDLE: Entry = (Instant::NEVER.0 as u128) << (COMPONENT_BITS + ORDER_BITS);

impl Match {
    #[inline]
    fn winner(&self) -> Entry {
        let [a, b, c, d] = self.0;
        a.min(b).min(c.min(d))
    }
}

impl Agenda {
    /// Every agenda fits at most this many components.
    pub const MAX_COMPONENTS: u32 = 1 << COMPONENT_BITS;

    /// Nothing is scheduled for any of `components`.
    ///
    /// # Panics
    /// If there are none, or more than [`Agenda::MAX_COMPONENTS`].
    pub fn new(components: u32) -> Agenda {
        assert!(
            (1..=Self::MAX_COMPONENTS).contains(&components),
            "{components} components"
        );
        let mut first_round = 0;
        while 4 * (3 * first_round + 1) < components as usize {
            first_round = 4 * first_round + 1;
        }
        let matches = first_round + (components as usize).div_ceil(4);
        Agenda {
            matches: vec![Match([IDLE; 4]); matches],
            first_round,
            winner: IDLE,
            scheduled: 0,
        }
    }

    /// Makes room for so many components, and for as many again: for those that learn of components as they run. What is
    /// scheduled stays, and in its order. O(n), amortised O(1) for each that comes.
    ///
    /// # Panics
    /// If there are more than [`Agenda::MAX_COMPONENTS`].
    pub fn grow(&mut self, components: u32) {
        let leaves = &self.matches[self.first_round..];
        let room = 4 * leaves.len() as u32;
        if components <= room {
            return;
        }
        let mut larger = Agenda::new(components.max((2 * room).min(Self::MAX_COMPONENTS)));
        larger.scheduled = self.scheduled;
        for entry in leaves.iter().flat_map(|contest| contest.0) {
            if entry < IDLE {
                larger.enter(entry as u32 & (Self::MAX_COMPONENTS - 1), entry);
            }
        }
        *self = larger;
    }

    /// The time of the earliest event; [`Instant::NEVER`] if there is none. O(1).
    #[inline]
    pub fn next_time(&self) -> Instant {
        Instant((self.winner >> (COMPONENT_BITS + ORDER_BITS)) as u64)
    }

    /// The component of the earliest event. Meaningless if there is none. O(1).
    #[inline]
    pub fn next_component(&self) -> u32 {
        self.winner as u32 & (Self::MAX_COMPONENTS - 1)
    }

    /// When `component`'s event is; [`Instant::NEVER`] if it has none. O(1).
    pub fn time_of(&self, component: u32) -> Instant {
        let at = component as usize;
        let entry = self.matches[self.first_round + at / 4].0[at % 4];
        Instant((entry >> (COMPONENT_BITS + ORDER_BITS)) as u64)
    }

    /// The next event of `component` is at `time`, in place of what was planned; never, if
    /// [`Instant::NEVER`]. Among events at the same time, those scheduled earlier come first. O(log n).
    #[inline(always)]
    pub fn schedule(&mut self, component: u32, time: Instant) {
        self.scheduled += 1;
        let order = self.scheduled << COMPONENT_BITS | u64::from(component);
        let entry = Entry::from(time.0) << (COMPONENT_BITS + ORDER_BITS) | Entry::from(order);
        self.enter(component, entry);
    }

    #[inline(always)]
    fn enter(&mut self, component: u32, mut entry: Entry) {
        let component = component as usize;
        let (mut at, mut lane) = (self.first_round + component / 4, component % 4);
        // After the final the index wraps around and there is no such match.
        while let Some(contest) = self.matches.get_mut(at) {
            contest.0[lane] = entry;
            entry = contest.winner();
            at = at.wrapping_sub(1);
            lane = at % 4;
            at /= 4;
        }
        self.winner = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn agrees_with_a_sorted_map(
            mut components in 1u32..40,
            plans in prop::collection::vec((0u32..40, prop::option::of(0u64..20)), 0..200),
            grows in prop::collection::btree_map(0usize..200, 1u32..40, 0..4),
        ) {
            let mut agenda = Agenda::new(components);
            let mut sorted = BTreeMap::new();
            let mut planned = vec![None; components as usize];
            for (order, (component, time)) in plans.into_iter().enumerate() {
                if let Some(more) = grows.get(&order) {
                    components += more;
                    agenda.grow(components);
                    planned.resize(components as usize, None);
                }
                let component = component % components;
                let slot = &mut planned[component as usize];
                slot.take().map(|key| sorted.remove(&key));
                agenda.schedule(component, time.map_or(Instant::NEVER, Instant));
                if let Some(time) = time {
                    sorted.insert((time, order), component);
                    *slot = Some((time, order));
                }
                let first = sorted.first_key_value().map(|(key, component)| (Instant(key.0), *component));
                let winner = (agenda.next_time() != Instant::NEVER)
                    .then(|| (agenda.next_time(), agenda.next_component()));
                prop_assert_eq!(winner, first);
            }
        }
    }
}
