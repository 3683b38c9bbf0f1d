//! Ctrl-C: the first ends the simulation early, the second ends the program.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sim::world::Oversight;
use spec::{Failure, INTERRUPTED};

/// From now on Ctrl-C stops what `oversight` oversees.
pub(crate) fn stops(oversight: &Arc<Oversight>) -> Result<(), Failure> {
    let oversight = Arc::clone(oversight);
    let handler = move || {
        if oversight.stop.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::Running(format!("Ctrl-C cannot be listened for: {error}")))
}
