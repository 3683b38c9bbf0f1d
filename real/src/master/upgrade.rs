//! Another master takes this one's place: the program as it is now, with the same arguments and the same sockets.
//!
//! Both serve until the new one says that all its workers do; then the old one ends with what it has. No socket is closed
//! in between, so nobody is refused. If the new one ends before that, nothing has happened.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use policy::time::Instant;
use rustix::process::Pid;
use tokio::io::AsyncReadExt;
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::Master;
use super::event::{Event, Events};
use super::inherited::{HANDED_ON, HandedOn, OURS};
use super::notify;
use super::spawn::Inheritance;
use crate::settings::Settings;

/// What the new one says.
const SERVING: &[u8] = b"serving";

/// How to start this program again.
#[derive(Debug)]
pub(super) struct Program {
    /// Where it lies: what is there later may be another.
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// This one.
    ///
    /// # Errors
    /// If the kernel does not say which it is.
    pub(super) fn this() -> io::Result<Program> {
        Ok(Program {
            path: std::env::current_exe()?,
            arguments: std::env::args_os().skip(1).collect(),
        })
    }
}

/// A master that is to take this one's place.
#[derive(Debug)]
pub(super) struct Successor(Child);

impl Successor {
    /// Starts `program` with these sockets, and tells `events` whether it comes to serve within `patience`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn start(
        program: &Program,
        listeners: &[BorrowedFd<'_>],
        admin: Option<BorrowedFd<'_>>,
        patience: policy::time::Duration,
        events: Events,
    ) -> io::Result<Successor> {
        let mut with = Inheritance::default();
        let (ours, theirs) = UnixStream::pair()?;
        let handed = HandedOn {
            listeners: (listeners.iter())
                .map(|socket| with.add(socket))
                .collect::<io::Result<_>>()?,
            admin: admin.map(|socket| with.add(socket)).transpose()?,
            line: with.add(&theirs)?,
        };
        let mut command = Command::new(&program.path);
        for variable in OURS.iter().filter(|&&name| name != "NOTIFY_SOCKET") {
            command.env_remove(variable);
        }
        command.args(&program.arguments);
        command.env(HANDED_ON, serde_json::to_string(&handed)?);
        let child = command.spawn()?;
        tracing::info!(pid = child.id(), "a successor was started");
        ours.set_nonblocking(true)?;
        let line = tokio::net::UnixStream::from_std(ours)?;
        spawn_local(async move {
            let patience = Duration::from_nanos(patience.0);
            let serves = timeout(patience, says_it_serves(line)).await;
            let serves = serves.unwrap_or(false);
            // Only if the master is gone.
            let _ = events.send(Event::Successor(serves));
        });
        Ok(Successor(child))
    }

    /// It `serves`, or is gone. Whether this one is to end.
    pub(super) fn takes_over(self, serves: bool) -> bool {
        if serves {
            tracing::info!(pid = self.0.id(), "the successor serves: this one ends");
            notify::succeeded_by(self.0.id());
            return true;
        }
        self.give_up();
        false
    }

    /// It is of no use to anybody, and must not keep the sockets open.
    pub(super) fn give_up(mut self) {
        let pid = Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        let status = self
            .0
            .wait()
            .map_or_else(|error| error.to_string(), |s| s.to_string());
        tracing::error!(%status, "the successor did not come to serve");
    }
}

/// Everybody serves for the first time: tells systemd, and the master whose place this is, if there was one.
pub(super) fn announce(predecessor: Option<UnixStream>) {
    tracing::info!("all processes serve");
    notify::ready();
    if let Some(mut predecessor) = predecessor
        && let Err(error) = predecessor.write_all(SERVING)
    {
        tracing::warn!(%error, "the predecessor is gone");
    }
}

impl Master {
    /// Starts a successor, unless one is starting.
    pub(super) fn upgrade(&mut self) {
        if self.phase.is_ending() || self.successor.is_some() {
            tracing::warn!("no upgrade: one is under way, or the server is ending");
            return;
        }
        let sockets = self.sockets.iter().flat_map(|sockets| sockets.all());
        let listeners: Vec<_> = sockets.collect();
        let admin = self.shown.listener().map(AsFd::as_fd);
        let events = self.events.clone();
        let patience = patience(&self.settings);
        match Successor::start(&self.program, &listeners, admin, patience, events) {
            Ok(successor) => self.successor = Some(successor),
            Err(error) => tracing::error!(%error, "no successor could be started"),
        }
    }

    /// The successor serves, or is gone.
    pub(super) fn succeeded(&mut self, serves: bool, now: Instant) {
        let successor = self.successor.take();
        if successor.is_some_and(|successor| successor.takes_over(serves))
            && !self.phase.is_ending()
        {
            self.hand_over(now);
        }
    }
}

/// How long a successor may take: its workers, and then its balancers, have to be ready.
pub(super) fn patience(settings: &Settings) -> policy::time::Duration {
    settings.pool.ready_timeout + settings.pool.ready_timeout
}

async fn says_it_serves(mut line: tokio::net::UnixStream) -> bool {
    let mut said = Vec::new();
    // The end comes with the successor's own, or once it has said it.
    let _ = line.read_to_end(&mut said).await;
    said == SERVING
}
