//! A limit on what is under way: the count is compared with the limit, and then one is added.
//!
//! Those who compare at the same time all pass.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use policy::shared::Atomic;

use super::common::pool::{self, Pool};
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(no_more_than_the_limit_are_inside<CheckThenAdd>),
        ours: Some(over_ours!(no_more_than_the_limit_are_inside<Ours>)),
        found_in: "Netflix/concurrency-limits#140 (SimpleLimiter.acquire)",
        harm: "a burst goes over the limit by as many as come at once, and the limiter learns from a load it \
               did not allow",
        guarded_by: Guard::Property("slots::a_value_is_never_held_twice"),
        found_by: FoundBy::SCHEDULES,
    }
}

trait Limit<P: Platform>: Send + Sync + 'static {
    /// One at a time.
    fn new() -> Self;
    fn enter(&self, worker: u8) -> bool;
}

struct CheckThenAdd<P: Platform>(P::U64);

impl<P: Platform> Limit<P> for CheckThenAdd<P> {
    fn new() -> Self {
        CheckThenAdd(P::U64::new(0))
    }

    fn enter(&self, _: u8) -> bool {
        if self.0.load(Acquire) >= 1 {
            return false;
        }
        self.0.fetch_add(1, AcqRel);
        true
    }
}

/// A pool of one slot.
struct Ours<P: Platform>(pool::Ours<P>);

impl<P: Platform> Limit<P> for Ours<P> {
    fn new() -> Self {
        Ours(pool::Ours::new(0, 1))
    }

    fn enter(&self, worker: u8) -> bool {
        self.0.take(worker).is_some()
    }
}

fn no_more_than_the_limit_are_inside<P: Platform, L: Limit<P>>() {
    let limit = Arc::new(L::new());
    let threads = [1, 2].map(|worker| {
        let limit = Arc::clone(&limit);
        P::spawn(move || limit.enter(worker))
    });
    let inside = threads.map(P::join);
    assert_ne!(inside, [false; 2], "nobody was let in");
    assert_ne!(inside, [true; 2], "two are inside, and the limit is one");
}
