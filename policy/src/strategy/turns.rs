//! Turns in proportion to weight, by a deadline each, compared without rounding.

use std::cmp::Ordering;

use crate::hash::GOLDEN;
use crate::view::Weight;

/// How far a turn moves somebody's next one, in units of time x weight: fine enough to divide, and 2^42 of
/// them fit into 62 bits.
pub(super) const STEP: u64 = 1 << 20;

/// A point in virtual time, `at / weight`: whoever has twice the weight gets there in half the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) at: u64,
    pub(super) weight: Weight,
}

impl Due {
    /// The same point, not earlier, as somebody of `weight` counts it. It must fit.
    pub(super) fn counted_by(self, weight: Weight) -> u64 {
        let product = u128::from(self.at) * u128::from(weight.thousandths());
        product.div_ceil(u128::from(self.weight.thousandths())) as u64
    }
}

impl Ord for Due {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let times =
            |due: &Due, weight: Weight| u128::from(due.at) * u128::from(weight.thousandths());
        times(self, other.weight).cmp(&times(other, self.weight))
    }
}

/// Somebody's next turn. In a `BinaryHeap` the earliest is on top, and of equals the smallest `who`.
///
/// Turns are a step apart: `weight` of them take `STEP` of virtual time, whatever the first one's phase. So
/// over any period that holds a whole number of everybody's turns, everybody gets exactly that many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn<T> {
    pub(super) due: Due,
    pub(super) who: T,
}

impl<T> Turn<T> {
    /// The first turn of the `nth` who came, at virtual time `now` or up to a step later.
    ///
    /// With one phase for all (half a step: the method of Webster and Sainte-Laguë) a hundred light backends
    /// would have their turns in a row, while a heavy one waits. Multiples of the golden ratio spread any
    /// number of phases evenly (Weyl 1916).
    pub(super) fn first(who: T, nth: u32, weight: Weight, now: Due) -> Turn<T> {
        let half = 1 << 63;
        let phase = u64::from(nth).wrapping_mul(GOLDEN).wrapping_add(half);
        let at = now.counted_by(weight) + (phase >> (64 - STEP.ilog2()));
        Turn {
            due: Due { at, weight },
            who,
        }
    }
}

impl<T: Ord> Ord for Turn<T> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // Reversed: std's heap has the greatest on top.
        let earlier_first = other.due.cmp(&self.due);
        earlier_first.then_with(|| other.who.cmp(&self.who))
    }
}

/// What follows from an order is the same for both.
macro_rules! equal_and_partial_by_order {
    ($([$($generics:tt)*] $Type:ty;)*) => {$(
        impl<$($generics)*> PartialOrd for $Type {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl<$($generics)*> PartialEq for $Type {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other) == Ordering::Equal
            }
        }

        impl<$($generics)*> Eq for $Type {}
    )*};
}

equal_and_partial_by_order! {
    [] Due;
    [T: Ord] Turn<T>;
}
