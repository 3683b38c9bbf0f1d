//! What a strategy remembers from one pick to the next.

use std::fmt::Debug;
use std::hash::Hash;

use policy::BackendId;
use policy::strategy::{
    JoinIdleQueue, LeastConnections, Maglev, Random, RoundRobin, Strategy, TwoChoices, Weighted,
    WeightedRandom,
};

/// A strategy whose memory can be compared.
pub(super) trait Remembers: Strategy + Clone {
    /// Strategies with equal memories, over the same fleet, pick alike now and for ever.
    type Memory: Clone + Debug + Eq + Hash;

    fn memory(&self) -> Self::Memory;

    /// Whether nothing but the memory differs.
    fn same_but_for_memory(&self, other: &Self) -> bool;
}

/// Whoever has had no pick change it remembers nothing; that none does is looked at after every pick.
macro_rules! remember_nothing {
    ($($Type:ty),*) => {$(
        impl Remembers for $Type {
            type Memory = ();

            fn memory(&self) {}

            fn same_but_for_memory(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

remember_nothing!(
    Random,
    WeightedRandom,
    LeastConnections,
    TwoChoices,
    JoinIdleQueue,
    Maglev
);

/// Whose turn is next. (At the beginning slot 0, later on the slot after the last: one more memory.)
impl Remembers for RoundRobin {
    type Memory = u32;

    fn memory(&self) -> u32 {
        self.next_slot()
    }

    fn same_but_for_memory(&self, _: &Self) -> bool {
        true
    }
}

/// The turns to come relative to each other: virtual time itself grows without end and decides nothing.
impl Remembers for Weighted {
    type Memory = Vec<(BackendId, i128)>;

    fn memory(&self) -> Self::Memory {
        self.phases()
    }

    fn same_but_for_memory(&self, _: &Self) -> bool {
        true
    }
}
