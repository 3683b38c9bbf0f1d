//! [`policy::shared::Slots`] and [`policy::shared::SlotPool`].

use std::sync::Arc;

use policy::shared::{Atomic, SlotPool, Slots, Worker};

use super::{Property, owner, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached, steps_of};

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_value_is_never_held_twice).reaching(&["both held", "full"]),
    property!(a_released_slot_publishes_its_writes).reaching(&["handed over"]),
    property!(none_means_full).reaching(&["full"]),
    property!(at_rest_an_acquire_probes_one_word).only_loom(),
    property!(a_holder_that_never_gives_back_stops_nobody),
    property!(the_dead_leave_nothing_behind)
        .dying()
        .reaching(&["died", "survived"]),
    property!(a_forgotten_value_stays_taken_until_cleared),
];

/// The steps of an acquire that takes the last slot of a word while nobody else is about: hint, word, swap, and,
/// to settle the hint, word, hint, word. One more if the swap fails without a reason.
const ACQUIRE: u64 = 7;

/// Slots with the memory they live in.
struct Owned<P: Platform> {
    memory: Vec<P::U64>,
    slots: usize,
}

impl<P: Platform> Owned<P> {
    fn new(slots: usize) -> Arc<Self> {
        let memory = Slots::<P>::initial(slots).map(P::U64::new).collect();
        Arc::new(Owned { memory, slots })
    }

    /// With all but the last `free` slots taken by somebody else.
    fn nearly_full(slots: usize, free: usize) -> Arc<Self> {
        let owned = Self::new(slots);
        for _ in free..slots {
            owned.view().acquire(owner(9)).expect("some are free");
        }
        owned
    }

    fn view(&self) -> Slots<'_, P> {
        Slots::over(&self.memory, self.slots)
    }
}

/// Two workers and one value: loom's cell notices overlapping uses, the count notices lost ones.
fn a_value_is_never_held_twice<P: Platform>() {
    let pool = Arc::new(SlotPool::<u32, P>::new([0]));
    let threads = [1, 2].map(|number| {
        let worker = pool.enter(owner(number)).expect("its number is its own");
        P::spawn(move || {
            let used = Worker::acquire(&worker).map(|mut value| value.with(|uses| *uses += 1));
            // Leaving is another property's business.
            (used.is_some(), worker)
        })
    });
    let held = threads.map(P::join).map(|(held, _worker)| held);
    reached(if held == [true; 2] {
        "both held"
    } else {
        "full"
    });
    let worker = pool.enter(owner(3)).expect("nobody else has it");
    let mut value = Worker::acquire(&worker).expect("all gave back");
    let uses = held.into_iter().filter(|&held| held).count() as u32;
    value.with(|counted| assert_eq!(*counted, uses, "a use was lost"));
}

/// Plain writes to the value are seen by its next holder.
fn a_released_slot_publishes_its_writes<P: Platform>() {
    let pool = Arc::new(SlotPool::<[u32; 2], P>::new([[0; 2]]));
    let writer = {
        let pool = Arc::clone(&pool);
        P::spawn(move || {
            let worker = pool.enter(owner(1)).expect("free");
            if let Some(mut value) = Worker::acquire(&worker) {
                value.with(|pair| pair[0] = 1);
                value.with(|pair| pair[1] = 1);
            }
        })
    };
    let worker = pool.enter(owner(2)).expect("free");
    if let Some(mut value) = Worker::acquire(&worker) {
        let [first, second] = value.with(|pair| *pair);
        assert_eq!(first, second, "half a write was handed over");
        if first == 1 {
            reached("handed over");
        }
    }
    P::join(writer);
}

/// Two words of slots, one of them free; a slot moves from behind a scan to before it. Nobody may hear `None`
/// while at every moment a slot was free.
fn none_means_full<P: Platform>() {
    // 16 slots, the first 8 and the last 7 taken by 9: slot 15 is free.
    let owned = Owned::<P>::nearly_full(16, 1);
    let mover = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            // Never more than 15 are taken by 9 and this one together ...
            assert!(owned.view().release(owner(9), 0));
            assert!(owned.view().acquire(owner(1)).is_some());
        })
    };
    // ... so there is always one for this.
    let found = owned.view().acquire(owner(2));
    assert!(found.is_some(), "a slot was free at every moment");
    P::join(mover);
    if owned.view().acquire(owner(1)).is_none() {
        reached("full");
        assert_eq!(owned.view().in_use(), 16);
    }
}

