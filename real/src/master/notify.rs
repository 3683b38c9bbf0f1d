//! What systemd is told (sd_notify(3)), if it asked to be.

use policy::time::Instant;
use sd_notify::NotifyState;

/// Everybody serves.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is being read again, since `now`; [`ready`] ends that.
pub(super) fn reloading(now: Instant) {
    let microseconds = i128::from(now.0 / 1_000);
    tell(&[
        NotifyState::Reloading,
        NotifyState::MonotonicUsec(microseconds),
    ]);
}

/// The server ends.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// From now on the process `pid` is the server.
pub(super) fn succeeded_by(pid: u32) {
    tell(&[NotifyState::MainPid(pid), NotifyState::Ready]);
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::warn!(%error, "systemd cannot be told");
    }
}
