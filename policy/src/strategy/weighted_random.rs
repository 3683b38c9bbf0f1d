//! Weighted random: every eligible backend as likely as its weight says.
//! Cost: O(1), one draw; O(n) after a change. Memory: 16 bytes a backend.
//!
//! Source: Walker 1977, built as by Vose 1991, "A linear algorithm for generating random numbers with a
//! given distribution". The table is in whole numbers, so it is exact; the draw is within 2^-50 of it.

use rand_core::Rng;

use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::time::Instant;
use crate::view::{BackendId, Request, View, eligible};

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightedRandom {
    ids: Vec<BackendId>,
    columns: Vec<Column>,
    /// How much each column holds: the sum of the weights, in thousandths.
    height: u64,
}

/// As wide as the others, and filled by at most two: its own backend up to `own`, another one above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    own: u64,
    other: u32,
}

/// Columns for `shares`, which add up to as many times `height` as there are shares.
///
/// A column that is not full is filled up from one that overflows, which may then itself not be full: each
/// step finishes one, so n steps finish all.
fn fill(shares: &[u64], height: u64) -> Vec<Column> {
    let own = |(&own, other)| Column { own, other };
    let mut columns: Vec<Column> = shares.iter().zip(0..).map(own).collect();
    let (mut lacking, mut overfull): (Vec<u32>, Vec<u32>) =
        (0..shares.len() as u32).partition(|&at| shares[at as usize] < height);
    while let (Some(to), Some(&from)) = (lacking.pop(), overfull.last()) {
        let lack = height - columns[to as usize].own;
        columns[to as usize].other = from;
        columns[from as usize].own -= lack;
        if columns[from as usize].own < height {
            lacking.extend(overfull.pop());
        }
    }
    columns
}

impl Strategy for WeightedRandom {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "weighted-random",
        summary: "any backend, as likely as its weight says",
        cost: "O(1)",
        keyed: false,
        weighted: true,
        random: true,
    };

    fn new(_: &Options) -> Self {
        WeightedRandom {
            ids: Vec::new(),
            columns: Vec::new(),
            height: 0,
        }
    }

    fn refresh<V: View>(&mut self, view: &V) {
        self.ids = eligible(view).collect();
        let weight = |&id| u64::from(view.weight(id).thousandths());
        let weights: Vec<u64> = self.ids.iter().map(weight).collect();
        self.height = weights.iter().sum();
        let n = self.ids.len() as u64;
        let shares: Vec<u64> = weights.iter().map(|weight| weight * n).collect();
        self.columns = fill(&shares, self.height);
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        if self.columns.is_empty() {
            return view.next_eligible(0);
        }
        // One draw is a fixed-point number in [0, n): its whole part is the column, its fraction the height.
        let point = u128::from(rng.next_u64()) * self.columns.len() as u128;
        let (at, fraction) = ((point >> 64) as usize, point as u64);
        let height = (u128::from(fraction) * u128::from(self.height)) >> 64;
        let column = self.columns[at];
        let own = height < u128::from(column.own);
        let id = self.ids[if own { at } else { column.other as usize }];
        // In a shared view it may have left since the refresh.
        if view.is_eligible(id) {
            Some(id)
        } else {
            view.next_eligible(id.slot)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::{chi_square, counts};
    use crate::strategy::testing::Bench;
    use proptest::prelude::*;

    proptest! {
        /// What a backend has in all columns is its weight, to the last thousandth.
        #[test]
        fn the_table_is_exact(weights in prop::collection::vec(1u64..65_535_000, 1..50)) {
            let (n, height) = (weights.len() as u64, weights.iter().sum::<u64>());
            let shares: Vec<u64> = weights.iter().map(|weight| weight * n).collect();
            let mut got = vec![0; weights.len()];
            for (at, column) in fill(&shares, height).iter().enumerate() {
                prop_assert!(column.own <= height);
                got[at] += column.own;
                got[column.other as usize] += height - column.own;
            }
            prop_assert_eq!(got, shares);
        }
    }

    /// Chi-square over 5 backends, 4 degrees of freedom: above 18.5 one time in a thousand.
    #[test]
    fn each_is_as_likely_as_its_weight_says() {
        let weights = [1.0, 0.5, 7.0, 2.5, 9.0];
        let mut bench = Bench::<WeightedRandom>::weighted(&weights);
        let counts = counts(bench.picks(200_000), 5);
        let chi_square = chi_square(&counts, &weights);
        assert!(chi_square < 18.5, "{chi_square}: {counts:?}");
    }

    #[test]
    fn the_ineligible_are_no_longer_drawn_and_their_share_goes_to_all() {
        let mut bench = Bench::<WeightedRandom>::weighted(&[1.0, 2.0, 3.0]);
        bench.set_eligible(1, false);
        let counts = counts(bench.picks(40_000), 3);
        assert!(
            counts[1] == 0 && counts[0].abs_diff(10_000) < 450,
            "{counts:?}"
        );
    }
}
