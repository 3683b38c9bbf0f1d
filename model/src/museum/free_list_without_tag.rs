//! A free list whose head is a bare index: between a reader's look at `next` and its swap of the head the list
//! may have gone A, B, C to A, C.
//!
//! The head is the same again, so the swap succeeds, and puts B on the list while somebody holds it (ABA). A tag that
//! counts with the head, or no list at all, is the cure.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use policy::shared::Atomic;

use super::common::pool::{Ours, Pool};
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_slot_is_never_held_twice<Treiber>),
        ours: Some(over_ours!(a_slot_is_never_held_twice<Ours>)),
        found_in: "squid-cache/squid#587 (Ipc::Mem::PageStack::pop), odin-lang/Odin#6822 (Pool), \
                   pmodels/argobots#178 (mempool)",
        harm: "two users of one page: assertions in the cache's index, corrupted objects, once in 70 million \
               cycles",
        guarded_by: Guard::Property("slots::a_value_is_never_held_twice"),
        found_by: FoundBy::SCHEDULES,
    }
}

/// 0 ends the list; otherwise a slot plus one.
struct Treiber<P: Platform> {
    head: P::U64,
    next: Vec<P::U64>,
}

impl<P: Platform> Pool<P> for Treiber<P> {
    fn new(taken: u32, free: u32) -> Self {
        let slots = u64::from(taken + free);
        let after = |slot: u64| if slot + 1 < slots { slot + 2 } else { 0 };
        Treiber {
            head: P::U64::new(if free > 0 { u64::from(taken) + 1 } else { 0 }),
            next: (0..slots).map(after).map(P::U64::new).collect(),
        }
    }

    fn take(&self, _: u8) -> Option<u32> {
        let mut head = self.head.load(Acquire);
        loop {
            let slot = head.checked_sub(1)?;
            let next = self.next[slot as usize].load(Relaxed);
            match self.head.compare_exchange_weak(head, next, AcqRel, Acquire) {
                Ok(_) => return Some(slot as u32),
                Err(now) => head = now,
            }
        }
    }

    fn give(&self, _: u8, slot: u32) {
        let mut head = self.head.load(Acquire);
        loop {
            self.next[slot as usize].store(head, Relaxed);
            match self
                .head
                .compare_exchange_weak(head, u64::from(slot) + 1, AcqRel, Acquire)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }
}

/// One takes a slot while another takes two and gives the first back; then there is one left, and it is nobody's.
fn a_slot_is_never_held_twice<P: Platform, L: Pool<P>>() {
    let pool = Arc::new(L::new(0, 3));
    let busy = {
        let pool = Arc::clone(&pool);
        P::spawn(move || {
            let first = pool.take(1).expect("three are free");
            let second = pool.take(1).expect("two are free");
            pool.give(1, first);
            second
        })
    };
    let mine = pool.take(2).expect("one is free");
    let others = P::join(busy);
    let last = pool.take(3).expect("one is free");
    assert!(
        mine != others && mine != last && others != last,
        "held twice: {mine}, {others}, {last}"
    );
}
