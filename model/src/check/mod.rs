//! The executors: each runs a property's body over many schedules and says how many, and whether that was all.

mod loom;
mod native;
mod shuttle;

use std::fmt;

pub use self::loom::under_loom;
pub use native::under_stress;
pub use shuttle::{Scheduler, under_shuttle};

/// What a checker did. That it returned at all means that nothing failed: a failure panics.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which checker.
    pub checker: String,
    /// How many executions.
    pub executions: u64,
    /// Within what limit.
    pub bound: String,
    /// Whether those are all there are within it.
    pub exhaustive: bool,
    /// Every atomic operation that was reached.
    pub sites: std::collections::BTreeSet<crate::watch::Site>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            checker,
            executions,
            bound,
            ..
        } = self;
        write!(f, "{checker}: {executions} executions, {bound}")
    }
}
