//! Mutants that no model can kill, each with the reason.

use std::fmt;

use super::Mutant;

/// A mutant that behaves like the original.
#[derive(Clone, Copy, Debug)]
pub struct Equivalent {
    /// [`super::AtomicSite::name`].
    pub name: &'static str,
    /// As [`crate::watch::Mutation`] prints.
    pub mutation: &'static str,
    /// Why nobody can tell.
    pub reason: &'static str,
}

/// The list. An entry that is no longer needed is an error, as is a mutant that lives and is not here.
pub const EQUIVALENT: &[Equivalent] = &[];

/// Operations that no model can come by, and why.
pub const NATIVE_ONLY: &[(&str, &str)] = &[(
    "mapped::Mapped::open load",
    "a mapped page is made of native words; its header is written before anybody maps it",
)];

impl Equivalent {
    pub(super) fn is(&self, mutant: &Mutant) -> bool {
        self.name == mutant.name && self.mutation == mutant.mutation.to_string()
    }
}

impl fmt::Display for Equivalent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.mutation)
    }
}
