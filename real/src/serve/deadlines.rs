//! Deadlines of a worker's connections, kept coarsely.
//!
//! A server sets a deadline more often than anything else and hardly ever reaches one. So setting is a store into the
//! connection's own cell, and one task looks at all of them when the earliest has come. A timer of the runtime would be
//! moved in its wheel with each request. Cost: a store and a comparison to set; a few nanoseconds a connection and look.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use policy::time::Instant;
use slab::Slab;
use tokio::sync::Notify;

use crate::clock::Clock;

/// The shortest time between two looks: how late a deadline may be noticed.
const TICK: Duration = Duration::from_millis(50);

/// All deadlines of one worker.
#[derive(Debug)]
pub struct Deadlines {
    watched: RefCell<Slab<Rc<Entry>>>,
    /// When they are looked at next.
    next: Cell<Instant>,
    /// Somebody's deadline is before that.
    sooner: Notify,
}

impl Default for Deadlines {
    fn default() -> Self {
        Deadlines {
            watched: RefCell::default(),
            next: Cell::new(Instant::NEVER),
            sooner: Notify::new(),
        }
    }
}

#[derive(Debug)]
struct Entry {
    at: Cell<Instant>,
    /// Waits for nothing but its next request.
    idle: Cell<bool>,
    expired: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Entry {
    fn expire(&self) {
        self.expired.set(true);
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

/// One connection's deadline.
#[derive(Debug)]
pub struct Watch {
    entry: Rc<Entry>,
    key: usize,
    deadlines: Rc<Deadlines>,
}

/// The deadline came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired;

impl Deadlines {
    /// Somebody to watch, without a deadline as yet.
    pub fn watch(self: &Rc<Self>) -> Watch {
        let entry = Rc::new(Entry {
            at: Cell::new(Instant::NEVER),
            idle: Cell::new(false),
            expired: Cell::new(false),
            waker: RefCell::new(None),
        });
        let key = self.watched.borrow_mut().insert(Rc::clone(&entry));
        Watch {
            entry,
            key,
            deadlines: Rc::clone(self),
        }
    }

    /// Looks at all of them whenever the earliest has come; never ends.
    pub async fn keep(&self, clock: Clock) {
        loop {
            let now = clock.now();
            let next = self.look(now);
            self.next.set(next);
            let wait = Duration::from_nanos((next - now).0).max(TICK);
            tokio::select! {
                () = self.sooner.notified() => {}
                () = tokio::time::sleep(wait), if next < Instant::NEVER => {}
            }
        }
    }

    /// Tells those whose deadline has come by `now`; the earliest of the others.
    fn look(&self, now: Instant) -> Instant {
        let mut next = Instant::NEVER;
        for (_, entry) in &*self.watched.borrow() {
            if entry.at.get() > now {
                next = next.min(entry.at.get());
            } else if !entry.expired.get() {
                entry.expire();
            }
        }
        next
    }

    #[inline]
    fn expect(&self, at: Instant) {
        if at < self.next.get() {
            self.next.set(at);
            self.sooner.notify_one();
        }
    }

    /// Who waits for nothing but a next request waits until `at` at the latest.
    pub fn hasten_idle(&self, at: Instant) {
        for (_, entry) in &*self.watched.borrow() {
            if entry.idle.get() {
                entry.at.set(entry.at.get().min(at));
            }
        }
        self.expect(at);
    }

    /// How many are watched: the connections of this worker.
    pub fn watched(&self) -> usize {
        self.watched.borrow().len()
    }
}

impl Watch {
    /// From now on the deadline is `at`.
    #[inline]
    pub fn set(&self, at: Instant) {
        self.entry.at.set(at);
        self.entry.expired.set(false);
        self.entry.idle.set(false);
        self.deadlines.expect(at);
    }

    /// The deadline of somebody who waits for nothing but a next request.
    #[inline]
    pub fn set_idle(&self, at: Instant) {
        self.set(at);
        self.entry.idle.set(true);
    }

    /// When it is.
    pub fn at(&self) -> Instant {
        self.entry.at.get()
    }

    /// `work`'s result, unless the deadline comes first. What is ready when the deadline is noticed still counts.
    pub async fn during<F: Future>(&self, work: F) -> Result<F::Output, Expired> {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            self.poll_expired(cx).map(Err)
        })
        .await
    }

    /// Ready once the deadline was noticed: for who has looked whether its work is done.
    pub fn poll_expired(&self, cx: &mut Context<'_>) -> Poll<Expired> {
        if self.entry.expired.get() {
            return Poll::Ready(Expired);
        }
        let mut waker = self.entry.waker.borrow_mut();
        let known = waker.as_ref();
        if !known.is_some_and(|known| known.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.deadlines.watched.borrow_mut().remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::time::Duration as Span;
    use tokio::task::LocalSet;

    async fn with_deadlines<F: Future>(test: impl FnOnce(Rc<Deadlines>) -> F) -> F::Output {
        let deadlines = Rc::new(Deadlines::default());
        let local = LocalSet::new();
        let kept = Rc::clone(&deadlines);
        local.spawn_local(async move { kept.keep(Clock).await });
        local.run_until(test(deadlines)).await
    }

    #[tokio::test(flavor = "current_thread")]
    async fn whoever_waits_too_long_is_told() {
        with_deadlines(|deadlines| async move {
            let watch = deadlines.watch();
            watch.set(Clock.now() + Span::from_millis(1));
            assert_eq!(
                watch.during(std::future::pending::<()>()).await,
                Err(Expired)
            );
            watch.set(Instant::NEVER);
            assert_eq!(watch.during(async { 7 }).await, Ok(7));
            drop(watch);
            assert_eq!(deadlines.watched(), 0);
        })
        .await;
    }

    #[tokio::test(flavor = "current_thread")]
    async fn only_the_idle_are_hastened() {
        with_deadlines(|deadlines| async move {
            let (idle, busy) = (deadlines.watch(), deadlines.watch());
            let far = Clock.now() + Span::from_millis(3_600_000);
            idle.set_idle(far);
            busy.set(far);
            deadlines.hasten_idle(Instant(1));
            assert_eq!(
                idle.during(std::future::pending::<()>()).await,
                Err(Expired)
            );
            assert_eq!(busy.at(), far);
        })
        .await;
    }
}
