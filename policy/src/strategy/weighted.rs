//! Weighted round robin: turns in proportion to weight, spread as evenly as they can be.
//! Cost: O(log n), no draws; O(n) after a change.
//!
//! Each backend has a deadline; the earliest is picked and its deadline moves by 1 / weight, as in Envoy's
//! EDF scheduler, but in integers. While the fleet stays as it is, every window of as many picks as the
//! weights add up to (divided by their common divisor) gives each backend exactly its weight, as nginx's
//! "smooth" round robin does at O(n) a pick. About equally smooth, too: no backend strays from its share by
//! more than 1.5 picks here and by 1.4 there, in all the fleets of the tests.
//!
//! When the fleet changes, those that stay keep their place in time, so one that comes and goes costs the
//! others nothing. A newcomer waits less than its step. One that returns before its turn keeps the turn, so
//! that coming and going wins nothing either.

use std::collections::BinaryHeap;

use rand_core::Rng;

use super::turns::{Due, STEP, Turn};
use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::time::Instant;
use crate::view::{BackendId, Request, View, Weight};

/// Counted that far, the origin of virtual time is moved up.
const FAR: u64 = 1 << 62;

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Weighted {
    turns: BinaryHeap<Turn<BackendId>>,
    /// Turns to come of members that are ineligible at present.
    absent: Vec<Turn<BackendId>>,
    /// When the last turn was.
    now: Due,
}

impl Weighted {
    /// How far each one's next turn lies behind that of the first of them, by ascending id, each in a unit of its
    /// own. Virtual time goes on for ever, but no pick depends on more than this while the fleet stays as it is.
    pub fn phases(&self) -> Vec<(BackendId, i128)> {
        let mut turns: Vec<Turn<BackendId>> = self.turns.iter().copied().collect();
        turns.sort_unstable_by_key(|turn| turn.who);
        let scaled = |due: Due, by: Due| i128::from(due.at) * i128::from(by.weight.thousandths());
        let behind = |turn: &Turn<BackendId>| {
            let first = turns[0].due;
            (turn.who, scaled(turn.due, first) - scaled(first, turn.due))
        };
        turns.iter().map(behind).collect()
    }

    /// Moves the origin of virtual time up to the last whole unit before now. Everybody moves by a whole
    /// number, so nothing is rounded, however often it happens.
    fn rebase(&mut self) {
        let weight = |due: Due| u64::from(due.weight.thousandths());
        let now = self.now;
        let units = now.at / weight(now);
        self.now.at %= weight(now);
        // Whoever missed a turn by being away has no claim to it.
        self.absent.retain(|turn| turn.due > now);
        self.absent
            .iter_mut()
            .for_each(|turn| turn.due.at -= units * weight(turn.due));
        let mut turns = std::mem::take(&mut self.turns).into_vec();
        turns
            .iter_mut()
            .for_each(|turn| turn.due.at -= units * weight(turn.due));
        self.turns = turns.into();
    }

    /// `turn` as it stands after its owner's weight has become `weight`: as large a part of a step is left.
    fn reweighed(&self, mut turn: Turn<BackendId>, weight: Weight) -> Turn<BackendId> {
        if turn.due.weight != weight {
            let left = turn.due.at - self.now.counted_by(turn.due.weight);
            let at = self.now.counted_by(weight) + left;
            turn.due = Due { at, weight };
        }
        turn
    }
}

impl Strategy for Weighted {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "weighted",
        summary: "each backend in its turn, in proportion to weight and evenly spread",
        cost: "O(log n)",
        keyed: false,
        weighted: true,
        random: false,
    };

    fn new(_: &Options) -> Self {
        Weighted {
            turns: BinaryHeap::new(),
            absent: Vec::new(),
            now: Due {
                at: 0,
                weight: Weight::ONE,
            },
        }
    }

    fn refresh<V: View>(&mut self, view: &V) {
        self.rebase();
        let mut known = std::mem::take(&mut self.turns).into_vec();
        known.append(&mut self.absent);
        known.sort_unstable_by_key(|turn| turn.who);
        let mut present = Vec::with_capacity(view.eligible_count() as usize);
        for member in view.members() {
            let at = known.binary_search_by_key(&member.id, |turn| turn.who);
            let turn = at.map(|at| self.reweighed(known[at], member.weight));
            if view.is_eligible(member.id) {
                let entering = |_| Turn::first(member.id, member.id.slot, member.weight, self.now);
                present.push(turn.unwrap_or_else(entering));
            } else {
                self.absent.extend(turn);
            }
        }
        self.turns = present.into();
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        _: &mut R,
    ) -> Option<BackendId> {
        for _ in 0..self.turns.len() {
            let mut turn = self.turns.peek_mut()?;
            let id = turn.who;
            self.now = turn.due;
            turn.due.at += STEP;
            drop(turn);
            if self.now.at >= FAR {
                self.rebase();
            }
            if view.is_eligible(id) {
                return Some(id);
            }
            // It left since the refresh, as in a shared view it may: its turn falls away.
        }
        view.next_eligible(0)
    }
}

#[cfg(test)]
mod tests;
