//! A cursor that all share is put back to 0 if it is past the end, and then read again and moved on.
//!
//! Another moves it between the check and the second look.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use policy::shared::{self, Atomic};

use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_turn_is_somebody_s<ReadTwice>),
        ours: Some(over_ours!(a_turn_is_somebody_s<Ours>)),
        found_in: "k3s-io/k3s#10317, mended in #10318 (loadbalancer.nextServer, and rancher/rke2#6130)",
        harm: "index out of range: the agent panics when many connections fail over at once",
        guarded_by: Guard::Property("cursor::turns_are_dealt_evenly_across_the_limit"),
        found_by: FoundBy::SCHEDULES,
    }
}

/// How many backends there are.
const BACKENDS: u64 = 2;

trait Cursor<P: Platform>: Send + Sync + 'static {
    /// The first turn is backend 0's.
    fn new() -> Self;
    fn next(&self) -> u64;
}

struct ReadTwice<P: Platform>(P::U64);

impl<P: Platform> Cursor<P> for ReadTwice<P> {
    fn new() -> Self {
        ReadTwice(P::U64::new(0))
    }

    fn next(&self) -> u64 {
        if self.0.load(Acquire) >= BACKENDS {
            self.0.store(0, Release);
        }
        self.0.fetch_add(1, AcqRel)
    }
}

/// A [`policy::shared::Cursor`], with the word it lives in.
struct Ours<P: Platform>(P::U64);

impl<P: Platform> Cursor<P> for Ours<P> {
    fn new() -> Self {
        Ours(P::U64::new(0))
    }

    fn next(&self) -> u64 {
        let backends = NonZeroU32::new(BACKENDS as u32).expect("there are some");
        shared::Cursor::<P>::over(&self.0, backends).next().into()
    }
}

fn a_turn_is_somebody_s<P: Platform, C: Cursor<P>>() {
    let cursor = Arc::new(C::new());
    assert_eq!(cursor.next(), 0);
    let threads = [1, 2].map(|_| {
        let cursor = Arc::clone(&cursor);
        P::spawn(move || cursor.next())
    });
    for turn in threads.map(P::join) {
        assert!(turn < BACKENDS, "there is no backend {turn}");
    }
}
