//! A breaker whose half-open state lets everybody pass, until the first result is known.
//!
//! Against a backend that hangs, that is a whole time-out's worth of requests.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

use policy::shared::Atomic;

use super::common::breaker::{Breaker, CLOSED, HALF_OPEN, OPEN_FOR, Ours};
use super::common::compare_exchange;
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_half_open_breaker_lets_one_pass<NoPermit>),
        ours: Some(over_ours!(a_half_open_breaker_lets_one_pass<Ours>)),
        found_in: "resilience4j/resilience4j#343, nodeshift/opossum#119, safe-global/safe-client-gateway#3442",
        harm: "traffic to the recovering service 17 times the normal, and p95 of the gateway at 30 s \
               (safe-client-gateway)",
        guarded_by: Guard::Property("breaker::a_probe_is_over_before_the_next_begins"),
        found_by: FoundBy::ANY_RUN,
    }
}

struct NoPermit<P: Platform>(P::U64);

impl<P: Platform> Breaker<P> for NoPermit<P> {
    type Permit<'a> = ();

    fn new() -> Self {
        NoPermit(P::U64::new(CLOSED))
    }

    fn admit(&self, now: u64) -> Option<()> {
        match self.0.load(Acquire) {
            CLOSED | HALF_OPEN => Some(()),
            until if now < until => None,
            until => {
                // Whoever changes it, it is half-open now.
                let _ = compare_exchange(&self.0, until, HALF_OPEN);
                Some(())
            }
        }
    }

    fn success(&self, (): (), _: u64) {
        self.0.store(CLOSED, Release);
    }

    fn failure(&self, (): (), now: u64) {
        self.0.store(now + OPEN_FOR, Release);
    }

    fn cancel(&self, (): ()) {}
}

/// Who is let through keeps the permit for as long as the test lasts.
fn a_half_open_breaker_lets_one_pass<P: Platform, B: Breaker<P>>() {
    let breaker = Arc::new(B::opened());
    let threads = [(); 2].map(|()| {
        let breaker = Arc::clone(&breaker);
        P::spawn(move || breaker.admit(OPEN_FOR + 1).map(std::mem::forget).is_some())
    });
    let let_through = threads.map(P::join);
    assert_ne!(let_through, [false; 2], "it is time for a probe");
    assert_ne!(let_through, [true; 2], "two probes at once");
}
