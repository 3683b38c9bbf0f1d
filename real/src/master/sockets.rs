//! The sockets at which the server listens.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::accept::listener;
use crate::accept::reuseport::Group;
use crate::settings::{Accept, Settings};

/// See the [module](self).
#[derive(Debug)]
pub(super) enum Sockets {
    /// One for all.
    One(OwnedFd),
    /// One for each worker's slot.
    Each(Group),
}

impl Sockets {
    /// As `settings` have it, with those that were `inherited`.
    ///
    /// # Errors
    /// In a sentence: if the address is taken, say.
    pub(super) fn open(settings: &Settings, inherited: Vec<OwnedFd>) -> io::Result<Sockets> {
        for socket in &inherited {
            listener::prepare(socket)?;
        }
        let (address, backlog) = (settings.listen, settings.backlog);
        let listen = |shared| {
            listener::listen(address, backlog, shared).map_err(|error| refused(address, error))
        };
        if let Accept::Reuseport(steering) = settings.accept {
            let sockets = match inherited.is_empty() {
                true => vec![listen(true)?],
                false => inherited,
            };
            return Group::new(sockets, steering, backlog).map(Sockets::Each);
        }
        let one = match inherited.into_iter().next() {
            Some(inherited) => inherited,
            None => listen(false)?,
        };
        Ok(Sockets::One(one))
    }

    /// Where they listen.
    ///
    /// # Errors
    /// If they are none of IP.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        listener::address(self.for_slot(0))
    }

    /// The one of a worker's slot.
    pub(super) fn for_slot(&self, slot: u32) -> BorrowedFd<'_> {
        match self {
            Sockets::One(socket) => socket.as_fd(),
            Sockets::Each(group) => group.for_slot(slot),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Sockets::One(socket) => vec![socket.as_fd()],
            Sockets::Each(group) => group.all().collect(),
        }
    }

    /// How many connections wait to be accepted.
    pub(super) fn waiting(&self) -> u32 {
        let queues = self.all().into_iter().map(crate::sys::accept_queue);
        queues.filter_map(Result::ok).sum()
    }
}

fn refused(address: SocketAddr, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen at {address}: {error}"))
}
