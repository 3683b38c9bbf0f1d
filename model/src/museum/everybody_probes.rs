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
        guarded_by: Guard::Test(
            "policy/src/breaker/tests.rs",
            "whatever_happens_permits_are_kept_and_a_healthy_backend_comes_back",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

struct NoPermit<P: Platform>(P::U64);

impl<P: Platform> Breaker<P> for NoPermit<P> {
    type Permit = ();

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

    fn success(&self, (): ()) {
        self.0.store(CLOSED, Release);
    }

    fn failure(&self, (): (), now: u64) {
        self.0.store(now + OPEN_FOR, Release);
    }

    fn cancel(&self, (): ()) {}
}

fn a_half_open_breaker_lets_one_pass<P: Platform, B: Breaker<P>>() {
    let breaker = Arc::new(B::opened());
    let threads = [1, 2].map(|_| {
        let breaker = Arc::clone(&breaker);
        P::spawn(move || breaker.admit(OPEN_FOR + 1))
    });
    // The permits are held until both have asked.
    let permits = threads.map(P::join);
    let probes = permits.iter().flatten().count();
    assert_eq!(probes, 1, "probes at once");
}
