//! Why reading stops before its end.

use super::Refused;

/// Why reading stops before its end. Of these two, a caller of this module sees `false` and an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end here, and more may come.
    Unfinished,
    /// More bytes would not help.
    Refused(Refused),
}

impl From<Refused> for Stop {
    #[inline]
    fn from(why: Refused) -> Self {
        Stop::Refused(why)
    }
}

/// Whether all was read, of a head that has to end within bytes which are `exhausted` or not.
#[inline]
pub(super) fn verdict(
    result: Result<(), Stop>,
    exhausted: bool,
    too_long: impl FnOnce() -> Refused,
) -> Result<bool, Refused> {
    match result {
        Ok(()) => Ok(true),
        Err(Stop::Refused(why)) => Err(why),
        Err(Stop::Unfinished) if exhausted => Err(too_long()),
        Err(Stop::Unfinished) => Ok(false),
    }
}
