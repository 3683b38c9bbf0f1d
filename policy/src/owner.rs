//! Who holds something shared, in one byte.

use std::fmt;
use std::num::NonZeroU8;

/// A worker's number in the words it shares with others: its slot plus one, 1 to 254. Eight fit a word, with 0 for
/// nobody and 255 for what does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner(NonZeroU8);

impl Owner {
    /// The only user of something that nobody shares.
    pub const SOLE: Owner = Owner(NonZeroU8::MIN);
    /// The largest number: so many owners can share a structure.
    pub const MAX: u8 = 254;

    /// The owner with this number; `None` outside 1 to 254.
    pub const fn new(number: u8) -> Option<Owner> {
        match NonZeroU8::new(number) {
            Some(nonzero) if number <= Owner::MAX => Some(Owner(nonzero)),
            _ => None,
        }
    }

    /// The owner of worker slot `slot`; `None` from 254 on.
    pub fn of_slot(slot: u32) -> Option<Owner> {
        let number = u8::try_from(slot.checked_add(1)?).ok()?;
        Owner::new(number)
    }

    /// The number, never 0.
    #[inline]
    pub const fn number(self) -> u8 {
        self.0.get()
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_count_from_0_and_numbers_from_1() {
        assert_eq!(Owner::of_slot(0), Some(Owner::SOLE));
        assert_eq!(Owner::of_slot(253).map(Owner::number), Some(254));
        for none in [254, 255, u32::MAX] {
            assert_eq!(Owner::of_slot(none), None);
        }
        assert_eq!((Owner::new(0), Owner::new(255)), (None, None));
    }
}
