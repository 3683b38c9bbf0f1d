//! Who fills a region marks it full; who opens a full region unmarks it. The marking comes after the filling, and
//! looks at nothing again.
//!
//! If the region is opened in between, it stays marked with a free slot in it, and as nobody enters a marked region
//! nobody will ever unmark it.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use policy::shared::Atomic;

use super::common::pool::{HOLDER, Ours, Pool};
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_slot_given_back_is_found<Region>),
        ours: Some(over_ours!(a_slot_given_back_is_found<Ours>)),
        found_in: "alpaka-group/mallocMC#62 (the bitmask of full segments in a page table entry)",
        harm: "memory that is free and never found again",
        guarded_by: Guard::Property("slots::what_was_given_back_is_found_in_two_steps"),
        found_by: FoundBy::SCHEDULES,
    }
}

struct Region<P: Platform> {
    slots: u32,
    /// A bit for each slot that is taken.
    taken: P::U64,
    /// 1: do not bother to look.
    full: P::U64,
}

impl<P: Platform> Region<P> {
    fn all(&self) -> u64 {
        (1 << self.slots) - 1
    }
}

impl<P: Platform> Pool<P> for Region<P> {
    fn new(taken: u32, free: u32) -> Self {
        Region {
            slots: taken + free,
            taken: P::U64::new((1 << taken) - 1),
            full: P::U64::new((free == 0).into()),
        }
    }

    fn take(&self, _: u8) -> Option<u32> {
        if self.full.load(Acquire) == 1 {
            return None;
        }
        let mut taken = self.taken.load(Acquire);
        while taken != self.all() {
            let slot = taken.trailing_ones();
            let filled = taken | 1 << slot;
            match self
                .taken
                .compare_exchange_weak(taken, filled, AcqRel, Acquire)
            {
                Ok(_) => {
                    if filled == self.all() {
                        self.full.store(1, Release);
                    }
                    return Some(slot);
                }
                Err(now) => taken = now,
            }
        }
        None
    }

    fn give(&self, _: u8, slot: u32) {
        if self.taken.fetch_and(!(1 << slot), AcqRel) == self.all() {
            self.full.store(0, Release);
        }
    }
}

/// One slot is given back while the last free one is taken: one is left, whichever came first.
fn a_slot_given_back_is_found<P: Platform, L: Pool<P>>() {
    let pool = Arc::new(L::new(1, 1));
    let giver = {
        let pool = Arc::clone(&pool);
        P::spawn(move || pool.give(HOLDER, 0))
    };
    let mine = pool.take(1);
    P::join(giver);
    let found = pool.take(2);
    assert!(found.is_some(), "besides {mine:?} one slot is free");
}
