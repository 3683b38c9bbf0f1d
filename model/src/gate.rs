//! A point that threads pass in every order.
//!
//! loom 0.7 reorders a step against the last access to the same word only. In "load, then compare-and-swap" the
//! thread's own load is that last access and hides the loads that others did before: that the swap might have come
//! before those is never tried, at any bound, and still the search calls itself complete. A property that asks what
//! a load of one thread finds after another's swap then shows nothing. Read-modify-writes hide nothing from each
//! other; so threads pass a gate before each operation on the structure, and their operations begin in every order.

use std::sync::atomic::Ordering::Relaxed;

use policy::shared::Atomic;

use crate::platform::Platform;

/// A word that nobody reads.
pub struct Gate<P: Platform>(P::U64);

impl<P: Platform> Gate<P> {
    /// A gate.
    #[expect(
        clippy::new_without_default,
        reason = "a checker's memory has no default"
    )]
    pub fn new() -> Self {
        Gate(P::U64::new(0))
    }

    /// One after another. Orders nothing else in memory.
    pub fn pass(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}
