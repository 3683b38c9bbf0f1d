//! Idle connections to backends.

use std::cell::RefCell;

use policy::BackendId;
use policy::lifo::{Config, Pool};
use policy::time::Instant;

use super::link::Link;

/// One balancer's idle connections: the policy's pool, of connections that are looked at before they are used.
#[derive(Debug)]
pub(super) struct Idle(RefCell<Pool<Link>>);

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// A connection that is open as far as anybody knows.
    pub(super) link: Option<Link>,
    /// How many were found closed on the way.
    pub(super) stale: u32,
}

impl Idle {
    pub(super) fn new(config: Config) -> Self {
        Idle(RefCell::new(Pool::new(config)))
    }

    /// A connection to `backend`. One that was closed meanwhile, or on which something was heard that nobody asked for,
    /// is thrown away.
    #[inline]
    pub(super) fn take(&self, backend: BackendId, now: Instant) -> Found {
        let mut found = Found::default();
        while let Some(mut link) = self.0.borrow_mut().take(backend, now) {
            if link.is_silent() {
                found.link = Some(link);
                break;
            }
            found.stale += 1;
        }
        found
    }

    /// `link` has nothing to do.
    #[inline]
    pub(super) fn put(&self, backend: BackendId, link: Link, now: Instant) {
        let surplus = self.0.borrow_mut().put(backend, link, now);
        drop(surplus);
    }

    /// `backend` has left: its connections are closed, and those in use are not kept.
    pub(super) fn remove(&self, backend: BackendId) {
        let closed = self.0.borrow_mut().remove(backend);
        drop(closed);
    }

    /// Closes those that were idle for too long.
    pub(super) fn expire(&self, now: Instant) {
        let closed = self.0.borrow_mut().expire(now);
        drop(closed);
    }

    /// When there will be some, at the earliest.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.borrow().next_deadline()
    }

    /// How many are open to `backend`.
    pub(super) fn count(&self, backend: BackendId) -> usize {
        self.0.borrow().idle(backend)
    }
}
