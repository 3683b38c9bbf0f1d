//! Who holds something shared, in one byte.

use std::fmt;

/// A worker's number in the words it shares with others: 1 to 254, so that eight fit one word with 0 for
/// nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner(u8);

impl Owner {
    /// The most owners that can share a structure.
    pub const MAX: u8 = 254;

    /// `None` outside 1 to 254.
    pub const fn new(number: u8) -> Option<Owner> {
        if number >= 1 && number <= Owner::MAX {
            Some(Owner(number))
        } else {
            None
        }
    }

    /// The number, never 0.
    #[inline]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
