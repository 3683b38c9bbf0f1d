//! Random: every eligible backend equally likely.
//! Cost: O(1), one draw. Whether the draw is cryptographically secure is up to the generator passed in.

use rand_core::Rng;

use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::random::below;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random;

impl Strategy for Random {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "random",
        summary: "any backend, all equally likely",
        cost: "O(1)",
        keyed: false,
        weighted: false,
        random: true,
    };

    fn new(_: &Options) -> Self {
        Random
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        match view.eligible_count() {
            0 => None,
            n => view.eligible_at(below(n, rng)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::{chi_square, counts};
    use crate::strategy::testing::Bench;

    /// Chi-square over 10 backends, 9 degrees of freedom: above 27.9 one time in a thousand.
    #[test]
    fn all_are_equally_likely() {
        let mut bench = Bench::<Random>::new(10);
        let counts = counts(bench.picks(100_000), 10);
        let chi_square = chi_square(&counts, &[1.0; 10]);
        assert!(chi_square < 27.9, "{chi_square}: {counts:?}");
    }

    #[test]
    fn only_the_eligible_are_drawn() {
        let mut bench = Bench::<Random>::new(3);
        bench.set_eligible(1, false);
        let counts = counts(bench.picks(10_000), 3);
        assert!(
            counts[1] == 0 && counts[0].abs_diff(5_000) < 250,
            "{counts:?}"
        );
    }
}
