//! A breaker that takes every result for one of its present state.
//!
//! A request let through while it was closed, and answered when it is half-open, closes it: the answer tells of a
//! backend as it was long ago.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

use policy::shared::Atomic;

use super::common::breaker::{Breaker, CLOSED, HALF_OPEN, OPEN_FOR, Ours};
use super::common::compare_exchange;
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(an_old_answer_says_nothing_of_now<NoGeneration>),
        ours: Some(over_ours!(an_old_answer_says_nothing_of_now<Ours>)),
        found_in: "App-vNext/Polly#217 (\"overhanging\" calls; #216, mended in part by #223), denoland/std#7306, \
                   Netflix/Hystrix#1350",
        harm: "the breaker closes over a backend that is down, and a stampede of requests follows",
        guarded_by: Guard::Property("breaker::a_late_result_changes_nothing"),
        found_by: FoundBy::SCHEDULES,
    }
}

/// Half-open it does wait for one probe.
struct NoGeneration<P: Platform>(P::U64);

impl<P: Platform> Breaker<P> for NoGeneration<P> {
    type Permit<'a> = ();

    fn new() -> Self {
        NoGeneration(P::U64::new(CLOSED))
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

    /// An open breaker stays open.
    fn success(&self, (): (), _: u64) {
        let _ = compare_exchange(&self.0, HALF_OPEN, CLOSED);
    }

    fn failure(&self, (): (), now: u64) {
        self.0.store(now + OPEN_FOR, Release);
    }

    fn cancel(&self, (): ()) {}
}

/// A request that may be slow, and one whose failure opens the breaker; then a probe.
fn an_old_answer_says_nothing_of_now<P: Platform, B: Breaker<P>>() {
    let breaker = Arc::new(B::new());
    let slow = {
        let breaker = Arc::clone(&breaker);
        P::spawn(move || {
            if let Some(slow) = breaker.admit(0) {
                breaker.success(slow, OPEN_FOR + 1);
            }
        })
    };
    let failing = breaker.admit(0).expect("it is closed");
    breaker.failure(failing, 0);
    let probe = breaker.admit(OPEN_FOR + 1);
    P::join(slow);
    assert!(probe.is_some(), "it is time for a probe");
    let next = breaker.admit(OPEN_FOR + 1);
    assert!(next.is_none(), "the probe is still under way");
}
