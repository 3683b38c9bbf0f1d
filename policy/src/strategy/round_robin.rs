//! Round robin: each eligible backend in its turn.
//! Cost: O(1), no draws (O(n / 64) past a long run of ineligible ones).
//!
//! The turn is remembered as the slot that comes next and not as a counter modulo the number of backends.
//! So nothing happens at a counter's wrap-around, and when a backend leaves, its turn falls away instead of
//! going to its neighbour, who would get twice the load (nginx and HAProxy walk in the same way).

use rand_core::Rng;

use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
///
/// Workers that each go round on their own should start at different places, or they march in step. Workers
/// that share one cursor keep it in an atomic: start there, pick, and swap in [`RoundRobin::next_slot`].
#[derive(Clone, Debug)]
pub struct RoundRobin {
    next_slot: u32,
}

impl RoundRobin {
    /// The first turn is that of `slot`, or of the next eligible one after it.
    pub fn starting_at(slot: u32) -> RoundRobin {
        RoundRobin { next_slot: slot }
    }

    /// Whose turn comes next.
    pub fn next_slot(&self) -> u32 {
        self.next_slot
    }
}

impl Strategy for RoundRobin {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "round-robin",
        summary: "each backend in its turn",
        cost: "O(1)",
        keyed: false,
        weighted: false,
        random: false,
    };

    fn new(_: &Options) -> Self {
        RoundRobin::starting_at(0)
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        _: &mut R,
    ) -> Option<BackendId> {
        let chosen = view.next_eligible(self.next_slot)?;
        // Slots end far below 2^32; a slot past the last one starts the next round.
        self.next_slot = chosen.slot.wrapping_add(1);
        Some(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::counts;
    use crate::strategy::testing::Bench;

    #[test]
    fn every_fleet_size_gets_even_turns() {
        for n in [1, 2, 3, 7, 63, 64, 65, 1000] {
            let mut bench = Bench::<RoundRobin>::new(n);
            assert!(
                counts(bench.picks(5 * n as usize), n)
                    .iter()
                    .all(|&count| count == 5),
                "{n} backends"
            );
        }
    }

    #[test]
    fn the_last_slot_wraps_around() {
        let mut bench = Bench::<RoundRobin>::new(3);
        bench.strategy_mut().next_slot = u32::MAX;
        assert_eq!(bench.pick().unwrap().slot, 0);
    }

    /// The failing of a shared counter modulo n with a skip: the dead backend's neighbour gets double.
    #[test]
    fn a_dead_backend_s_neighbour_gets_no_more_than_the_others() {
        let mut bench = Bench::<RoundRobin>::new(5);
        bench.set_eligible(2, false);
        assert_eq!(counts(bench.picks(400), 5), [100, 100, 0, 100, 100]);
        bench.set_eligible(2, true);
        assert_eq!(counts(bench.picks(500), 5), [100; 5]);
    }

    #[test]
    fn the_others_turns_stay_even_while_one_comes_and_goes() {
        let mut bench = Bench::<RoundRobin>::new(4);
        let mut picks = Vec::new();
        for round in 0..1_000 {
            bench.set_eligible(2, round % 7 < 3);
            picks.extend(bench.pick());
        }
        let counts = counts(picks, 4);
        assert!(
            counts[0].abs_diff(counts[1]) <= 1 && counts[1].abs_diff(counts[3]) <= 1,
            "{counts:?}"
        );
    }
}
