//! A pool whose acquire looks with `Acquire` and swaps with `Release`.
//!
//! The look synchronises with whoever had published the pointer by then. If another took the same runtime, used it
//! and gave it back before the swap, the swap succeeds on that second publication, and nothing makes its writes
//! visible.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use policy::shared::{Atomic, SharedCell, SlotPool, Worker};

use super::common::pool::owner;
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_user_sees_what_the_last_one_wrote<ReleaseOnly>),
        ours: Some(over_ours!(a_user_sees_what_the_last_one_wrote<Ours>)),
        found_in: "srdjan/zigttp zts/pool.zig, tryAcquireSlot: cmpxchgWeak(current, null, .release, .monotonic)",
        harm: "none on x86, where a swap orders everything; on ARM a request may run on a JavaScript heap of \
               which it sees a part",
        guarded_by: Guard::Property("slots::a_released_slot_publishes_its_writes"),
        found_by: FoundBy::ORDERINGS,
    }
}

/// A pool of one runtime.
trait Runtimes<P: Platform>: Send + Sync + 'static {
    fn new() -> Self;
    /// Takes the runtime, if it is there, writes to it, and gives it back.
    fn serve(&self, worker: u8);
}

struct ReleaseOnly<P: Platform> {
    /// 1 while the runtime is there.
    slot: P::U64,
    runtime: P::Cell<u32>,
}

impl<P: Platform> Runtimes<P> for ReleaseOnly<P> {
    fn new() -> Self {
        ReleaseOnly {
            slot: P::U64::new(1),
            runtime: P::Cell::new(0),
        }
    }

    fn serve(&self, _: u8) {
        if self.slot.load(Acquire) == 0 {
            return;
        }
        if self
            .slot
            .compare_exchange_weak(1, 0, Release, Relaxed)
            .is_err()
        {
            return;
        }
        // A use that the checker sees; there is no need to follow the pointer.
        self.runtime.with_mut(|_| ());
        self.slot.store(1, Release);
    }
}

/// A [`SlotPool`] of one runtime.
struct Ours<P: Platform>(Arc<SlotPool<u32, P>>);

impl<P: Platform> Runtimes<P> for Ours<P> {
    fn new() -> Self {
        Ours(Arc::new(SlotPool::new([0])))
    }

    fn serve(&self, worker: u8) {
        let worker = self.0.enter(owner(worker)).expect("its number is its own");
        if let Some(mut runtime) = Worker::acquire(&worker) {
            runtime.with(|uses| *uses += 1);
        }
    }
}

fn a_user_sees_what_the_last_one_wrote<P: Platform, L: Runtimes<P>>() {
    let runtimes = Arc::new(L::new());
    let other = {
        let runtimes = Arc::clone(&runtimes);
        P::spawn(move || runtimes.serve(1))
    };
    runtimes.serve(2);
    P::join(other);
}
