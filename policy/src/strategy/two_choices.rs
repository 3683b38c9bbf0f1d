//! Power of d choices: sample d distinct backends (two, unless told), keep the least loaded.
//! Cost: O(d), d draws. Source: Mitzenmacher 2001, "The power of two choices in randomized load balancing".
//!
//! Envoy samples with replacement: with n backends one pick in n compares a backend with itself, which makes
//! it a random pick. `Options::replacement` shows what that costs.

use rand_core::Rng;

use super::sampled::Sampled;
use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoChoices {
    sampled: Sampled,
}

impl Strategy for TwoChoices {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "two-choices",
        summary: "the less loaded of two drawn at random (--choices D)",
        cost: "O(d)",
        keyed: false,
        weighted: true,
        random: true,
    };

    fn new(options: &Options) -> Self {
        TwoChoices {
            sampled: Sampled::new(options),
        }
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        self.sampled.best(view, rng, |id| view.load(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::counts;
    use crate::strategy::testing::Bench;

    fn sampling(choices: u32, replacement: bool) -> Options {
        Options {
            choices,
            replacement,
            ..Options::default()
        }
    }

    #[test]
    fn of_two_backends_the_busier_is_never_picked() {
        let mut bench = Bench::<TwoChoices>::new(2);
        bench.start(0);
        assert!(bench.picks(1_000).iter().all(|id| id.slot == 1));
    }

    /// The busiest of n is chosen only against itself: never when distinct, once in n^2 with replacement.
    #[test]
    fn replacement_now_and_then_picks_the_busiest() {
        for (replacement, expected) in [(false, 0), (true, 10_000)] {
            let mut bench = Bench::<TwoChoices>::with(4, &sampling(2, replacement));
            bench.start(3);
            let busiest = counts(bench.picks(160_000), 4)[3];
            assert!(
                busiest.abs_diff(expected) <= expected / 20,
                "{replacement}: {busiest}"
            );
        }
    }

    #[test]
    fn equals_are_equally_likely_whatever_d() {
        for choices in [1, 2, 3, 5, 64] {
            let mut bench = Bench::<TwoChoices>::with(5, &sampling(choices, false));
            let counts = counts(bench.picks(50_000), 5);
            assert!(
                counts.iter().all(|count| count.abs_diff(10_000) < 450),
                "d = {choices}: {counts:?}"
            );
        }
    }

    #[test]
    fn as_many_choices_as_backends_are_least_connections() {
        let mut bench = Bench::<TwoChoices>::with(6, &sampling(64, false));
        bench.send(600);
        assert_eq!(bench.in_flight(), [100; 6]);
    }

    /// Balls into bins (Azar et al. 1999): the fullest of n bins holds about ln ln n / ln 2 + O(1).
    #[test]
    fn two_choices_leave_a_far_shorter_longest_queue_than_one() {
        let longest = |choices| {
            let mut bench = Bench::<TwoChoices>::with(10_000, &sampling(choices, false));
            bench.send(10_000);
            bench.in_flight().into_iter().max().unwrap()
        };
        assert!(
            longest(1) >= 6 && longest(2) <= 4,
            "{} and {}",
            longest(1),
            longest(2)
        );
    }
}
