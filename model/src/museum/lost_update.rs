//! A count in shared memory that goes up and down by a load and a store.
//!
//! Of two changes at once one is lost. The count never comes back to zero, and a policy that goes by it shuns the
//! backend for ever, or prefers it.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

use policy::shared::Atomic;

use super::common::board::Ours;
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(at_rest_the_count_is_zero<LoadAndStore>),
        ours: Some(over_ours!(at_rest_the_count_is_zero<Ours>)),
        found_in: "apache/httpd#383 (the `busy` count of mod_lbmethod_bybusyness, `++` and `--` in shared memory)",
        harm: "`busy` keeps growing, and the balancer that goes by it works no longer",
        guarded_by: Guard::Property("board::every_request_is_counted_once"),
        found_by: FoundBy::SCHEDULES,
    }
}

trait Busy<P: Platform>: Send + Sync + 'static {
    fn new() -> Self;
    /// A request goes to the backend and comes back.
    fn serve(&self, worker: u8);
    fn count(&self) -> u64;
}

struct LoadAndStore<P: Platform>(P::U64);

impl<P: Platform> Busy<P> for LoadAndStore<P> {
    fn new() -> Self {
        LoadAndStore(P::U64::new(0))
    }

    fn serve(&self, _: u8) {
        let busy = self.0.load(Acquire);
        self.0.store(busy + 1, Release);
        let busy = self.0.load(Acquire);
        self.0.store(busy.wrapping_sub(1), Release);
    }

    fn count(&self) -> u64 {
        self.0.load(Acquire)
    }
}

impl<P: Platform> Busy<P> for Ours<P> {
    fn new() -> Self {
        Ours::new()
    }

    fn serve(&self, worker: u8) {
        drop(self.start(worker));
    }

    fn count(&self) -> u64 {
        self.board().in_flight(0).into()
    }
}

fn at_rest_the_count_is_zero<P: Platform, B: Busy<P>>() {
    let busy = Arc::new(B::new());
    let threads = [1, 2].map(|worker| {
        let busy = Arc::clone(&busy);
        P::spawn(move || busy.serve(worker))
    });
    threads.into_iter().for_each(P::join);
    assert_eq!(busy.count(), 0, "everybody has left");
}
