//! A scan that finds nothing says that there is nothing.
//!
//! A slot behind the scan is given back and one before it taken: at every moment one was free, and yet none was seen.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

use policy::shared::Atomic;

use super::common::compare_exchange;
use super::common::pool::{HOLDER, Ours, Pool};
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(none_means_full<OneScan>),
        ours: Some(over_ours!(none_means_full<Ours>)),
        found_in: "firedancer-io/firedancer#11466 (fd_pool_para acquire_batch; found in review: each region is \
                   looked at once)",
        harm: "a request refused (there the process would have ended) over a pool that was never empty",
        guarded_by: Guard::Property("slots::none_means_full"),
        found_by: FoundBy::SCHEDULES,
    }
}

/// A word for each slot, 1 while it is taken.
struct OneScan<P: Platform>(Vec<P::U64>);

impl<P: Platform> Pool<P> for OneScan<P> {
    fn new(taken: u32, free: u32) -> Self {
        let slots = (0..taken + free).map(|slot| u64::from(slot < taken));
        OneScan(slots.map(P::U64::new).collect())
    }

    /// Looks from the worker's own place on, once around.
    fn take(&self, worker: u8) -> Option<u32> {
        let slots = self.0.len();
        let mut around = (0..slots).map(|offset| (usize::from(worker) + offset) % slots);
        let free = around.find(|&slot| {
            let word = &self.0[slot];
            word.load(Acquire) == 0 && compare_exchange(word, 0, 1).is_ok()
        });
        free.map(|slot| slot as u32)
    }

    fn give(&self, _: u8, slot: u32) {
        self.0[slot as usize].store(0, Release);
    }
}

/// Of nine slots the last is free; the first is given back, and only then one of the two taken.
fn none_means_full<P: Platform, L: Pool<P>>() {
    let pool = Arc::new(L::new(8, 1));
    let mover = {
        let pool = Arc::clone(&pool);
        P::spawn(move || {
            pool.give(HOLDER, 0);
            // Beginning at slot 1, it comes by the last before it comes by the first.
            pool.take(1)
        })
    };
    // Beginning at slot 0.
    let found = pool.take(18);
    assert!(found.is_some(), "a slot was free at every moment");
    P::join(mover);
}
