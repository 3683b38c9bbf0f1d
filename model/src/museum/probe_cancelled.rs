//! A breaker that waits for the one probe it let through, and never hears that its caller gave up.
//!
//! Nobody else is let through before the probe's result, which will never come.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

use policy::shared::Atomic;

use super::common::breaker::{Breaker, CLOSED, HALF_OPEN, OPEN_FOR, Ours};
use super::common::compare_exchange;
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_cancelled_probe_makes_room_for_another<NeverTold>),
        ours: Some(over_ours!(a_cancelled_probe_makes_room_for_another<Ours>)),
        found_in: "monix/monix#1080, svroonland/rezilience#521, resilience4j/resilience4j#935",
        harm: "half-open for ever: every call is refused until the application is restarted",
        guarded_by: Guard::Property("breaker::a_cancelled_probe_gives_its_permit_back"),
        found_by: FoundBy::ANY_RUN,
    }
}

struct NeverTold<P: Platform>(P::U64);

impl<P: Platform> Breaker<P> for NeverTold<P> {
    type Permit<'a> = ();

    fn new() -> Self {
        NeverTold(P::U64::new(CLOSED))
    }

    fn admit(&self, now: u64) -> Option<()> {
        match self.0.load(Acquire) {
            CLOSED => Some(()),
            HALF_OPEN => None,
            until if now < until => None,
            until => {
                let probe = compare_exchange(&self.0, until, HALF_OPEN);
                probe.ok().map(|_| ())
            }
        }
    }

    fn success(&self, (): (), _: u64) {
        self.0.store(CLOSED, Release);
    }

    fn failure(&self, (): (), now: u64) {
        self.0.store(now + OPEN_FOR, Release);
    }

    /// Neither a success nor a failure.
    fn cancel(&self, (): ()) {}
}

/// Two ask at once, one of them gets the permit, and whoever has one gives up.
fn a_cancelled_probe_makes_room_for_another<P: Platform, B: Breaker<P>>() {
    let breaker = Arc::new(B::opened());
    let due = OPEN_FOR + 1;
    let callers = [(); 2].map(|()| {
        let breaker = Arc::clone(&breaker);
        P::spawn(move || {
            let probe = breaker.admit(due);
            probe.into_iter().for_each(|probe| breaker.cancel(probe));
        })
    });
    callers.into_iter().for_each(P::join);
    assert!(breaker.admit(due).is_some(), "nobody is probing");
}
