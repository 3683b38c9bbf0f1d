//! What a process without a master does for itself.

use std::io;
use std::os::fd::OwnedFd;

use policy::shared::Mapped;

use super::event::Events;
use super::inherited::Inherited;
use super::overview::Shown;
use super::pages::{Capacity, Pages};
use super::sockets::Sockets;
use super::{notify, reload, signals};
use crate::admin::{Process, Role};
use crate::clock::Clock;
use crate::config::Document;
use crate::settings::Settings;
use crate::stats::Page;

/// See the [module](self).
pub(crate) struct Alone {
    /// Where it listens.
    pub(crate) socket: OwnedFd,
    /// Where it counts, in the first row.
    pub(crate) page: Page,
    /// Its slots.
    pub(crate) shared: Mapped<'static>,
    shown: Shown,
}

impl Alone {
    /// Opens what there is to open, and tells `events` of signals and of the configuration's file.
    ///
    /// # Errors
    /// If the address is taken, say.
    pub(crate) fn begin(
        document: &Document,
        settings: &Settings,
        events: Events,
    ) -> io::Result<Alone> {
        let inherited = Inherited::take()?;
        signals::watch(&events)?;
        reload::watch(document, events);
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
        notify::ready();
        Ok(Alone {
            socket: sockets.for_slot(0).try_clone_to_owned()?,
            page: pages.page(),
            shared: pages.shared(),
            shown,
        })
    }

    /// It ends.
    pub(crate) fn drains(&mut self) {
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
