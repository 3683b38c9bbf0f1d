//! Why a configuration was refused.

use std::fmt;

/// A sentence that says what a configuration must be. Options are checked once, where a configuration is
/// made of them; what takes a configuration need not check again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid(&'static str);

impl Invalid {
    /// `Ok` if `holds`; otherwise refused with `sentence`.
    pub(crate) fn unless(holds: bool, sentence: &'static str) -> Result<(), Invalid> {
        if holds {
            Ok(())
        } else {
            Err(Invalid(sentence))
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Invalid {}
