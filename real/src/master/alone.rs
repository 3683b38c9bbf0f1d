//! What a process without a master does for itself.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use policy::shared::Mapped;

use super::event::Events;
use super::inherited::Inherited;
use super::overview::Shown;
use super::pages::{Capacity, Pages};
use super::sockets::Sockets;
use super::upgrade::{Program, Successor};
use super::{notify, reload, signals, upgrade};
use crate::admin::{Process, Role};
use crate::clock::Clock;
use crate::config::Document;
use crate::settings::Settings;
use crate::stats::Page;

/// See the [module](self).
pub(crate) struct Alone {
    /// Where it counts, in the first row.
    pub(crate) page: Page,
    /// Its slots.
    pub(crate) shared: Mapped<'static>,
    /// Where it listens, until it ends.
    sockets: Option<Sockets>,
    shown: Shown,
    program: Program,
    successor: Option<Successor>,
    predecessor: Option<UnixStream>,
    events: Events,
}

impl Alone {
    /// Opens what there is to open, the listening socket among it, and tells `events` of signals and of the configuration's file.
    ///
    /// # Errors
    /// If the address is taken, say.
    pub(crate) fn begin(
        document: &Document,
        settings: &Settings,
        events: Events,
    ) -> io::Result<(Alone, OwnedFd)> {
        super::raise_descriptor_limit();
        let inherited = Inherited::take()?;
        signals::watch(&events)?;
        reload::watch(document, events.clone());
        let capacity = Capacity {
            balancers: 0,
            workers: 1,
            backends: 0,
        };
        let pages = Pages::new(capacity, settings.admission.slots)?;
        let sockets = Sockets::open(settings, inherited.listeners)?;
        let shown = Shown::start(settings, inherited.admin, pages.page())?;
        shown.listens(sockets.address()?);
        shown.processes(vec![Process {
            role: Role::Worker,
            id: 0,
            row: Some(pages.worker_row(0)),
            pid: Some(std::process::id()),
            port: None,
            restarts: 0,
            ready: true,
        }]);
        let socket = sockets.for_slot(0).try_clone_to_owned()?;
        let alone = Alone {
            sockets: Some(sockets),
            page: pages.page(),
            shared: pages.shared(),
            shown,
            program: Program::this()?,
            successor: None,
            predecessor: inherited.predecessor,
            events,
        };
        Ok((alone, socket))
    }

    /// It serves.
    pub(crate) fn serves(&mut self) {
        upgrade::announce(self.predecessor.take());
    }

    /// Starts a successor.
    pub(crate) fn upgrade(&mut self, settings: &Settings) {
        if self.successor.is_some() {
            tracing::warn!("a successor is being started already");
            return;
        }
        let listeners: Vec<_> = (self.sockets.iter()).flat_map(Sockets::all).collect();
        let admin = self.shown.listener().map(AsFd::as_fd);
        let patience = upgrade::patience(settings);
        let events = self.events.clone();
        match Successor::start(&self.program, &listeners, admin, patience, events) {
            Ok(successor) => self.successor = Some(successor),
            Err(error) => tracing::error!(%error, "no successor could be started"),
        }
    }

    /// The successor serves, or is gone. Whether this one is to end.
    pub(crate) fn is_succeeded(&mut self, serves: bool) -> bool {
        let successor = self.successor.take();
        let succeeded = successor.is_some_and(|successor| successor.takes_over(serves));
        if succeeded {
            self.sockets = None;
            self.shown.stop();
        }
        succeeded
    }

    /// It ends.
    pub(crate) fn drains(&mut self) {
        self.sockets = None;
        if let Some(successor) = self.successor.take() {
            successor.give_up();
        }
        self.shown.drains();
        notify::stopping();
    }

    /// Reads the configuration again; `None` if it is bad.
    pub(crate) fn reload(
        &mut self,
        document: &Document,
        settings: &Settings,
    ) -> Option<(Document, Settings)> {
        notify::reloading(Clock.now());
        let read = reload::read(document, settings);
        self.shown.reloaded(read.is_some());
        notify::ready();
        read
    }
}
