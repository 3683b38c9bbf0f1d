//! What the master hears of.

use std::io;
use std::os::fd::OwnedFd;

use policy::supervise::Worker;
use rustix::process::{Pid, PidfdFlags};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

use crate::channel::Receiver;
use crate::channel::message::{Report, Role};
use crate::sys;

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A child exited and can be reaped.
    Exited(Role, Worker),
    /// A child said something.
    Said(Role, Worker, Report),
    /// Another program's port answers.
    Answers(Worker),
    /// A signal came.
    Signal(Signal),
    /// The server has said for long enough that it will not be ready.
    Leave,
    /// The master has handed on the connections it had accepted.
    HandedOn,
    /// The file of the configuration changed.
    FileChanged,
    /// Whether the new master of an upgrade serves; else it is gone.
    Successor(bool),
}

/// What the master is told by signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// TERM: end with what there is.
    Drain,
    /// INT, which is to be told from QUIT by the exit status.
    Interrupt,
    /// QUIT: end at once.
    Quit,
    /// HUP: read the configuration again.
    Reload,
    /// TTIN: one worker more.
    More,
    /// TTOU: one worker less.
    Fewer,
    /// USR1: open the logs again.
    Reopen,
    /// USR2: hand over to the program as it is now.
    Upgrade,
}

/// Where events go.
pub(crate) type Events = mpsc::UnboundedSender<Event>;

/// Tells `events` when the process is gone.
///
/// # Errors
/// If it cannot be watched.
pub(super) fn watch_exit(pid: Pid, of: (Role, Worker), events: Events) -> io::Result<()> {
    let pidfd: OwnedFd = rustix::process::pidfd_open(pid, PidfdFlags::NONBLOCK)?;
    let pidfd = sys::watch(pidfd)?;
    spawn_local(async move {
        // Whether it is there or fails: reaping says which.
        let _ = pidfd.readable().await;
        let _ = events.send(Event::Exited(of.0, of.1));
    });
    Ok(())
}

/// Tells `events` what a child says, for as long as it does.
pub(super) fn listen(mut reports: Receiver<Report>, of: (Role, Worker), events: Events) {
    spawn_local(async move {
        while let Ok(Some(report)) = reports.next().await {
            if events.send(Event::Said(of.0, of.1, report)).is_err() {
                break;
            }
        }
    });
}
