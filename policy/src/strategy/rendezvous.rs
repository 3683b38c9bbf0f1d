//! Rendezvous, or highest random weight: every backend has a score for the key, the highest gets it.
//! Cost: O(n), no draws; 2 ns a backend when all weigh the same, else a logarithm each. Memory: 24 bytes a
//! backend.
//!
//! A score depends on the key and one backend alone, so a backend that leaves moves its own keys and no
//! other, and they spread over all the rest; one that comes takes its exact share. `ring-hash` promises the
//! same but is uneven, `maglev` is even but moves a little more: this has both and pays with time.
//! Source: Thaler, Ravishankar 1998, "Using name-based mappings to increase hit rates"; weights as by
//! Schindelhauer, Schomaker 2005 and Resch 2015: a score of -w / ln(u), u uniform, is highest in proportion
//! to w.

use rand_core::Rng;

use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::hash::mix;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Rendezvous {
    /// Those that were eligible at the last refresh.
    candidates: Vec<Candidate>,
    equal_weights: bool,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Mixed, so that each pick needs one mix only.
    identity: u64,
    id: BackendId,
    weight: u32,
}

impl Candidate {
    #[inline]
    fn hash(&self, mixed_key: u64) -> u64 {
        mix(mixed_key ^ self.identity)
    }

    #[inline]
    fn score(&self, mixed_key: u64) -> f64 {
        // In the middle of one of 2^52 equal parts of (0, 1): never 0, never 1.
        let parts = (1u64 << 52) as f64;
        let u = ((self.hash(mixed_key) >> 12) as f64 + 0.5) / parts;
        -f64::from(self.weight) / libm::log(u)
    }
}

impl Rendezvous {
    /// The best of those who are `wanted`.
    #[inline]
    fn best(&self, key: u64, wanted: impl Fn(BackendId) -> bool) -> Option<BackendId> {
        let key = mix(key);
        let wanted = self
            .candidates
            .iter()
            .filter(|candidate| wanted(candidate.id));
        let best = if self.equal_weights {
            // The score rises with the hash: no logarithm is needed to compare.
            wanted.max_by_key(|candidate| candidate.hash(key))
        } else {
            let scored = wanted.map(|candidate| (candidate.score(key), candidate));
            let best = scored.max_by(|(score, _), (other, _)| score.total_cmp(other));
            best.map(|(_, candidate)| candidate)
        };
        best.map(|candidate| candidate.id)
    }
}

impl Strategy for Rendezvous {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "rendezvous",
        summary: "by key, the highest score: exact shares, a change moves the fewest keys possible",
        cost: "O(n)",
        keyed: true,
        weighted: true,
        random: false,
    };

    fn new(_: &Options) -> Self {
        Rendezvous {
            candidates: Vec::new(),
            equal_weights: true,
        }
    }

    fn refresh<V: View>(&mut self, view: &V) {
        let eligible = view
            .members()
            .iter()
            .filter(|member| view.is_eligible(member.id));
        let candidate = eligible.map(|member| Candidate {
            identity: mix(member.identity),
            id: member.id,
            weight: member.weight.thousandths(),
        });
        self.candidates = candidate.collect();
        // Whatever the slots, of equal scores (two members of one identity) it is always the same.
        self.candidates
            .sort_unstable_by_key(|candidate| (candidate.identity, candidate.id));
        let mut pairs = self.candidates.windows(2);
        self.equal_weights = pairs.all(|pair| pair[0].weight == pair[1].weight);
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        request: &Request,
        view: &V,
        _: Instant,
        _: &mut R,
    ) -> Option<BackendId> {
        let best = self.best(request.key, |_| true);
        if best.is_some_and(|id| view.is_eligible(id)) {
            return best;
        }
        // It left since the refresh, as in a shared view it may.
        let best = self.best(request.key, |id| view.is_eligible(id));
        best.or_else(|| view.next_eligible(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::{chi_square, moved, places, spread};
    use crate::strategy::testing::Bench;

    #[test]
    fn a_backend_that_leaves_moves_its_own_keys_and_they_spread() {
        let mut bench = Bench::<Rendezvous>::new(10);
        let before = places(&mut bench, 100_000);
        bench.set_eligible(3, false);
        let after = places(&mut bench, 100_000);
        bench.remove(3);
        assert_eq!(
            places(&mut bench, 100_000),
            after,
            "to be ineligible is to have left"
        );
        let moved = moved(&before, &after);
        assert!(moved.iter().all(|&(from, _)| from == 3));
        let to: Vec<u32> = moved.iter().map(|&(_, to)| to).collect();
        let mut counts = spread(&to, 10).counts;
        counts.remove(3);
        let even = to.len() as u32 / 9;
        assert!(
            counts.iter().all(|count| count.abs_diff(even) < 180),
            "{counts:?}"
        );
    }

    /// With unequal weights, too, where a logarithm decides: all moves are to the newcomer, 2 / 7.5 of all.
    #[test]
    fn a_newcomer_takes_its_share_and_nothing_else_moves() {
        let mut bench = Bench::<Rendezvous>::weighted(&[1.0, 3.0, 0.5, 1.0]);
        let before = places(&mut bench, 100_000);
        bench.add(2.0);
        let moved = moved(&before, &places(&mut bench, 100_000));
        assert!(moved.iter().all(|&(_, to)| to == 4));
        assert!(moved.len().abs_diff(26_667) < 700, "{}", moved.len());
    }

    /// Chi-square over 4 backends, 3 degrees of freedom: above 16.3 one time in a thousand.
    #[test]
    fn shares_are_in_proportion_to_weight() {
        for weights in [[1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 0.5, 6.5]] {
            let mut bench = Bench::<Rendezvous>::weighted(&weights);
            let counts = spread(&places(&mut bench, 100_000), 4).counts;
            let chi_square = chi_square(&counts, &weights);
            assert!(chi_square < 16.3, "{chi_square}: {counts:?}");
        }
    }

    #[test]
    fn equals_are_ordered_alike_with_and_without_logarithms() {
        let mut bench = Bench::<Rendezvous>::new(8);
        let before = places(&mut bench, 20_000);
        bench.add(0.001);
        let after = places(&mut bench, 20_000);
        assert!(moved(&before, &after).iter().all(|&(_, to)| to == 8));
    }

    #[test]
    fn where_a_key_goes_does_not_depend_on_slots() {
        let mut bench = Bench::<Rendezvous>::new(20);
        let before = bench.identity_of(1..500);
        bench.move_to_another_slot(3);
        assert_eq!(bench.identity_of(1..500), before);
    }
}
