//! Consistent hashing with bounded loads: ring hash, but no backend holds much more than its share.
//! Cost: O(log p) for p points, no draws, plus the points skipped because their backends are full: a constant
//! for a given bound. After a change as for `ring-hash`; memory too.
//!
//! With m requests in flight, the one to place included, a backend of weight w among eligible ones of W holds
//! at most ceil(bound x m x w / W); a key whose backend is full goes on clockwise, and comes back when there
//! is room. There always is room somewhere: the limits add up to more than m. A smaller bound is more even
//! and moves more keys.
//! Source: Mirrokni, Thorup, Zadimoghaddam 2018, "Consistent hashing with bounded loads"; HAProxy's
//! `hash-balance-factor`, where 125 to 200 (%) are usual.

use rand_core::Rng;

use super::ring::Ring;
use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::time::Instant;
use crate::view::{BackendId, Request, View, eligible};

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct BoundedLoad {
    ring: Ring,
    bound_thousandths: u32,
    /// Of the eligible, in thousandths.
    total_weight: u64,
}

/// Whether one more request keeps a backend within its limit. As `n < ceil(x / y)` is `n * y < x` for whole
/// numbers, nothing is divided or rounded.
struct Limit {
    per_weight: u128,
    scale: u128,
}

impl Limit {
    #[inline]
    fn admits<V: View>(&self, id: BackendId, view: &V) -> bool {
        let weight = u128::from(view.weight(id).thousandths());
        u128::from(view.in_flight(id)) * self.scale < self.per_weight * weight
    }
}

impl BoundedLoad {
    #[inline]
    fn limit<V: View>(&self, view: &V) -> Limit {
        let with_this_one = u128::from(view.total_in_flight()) + 1;
        Limit {
            per_weight: u128::from(self.bound_thousandths) * with_this_one,
            scale: 1000 * u128::from(self.total_weight),
        }
    }
}

impl Strategy for BoundedLoad {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "bounded-load",
        summary: "ring hash, but no backend holds more than its share in flight times a bound",
        cost: "O(log nV)",
        keyed: true,
        weighted: true,
        random: false,
    };

    fn new(options: &Options) -> Self {
        BoundedLoad {
            ring: Ring::new(options),
            bound_thousandths: (options.bound.clamp(1.001, 1000.0) * 1000.0 + 0.5) as u32,
            total_weight: 0,
        }
    }

    fn refresh<V: View>(&mut self, view: &V) {
        self.ring.refresh(view);
        let weight = |id| u64::from(view.weight(id).thousandths());
        self.total_weight = eligible(view).map(weight).sum();
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
        let limit = self.limit(view);
        let mut first = None;
        for id in self.ring.clockwise(request.key) {
            if view.is_eligible(id) {
                if limit.admits(id, view) {
                    return Some(id);
                }
                first = first.or(Some(id));
            }
        }
        // All full: a shared view, where counts moved meanwhile.
        first.or_else(|| view.next_eligible(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::testing::Bench;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nobody_is_placed_beyond_the_bound(
            weights in prop::collection::vec(1u32..6, 1..8),
            bound in 1.001f64..3.0,
            events in prop::collection::vec((0u64..20, 0usize..16, any::<bool>()), 0..200),
        ) {
            let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
            let options = Options { bound, ..Options::default() };
            let bound = f64::from((bound * 1000.0 + 0.5) as u32) / 1000.0;
            let mut bench = Bench::<BoundedLoad>::over(&weights, &options);
            for (key, at, on) in events {
                if at < weights.len() {
                    bench.set_eligible(at as u32, on);
                }
                let Some(id) = bench.pick_key(key) else { continue };
                let eligible = (0..weights.len()).filter(|&slot| bench.is_eligible(slot as u32));
                let total_weight: f64 = eligible.map(|slot| weights[slot]).sum();
                let in_flight = bench.in_flight();
                let with_this_one = f64::from(in_flight.iter().sum::<u32>() + 1);
                let share = with_this_one * weights[id.slot as usize] / total_weight;
                let limit = f64::ceil(bound * share - 1e-9);
                prop_assert!(f64::from(in_flight[id.slot as usize] + 1) <= limit);
                bench.start(id.slot);
            }
        }
    }

    #[test]
    fn a_hot_key_overflows_and_comes_back() {
        let mut bench = Bench::<BoundedLoad>::new(4);
        let home = bench.pick_key(7).unwrap().slot;
        for sent in 1..=400 {
            let slot = bench.pick_key(7).unwrap().slot;
            bench.start(slot);
            // ceil(1.25 / 4 x m) is 1 up to three in flight, and 2 with the fourth.
            assert!(
                sent > 4 || (slot == home) == (sent == 1 || sent == 4),
                "{sent}"
            );
        }
        let most = bench.in_flight().into_iter().max();
        assert_eq!(most, Some(125), "{:?}", bench.in_flight());
        (0..100).for_each(|_| bench.finish(home));
        assert_eq!(bench.pick_key(7).unwrap().slot, home);
    }

    #[test]
    fn with_a_wide_bound_it_is_ring_hash() {
        let wide = Options {
            bound: 1000.0,
            ..Options::default()
        };
        let mut bounded = Bench::<BoundedLoad>::with(20, &wide);
        let mut ring = Bench::<crate::strategy::RingHash>::with(20, &wide);
        (0..20).for_each(|slot| bounded.start(slot));
        for key in 0..1_000 {
            assert_eq!(bounded.pick_key(key), ring.pick_key(key));
        }
    }
}
