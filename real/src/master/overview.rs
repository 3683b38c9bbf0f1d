//! What the admin pages are told of the processes.

use std::cell::RefCell;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::task::{AbortHandle, spawn_local};

use super::Master;
use super::child::Stage;
use super::pool::Pool;
use crate::accept::listener;
use crate::admin::{self, Admin, Overview, Process};
use crate::channel::message::Role;
use crate::clock::Clock;
use crate::settings::{Accept, Settings};
use crate::stats::Page;

/// The admin pages, and what they show.
#[derive(Debug)]
pub(super) struct Shown {
    overview: Rc<RefCell<Overview>>,
    listener: Option<TcpListener>,
    serving: Option<AbortHandle>,
}

impl Shown {
    /// Serves them, if that is wanted, at the `inherited` socket if there is one.
    ///
    /// # Errors
    /// In a sentence: if the address is taken, say.
    pub(super) fn start(
        settings: &Settings,
        inherited: Option<OwnedFd>,
        page: Page,
    ) -> io::Result<Shown> {
        let overview = Rc::new(RefCell::new(Overview {
            accept: name(settings.accept),
            config_good: true,
            ..Overview::default()
        }));
        let mut shown = Shown {
            overview: Rc::clone(&overview),
            listener: listen(settings, inherited)?,
            serving: None,
        };
        if let Some(listener) = &shown.listener {
            listener.set_nonblocking(true)?;
            tracing::info!("admin pages at {}", listener.local_addr()?);
            let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
            let admin = Admin::new(move || overview.borrow().clone(), page, Clock);
            let serving = spawn_local(Rc::new(admin).serve(listener));
            shown.serving = Some(serving.abort_handle());
        }
        Ok(shown)
    }

    /// The socket, to be handed on.
    pub(super) fn listener(&self) -> Option<&TcpListener> {
        self.listener.as_ref()
    }

    /// Somebody else serves them.
    pub(super) fn stop(&mut self) {
        self.listener = None;
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }

    /// The configuration was read again, and was `good` or not.
    pub(super) fn reloaded(&self, good: bool) {
        let mut overview = self.overview.borrow_mut();
        overview.reloads += 1;
        overview.config_good = good;
    }

    /// Where requests come in.
    pub(super) fn listens(&self, address: std::net::SocketAddr) {
        self.overview.borrow_mut().listen = Some(address);
    }

    /// It ends, and says so before anything else happens.
    pub(super) fn drains(&self) {
        self.overview.borrow_mut().draining = true;
    }

    /// These are its processes.
    pub(super) fn processes(&self, processes: Vec<Process>) {
        self.overview.borrow_mut().processes = processes;
    }
}

impl Master {
    /// The admin pages show the processes as they are now.
    pub(super) fn show(&self) {
        let balancers = self.processes(&self.balancers, Role::Balancer, admin::Role::Balancer);
        let workers = self.processes(&self.workers, Role::Worker, admin::Role::Worker);
        self.shown.processes(balancers.chain(workers).collect());
    }

    fn processes<'m>(
        &'m self,
        pool: &'m Pool,
        role: Role,
        shown: admin::Role,
    ) -> impl Iterator<Item = Process> + 'm {
        let slots = (0..).zip(pool.occupants());
        let wanted = move |(slot, child): &(u32, Option<&super::child::Child>)| {
            *slot < pool.target() || child.is_some()
        };
        slots.filter(wanted).map(move |(slot, child)| Process {
            role: shown,
            id: slot,
            row: child
                .is_none_or(|child| child.orders.is_some())
                .then(|| self.row(role, slot)),
            pid: child.map(|child| child.pid.as_raw_pid() as u32),
            port: child
                .and_then(|child| child.address)
                .map(|address| address.port()),
            restarts: pool.restarts(slot),
            ready: child.is_some_and(|child| child.stage == Stage::Ready),
        })
    }
}

fn listen(settings: &Settings, inherited: Option<OwnedFd>) -> io::Result<Option<TcpListener>> {
    let Some(address) = settings.admin else {
        return Ok(None);
    };
    if let Some(inherited) = inherited {
        listener::prepare(&inherited)?;
        return Ok(Some(inherited.into()));
    }
    let bound = TcpListener::bind(address).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("--admin: cannot listen at {address}: {error}"),
        )
    });
    bound.map(Some)
}

fn name(accept: Accept) -> &'static str {
    match accept {
        Accept::Single => "single",
        Accept::Shared => "shared",
        Accept::Reuseport(_) => "reuseport",
        Accept::Handoff => "handoff",
        Accept::Proxy => "proxy",
    }
}
