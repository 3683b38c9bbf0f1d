//! When there are so few healthy backends that nobody believes it.

use crate::invalid::Invalid;

/// When there are too few healthy backends to believe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Panic {
    /// Of the members, in thousandths: with fewer of them healthy, health is ignored. 0: never.
    pub thousandths: u32,
}

impl Panic {
    /// Health is always believed.
    pub const NEVER: Panic = Panic { thousandths: 0 };

    /// Refuses more than all. For the constructor of a configuration that has one.
    pub fn check(&self) -> Result<(), Invalid> {
        Invalid::unless(
            self.thousandths <= 1000,
            "the panic threshold must be at most 1000 thousandths of the backends",
        )
    }
}

impl Default for Panic {
    /// Below a half, as Envoy's.
    fn default() -> Self {
        Panic { thousandths: 500 }
    }
}
