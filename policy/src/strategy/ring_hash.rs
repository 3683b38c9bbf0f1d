//! Ring hash: a key goes to the next point clockwise on a ring; whoever is ineligible is skipped.
//! Cost: O(log p) for p points, no draws, plus n / e skipped points when e of n members are eligible; after
//! members or weights changed O(p log p). Memory: 12 bytes a point, 160 points a backend.
//!
//! Removing one of n backends moves its own keys and no other; adding one moves about 1 / (n + 1), all of
//! them to it. Shares are uneven: with V points a backend their deviation is about 1 / sqrt(V) of the mean
//! (8 % at 160). `maglev` is even, and nearly as steady. Source: Karger et al. 1997, and
//! libketama (Jones 2007).

use rand_core::Rng;

use super::ring::Ring;
use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct RingHash {
    ring: Ring,
}

impl Strategy for RingHash {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "ring-hash",
        summary: "by key on a ring: a change moves the fewest keys possible, shares are uneven",
        cost: "O(log nV)",
        keyed: true,
        weighted: true,
        random: false,
    };

    fn new(options: &Options) -> Self {
        RingHash {
            ring: Ring::new(options),
        }
    }

    fn refresh<V: View>(&mut self, view: &V) {
        self.ring.refresh(view);
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
        let mut clockwise = self.ring.clockwise(request.key);
        let eligible = clockwise.find(|&id| view.is_eligible(id));
        eligible.or_else(|| view.next_eligible(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::{moved, places, spread};
    use crate::strategy::testing::Bench;

    fn points(ring_points: u32) -> Options {
        Options {
            ring_points,
            ..Options::default()
        }
    }

    /// The bounds are four standard errors of a deviation estimated from 100 backends, 7 % each.
    #[test]
    fn shares_differ_by_one_in_the_square_root_of_the_points() {
        for (ring_points, expected) in [(40, 0.158), (160, 0.079), (640, 0.040)] {
            let mut bench = Bench::<RingHash>::with(100, &points(ring_points));
            let deviation = spread(&places(&mut bench, 400_000), 100).deviation;
            let ratio = deviation / expected;
            assert!((0.72..1.28).contains(&ratio), "{ring_points}: {deviation}");
        }
    }

    #[test]
    fn a_backend_that_leaves_moves_its_own_keys_and_no_other() {
        let mut bench = Bench::<RingHash>::new(50);
        let before = places(&mut bench, 100_000);
        bench.set_eligible(17, false);
        let skipped = places(&mut bench, 100_000);
        bench.remove(17);
        let after = places(&mut bench, 100_000);
        assert_eq!(skipped, after, "to skip a backend is to have removed it");
        let stayed = |(old, new): (&u32, &u32)| old == new || *old == 17;
        assert!(before.iter().zip(&after).all(stayed));
    }

    /// A share of 1/51 has a deviation of 8 % of itself; the bound is four times that.
    #[test]
    fn a_newcomer_takes_its_share_and_nothing_else_moves() {
        let mut bench = Bench::<RingHash>::new(50);
        let before = places(&mut bench, 100_000);
        bench.add(1.0);
        let after = places(&mut bench, 100_000);
        let moved = moved(&before, &after);
        assert!(moved.iter().all(|&(_, to)| to == 50));
        let share = moved.len() as f64 / 100_000.0 * 51.0;
        assert!((0.68..1.32).contains(&share), "{share}");
    }

    #[test]
    fn a_heavier_backend_has_so_many_more_points() {
        let mut bench = Bench::<RingHash>::over(&[1.0, 3.0, 0.5], &points(2_000));
        let counts = spread(&places(&mut bench, 90_000), 3).counts;
        for (count, expected) in counts.iter().zip([20_000, 60_000, 10_000u32]) {
            assert!(count.abs_diff(expected) < expected / 8, "{counts:?}");
        }
    }

    #[test]
    fn where_a_key_goes_does_not_depend_on_slots() {
        let mut bench = Bench::<RingHash>::new(20);
        let before = bench.identity_of(1..500);
        bench.move_to_another_slot(3);
        assert_eq!(bench.identity_of(1..500), before);
    }

    #[test]
    fn the_ring_has_a_largest_size() {
        let mut bench = Bench::<RingHash>::over(&[65_535.0, 65_535.0], &Options::default());
        let counts = spread(&places(&mut bench, 10_000), 2).counts;
        assert!(counts[0].abs_diff(5_000) < 250, "{counts:?}");
    }
}
