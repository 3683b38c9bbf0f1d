//! A pool that counts a connection when it begins to open it, and discounts it when the connection is given back.
//!
//! A caller that goes away in between, a dropped future, leaves a connection that never was and that counts for ever.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use policy::shared::{Atomic, Slot, SlotPool, Worker};

use super::common::pool::owner;
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(who_gives_up_takes_nothing_along<CountedFirst>),
        ours: Some(over_ours!(who_gives_up_takes_nothing_along<Ours>)),
        found_in: "djc/bb8#67 (handlers cancelled by hyper), transact-rs/sqlx#83",
        harm: "clients that hang up empty the pool: every request times out, and the database is idle",
        guarded_by: Guard::Property("slots::the_dead_leave_nothing_behind"),
        found_by: FoundBy::ANY_RUN,
    }
}

/// A pool of one connection.
trait Connections<P: Platform>: Send + Sync + 'static {
    /// What a caller holds while its connection is being opened. To drop it is to give up.
    type Opening;
    fn new() -> Self;
    fn open(&self) -> Option<Self::Opening>;
}

struct CountedFirst<P: Platform>(P::U64);

/// A future's state: it knows no pool to tell.
struct Opening;

impl<P: Platform> Connections<P> for CountedFirst<P> {
    type Opening = Opening;

    fn new() -> Self {
        CountedFirst(P::U64::new(0))
    }

    fn open(&self) -> Option<Opening> {
        let mut connections = self.0.load(Acquire);
        while connections < 1 {
            match self
                .0
                .compare_exchange_weak(connections, connections + 1, AcqRel, Acquire)
            {
                Ok(_) => return Some(Opening),
                Err(now) => connections = now,
            }
        }
        None
    }
}

struct Ours<P: Platform>(Arc<Worker<(), P>>);

impl<P: Platform> Connections<P> for Ours<P> {
    type Opening = Slot<Arc<Worker<(), P>>, (), P>;

    fn new() -> Self {
        let pool = Arc::new(SlotPool::new([()]));
        Ours(Arc::new(
            pool.enter(owner(1)).expect("nobody else is there"),
        ))
    }

    fn open(&self) -> Option<Self::Opening> {
        Worker::acquire(Arc::clone(&self.0))
    }
}

fn who_gives_up_takes_nothing_along<P: Platform, C: Connections<P>>() {
    let connections = Arc::new(C::new());
    let callers = [(); 2].map(|()| {
        let connections = Arc::clone(&connections);
        P::spawn(move || drop(connections.open()))
    });
    callers.into_iter().for_each(P::join);
    assert!(connections.open().is_some(), "both gave up");
}
