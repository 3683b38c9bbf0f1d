//! Maglev: a key looks up its backend in a table in which all have their exact share.
//! Cost: O(1), no draws, plus a probe for each ineligible backend hit; after members or weights changed
//! O(m log n) for a table of m (a third of a second at 10,000 backends). Memory: 4 bytes an entry, 4 MB at 10,000.
//!
//! The backends take turns, in proportion to weight, at claiming the next free entry in an order that each
//! derives from its identity. So shares are even to one entry, less than 1 % of a backend's share, and most
//! claims, hence most keys, are the same after a change. Not all: besides the keys of a backend that leaves,
//! about 1 to 2 % of the others move, too; under `ring-hash` none do. Source: Eisenbud et al. 2016, "Maglev:
//! a fast and reliable software network load balancer".
//!
//! One that is ineligible stays in the table, and its keys are spread over the others: no other key moves.

use std::collections::BinaryHeap;

use rand_core::Rng;

use super::turns::{Due, STEP, Turn};
use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::hash::combine;
use crate::time::Instant;
use crate::view::{BackendId, Member, Request, View, Weight};

/// How often a key is hashed anew before its backend is searched along the table.
const PROBES: u64 = 16;

/// A free entry of the table.
const FREE: u32 = u32::MAX;

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maglev {
    /// Indices into `members`.
    table: Vec<u32>,
    /// By ascending identity, so that a table does not depend on slots: whoever knows the same members
    /// builds the same one.
    members: Vec<Member>,
}

/// The entries in the order in which a backend wants them: every one once, as the table's size is prime.
struct Permutation {
    at: u64,
    skip: u64,
}

impl Permutation {
    fn of(identity: u64, size: u64) -> Permutation {
        Permutation {
            at: combine(identity, 0) % size,
            skip: combine(identity, 1) % (size - 1) + 1,
        }
    }

    /// The next wanted entry.
    #[inline]
    fn advance(&mut self, size: u64) -> usize {
        let at = self.at;
        self.at += self.skip;
        if self.at >= size {
            self.at -= size;
        }
        at as usize
    }
}

/// The table for `members`, of which there is at least one.
fn build(members: &[Member]) -> Vec<u32> {
    let size = table_size(members.len() as u64);
    let permutation = |member: &Member| Permutation::of(member.identity, size);
    let mut wanted: Vec<Permutation> = members.iter().map(permutation).collect();
    let start = Due {
        at: 0,
        weight: Weight::ONE,
    };
    let mut turns: BinaryHeap<Turn<u32>> = (0..)
        .zip(members)
        .map(|(index, member)| Turn::first(index, index, member.weight, start))
        .collect();
    let mut table = vec![FREE; size as usize];
    for _ in 0..size {
        let mut turn = turns.peek_mut().expect("a member");
        turn.due.at += STEP;
        let wanted = &mut wanted[turn.who as usize];
        let mut at = wanted.advance(size);
        while table[at] != FREE {
            at = wanted.advance(size);
        }
        table[at] = turn.who;
    }
    table
}

/// A prime more than 100 times `members`, as the paper advises. It follows a power of two, so that it
/// changes, and with it almost every key's place, only when the fleet has doubled.
fn table_size(members: u64) -> u64 {
    next_prime((100 * members).max(1 << 16).next_power_of_two())
}

/// The smallest prime above `n`. O(sqrt n) for each of the ln n candidates.
fn next_prime(n: u64) -> u64 {
    let is_prime = |candidate: &u64| {
        let mut divisors = (2..).take_while(|divisor| divisor * divisor <= *candidate);
        divisors.all(|divisor| !candidate.is_multiple_of(divisor))
    };
    (n.max(1) + 1..)
        .find(is_prime)
        .expect("there is always another prime")
}

impl Maglev {
    #[inline]
    fn at(&self, index: u64) -> BackendId {
        self.members[self.table[index as usize] as usize].id
    }
}

impl Strategy for Maglev {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "maglev",
        summary: "by key in a table: exact shares, a change moves few more keys than it must",
        cost: "O(1)",
        keyed: true,
        weighted: true,
        random: false,
    };

    fn new(_: &Options) -> Self {
        Maglev {
            table: Vec::new(),
            members: Vec::new(),
        }
    }

    fn refresh<V: View>(&mut self, view: &V) {
        let mut members = view.members().to_vec();
        members.sort_unstable_by_key(|member| (member.identity, member.id));
        if self.members != members {
            self.table = if members.is_empty() {
                Vec::new()
            } else {
                build(&members)
            };
            self.members = members;
        }
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        request: &Request,
        view: &V,
        _: Instant,
        _: &mut R,
    ) -> Option<BackendId> {
        if view.eligible_count() == 0 {
            return None;
        }
        let size = self.table.len() as u64;
        let place = |hash: u64| ((u128::from(hash) * u128::from(size)) >> 64) as u64;
        let probed = (0..PROBES).map(|probe| place(combine(request.key, probe)));
        // With so few eligible that 16 probes miss them all, the table is searched from the last place on.
        let from = place(combine(request.key, PROBES));
        let mut searched = probed
            .chain(from..size)
            .chain(0..from)
            .map(|index| self.at(index));
        let eligible = searched.find(|&id| view.is_eligible(id));
        eligible.or_else(|| view.next_eligible(0))
    }
}

#[cfg(test)]
mod tests;
