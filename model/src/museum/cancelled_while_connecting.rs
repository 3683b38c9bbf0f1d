//! A pool that counts a connection when it begins to open it, and discounts it when the connection is given back.
//!
//! A caller that goes away in between, a dropped future, leaves a connection that never was and that counts for ever.

use std::rc::Rc;
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
    fn open(&self, caller: u8) -> Option<Self::Opening>;
}

struct CountedFirst<P: Platform>(P::U64);

/// A future's state: it knows no pool to tell.
struct Opening;

impl<P: Platform> Connections<P> for CountedFirst<P> {
    type Opening = Opening;

    fn new() -> Self {
        CountedFirst(P::U64::new(0))
    }

    fn open(&self, _: u8) -> Option<Opening> {
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

struct Ours<P: Platform>(Arc<SlotPool<(), P>>);

impl<P: Platform> Connections<P> for Ours<P> {
    type Opening = Slot<Rc<Worker<(), P>>, (), P>;

    fn new() -> Self {
        Ours(Arc::new(SlotPool::new([()])))
    }

    fn open(&self, caller: u8) -> Option<Self::Opening> {
        let worker = self.0.enter(owner(caller)).expect("its number is its own");
        Worker::acquire(Rc::new(worker))
    }
}

fn who_gives_up_takes_nothing_along<P: Platform, C: Connections<P>>() {
    let connections = Arc::new(C::new());
    let callers = [1, 2].map(|caller| {
        let connections = Arc::clone(&connections);
        P::spawn(move || drop(connections.open(caller)))
    });
    callers.into_iter().for_each(P::join);
    assert!(connections.open(3).is_some(), "both gave up");
}
