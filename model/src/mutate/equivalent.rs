//! Mutants that no model can kill, each with the reason.

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

impl Equivalent {
    pub(super) fn is(&self, mutant: &Mutant) -> bool {
        self.name == mutant.name && self.mutation == mutant.mutation.to_string()
    }
}
