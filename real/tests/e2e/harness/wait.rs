//! Waiting for what other processes do.

use std::time::{Duration, Instant};

/// Generous: only a hang takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Polls until `condition` holds; panics with `what` when it never does.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(
            began.elapsed() < PATIENCE,
            "waited {PATIENCE:?} for this: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Polls until `attempt` gives something.
#[track_caller]
pub(crate) fn for_some<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let mut found = None;
    until(what, || {
        found = attempt();
        found.is_some()
    });
    found.expect("`until` returns once there is something")
}