/// However threads came and went: once they rest, a hint is a load, and the word it names has a free slot.
fn at_rest_an_acquire_probes_one_word<P: Platform>() {
    let owned = Owned::<P>::nearly_full(16, 1);
    let threads = [1, 2].map(|number| {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            if let Some(slot) = owned.view().acquire(owner(number)) {
                assert!(owned.view().release(owner(number), slot));
            }
        })
    });
    threads.into_iter().for_each(P::join);
    let (slot, steps) = steps_of::<P, _>(|| owned.view().acquire(owner(3)));
    assert_eq!(slot, Some(15));
    assert!(
        steps.is_none_or(|steps| steps <= ACQUIRE),
        "{steps:?} steps"
    );
    let (slot, steps) = steps_of::<P, _>(|| {
        owned.view().release(owner(9), 3);
        owned.view().acquire(owner(3))
    });
    assert_eq!(
        slot,
        Some(3),
        "after a release there is one, and the hint says where"
    );
    // Release: a load, the subtraction, settling as above, the count.
    assert!(
        steps.is_none_or(|steps| steps <= 6 + ACQUIRE),
        "{steps:?} steps"
    );
}

/// A thread that took a slot and is never scheduled again stops no other.
fn a_holder_that_never_gives_back_stops_nobody<P: Platform>() {
    let owned = Owned::<P>::nearly_full(3, 2);
    let threads = [1, 2].map(|number| {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.view().acquire(owner(number)))
    });
    let slots = threads.map(P::join);
    assert!(slots.iter().all(Option::is_some), "{slots:?}");
    assert_ne!(slots[0], slots[1]);
    assert_eq!(owned.view().acquire(owner(3)), None);
}

/// Killed before any step of acquire and release, a worker leaves nothing that clearing its row does not free,
/// and takes nothing that is another's.
fn the_dead_leave_nothing_behind<P: Platform>() {
    let owned = Owned::<P>::nearly_full(9, 2);
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                let slot = owned.view().acquire(owner(1)).expect("two are free");
                assert!(owned.view().release(owner(1), slot));
                owned.view().acquire(owner(1)).expect("two are free");
            };
            mortal::<P, _>(life).is_none()
        })
    };
    let survivor = {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.view().acquire(owner(2)).expect("two are free"))
    };
    let kept = P::join(survivor);
    reached(if P::join(victim) { "died" } else { "survived" });

    owned.view().clear(owner(1));
    assert_eq!(owned.view().held_by(owner(1)), 0);
    assert_eq!(
        owned.view().in_use(),
        8,
        "7 taken before, and the survivor's"
    );
    let (last, steps) = steps_of::<P, _>(|| owned.view().acquire(owner(3)));
    assert!(last.is_some_and(|slot| slot != kept), "{last:?}");
    assert!(
        steps.is_none_or(|steps| steps <= ACQUIRE),
        "{steps:?} steps: the hint was lost"
    );
    assert!(owned.view().release(owner(2), kept));
}

/// `mem::forget` leaks a value until its worker is cleared, and no longer.
fn a_forgotten_value_stays_taken_until_cleared<P: Platform>() {
    let pool = Arc::new(SlotPool::<(), P>::new([()]));
    let mut worker = pool.enter(owner(1)).expect("free");
    std::mem::forget(Worker::acquire(&worker).expect("free"));
    let other = {
        let pool = Arc::clone(&pool);
        P::spawn(move || {
            let other = pool.enter(owner(2)).expect("free");
            assert!(pool.enter(owner(2)).is_none(), "a number is entered once");
            assert!(Worker::acquire(&other).is_none(), "given twice");
        })
    };
    P::join(other);
    assert_eq!(pool.in_use(), 1);
    assert_eq!(worker.clear(), 1);
    assert!(Worker::acquire(&worker).is_some());
    drop(worker);
    assert!(pool.enter(owner(1)).is_some());
}
