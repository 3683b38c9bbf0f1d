//! Signals, as events.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_local;

use super::event::{Event, Events, Signal};

/// Which signal says what.
fn table() -> [(SignalKind, Signal); 8] {
    let raw = |number: rustix::process::Signal| SignalKind::from_raw(number.as_raw());
    [
        (SignalKind::terminate(), Signal::Drain),
        (SignalKind::interrupt(), Signal::Interrupt),
        (SignalKind::quit(), Signal::Quit),
        (SignalKind::hangup(), Signal::Reload),
        (raw(rustix::process::Signal::TTIN), Signal::More),
        (raw(rustix::process::Signal::TTOU), Signal::Fewer),
        (SignalKind::user_defined1(), Signal::Reopen),
        (SignalKind::user_defined2(), Signal::Upgrade),
    ]
}

/// Tells `events` of each signal that comes from now on.
///
/// # Errors
/// If the kernel refuses a handler.
pub(super) fn watch(events: &Events) -> io::Result<()> {
    for (kind, meaning) in table() {
        let mut stream = signal(kind)?;
        let events = events.clone();
        spawn_local(async move {
            while stream.recv().await.is_some() {
                if events.send(Event::Signal(meaning)).is_err() {
                    break;
                }
            }
        });
    }
    Ok(())
}
