//! Giving back asks nobody whose the slot is: by a handler and, once more, by the clean-up of its cancelled request.
//!
//! If somebody took the slot in between, the second return takes it away from them.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use policy::shared::Atomic;

use super::common::pool::{Ours, Pool};
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_slot_given_back_twice_is_still_held_once<Bitmap>),
        ours: Some(over_ours!(a_slot_given_back_twice_is_still_held_once<Ours>)),
        found_in: "r2dbc/r2dbc-pool#92 (released by the cancellation and by close), sidorares/node-mysql2#1280 and \
                   #3559",
        harm: "one connection for two clients: rows of one in the other's transaction",
        guarded_by: Guard::Property("slots::a_value_is_never_held_twice"),
        found_by: FoundBy::SCHEDULES,
    }
}

/// A bit for each free slot.
struct Bitmap<P: Platform>(P::U64);

impl<P: Platform> Pool<P> for Bitmap<P> {
    fn new(taken: u32, free: u32) -> Self {
        Bitmap(P::U64::new(((1 << free) - 1) << taken))
    }

    fn take(&self, _: u8) -> Option<u32> {
        let mut free = self.0.load(Acquire);
        while free != 0 {
            match self
                .0
                .compare_exchange_weak(free, free & (free - 1), AcqRel, Acquire)
            {
                Ok(_) => return Some(free.trailing_zeros()),
                Err(now) => free = now,
            }
        }
        None
    }

    fn give(&self, _: u8, slot: u32) {
        self.0.fetch_or(1 << slot, Release);
    }
}

fn a_slot_given_back_twice_is_still_held_once<P: Platform, L: Pool<P>>() {
    let pool = Arc::new(L::new(0, 2));
    let twice = {
        let pool = Arc::clone(&pool);
        P::spawn(move || {
            let slot = pool.take(1).expect("one is free");
            pool.give(1, slot);
            pool.give(1, slot);
        })
    };
    let mine = pool.take(2).expect("one is free");
    P::join(twice);
    let other = pool.take(3).expect("the other one is free");
    assert_ne!(mine, other, "held twice");
}
