//! [`policy::shared::Slots`] and [`policy::shared::SlotPool`].

use std::collections::BTreeSet;
use std::sync::Arc;

use policy::shared::{Atomic, SlotPool, Slots, Worker};
use stateright::semantics::SequentialSpec;

use super::{Property, owner, property};
use crate::linear::{History, Recorder, assert_linearizable};
use crate::platform::Platform;
use crate::watch::{mortal, reached, steps_of};

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_value_is_never_held_twice).reaching(&["both held", "full"]),
    property!(a_released_slot_publishes_its_writes).reaching(&["handed over"]),
    property!(a_cleared_slot_publishes_its_writes).reaching(&["handed over"]),
    property!(neighbours_in_a_word_do_not_undo_each_other),
    property!(clearing_one_leaves_its_neighbours_alone),
    property!(none_means_full).reaching(&["moved"]),
    property!(none_means_full_while_the_dead_are_cleared).reaching(&["moved"]),
    property!(none_means_full_while_two_move)
        .reaching(&["moved"])
        .bounds(2, Some(3)),
    property!(histories_linearize).reaching(&["full"]),
    property!(at_rest_hints_are_exact)
        .only_loom()
        .reaching(&["full", "free"]),
    property!(at_rest_what_was_given_back_is_hinted).only_loom(),
    property!(a_holder_that_never_gives_back_stops_nobody),
    property!(the_dead_leave_nothing_behind)
        .dying()
        .reaching(&["died", "survived"]),
    property!(a_forgotten_value_stays_taken_until_cleared),
    property!(a_number_is_entered_once),
];

/// The steps of an acquire that takes the last slot of a word while nobody else is about: hint, word, swap, and,
/// to settle the hint, word, hint, word.
const ACQUIRE: u64 = 6;
/// Somebody who holds whatever a model has no use for, and never gives it back.
const OTHER: u8 = 9;

/// Words of slots of which each has one that takes part; `OTHER` has the others.
struct Owned<P: Platform> {
    memory: Vec<P::U64>,
    slots: usize,
}

impl<P: Platform> Owned<P> {
    /// `holders[w]` has the first slot of word w (0: it is free). The hints are exact.
    fn new(holders: &[u8]) -> Arc<Self> {
        Self::with_hints(holders, hints_of(holders))
    }

    fn with_hints(holders: &[u8], hints: u64) -> Arc<Self> {
        let word = |&holder| u64::from_le_bytes([OTHER; 8]) & !0xff | u64::from(holder);
        let values = holders.iter().map(word).chain([hints, 0]);
        Arc::new(Owned {
            memory: values.map(P::U64::new).collect(),
            slots: holders.len() * 8,
        })
    }

    fn view(&self) -> Slots<'_, P> {
        Slots::over(&self.memory, self.slots)
    }

    fn acquire(&self, number: u8) -> Option<u32> {
        self.view().acquire(owner(number))
    }

    #[track_caller]
    fn release(&self, number: u8, slot: u32) {
        assert!(
            self.view().release(owner(number), slot),
            "it was {number}'s"
        );
    }
}

fn hints_of(holders: &[u8]) -> u64 {
    let free = holders
        .iter()
        .enumerate()
        .filter(|&(_, &holder)| holder == 0);
    free.fold(0, |hints, (word, _)| hints | 1 << word)
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
    let worker = pool.enter(owner(1)).expect("free");
    let writer = P::spawn(move || {
        if let Some(mut value) = Worker::acquire(&worker) {
            value.with(|pair| pair[0] = 1);
            value.with(|pair| pair[1] = 1);
        }
        worker
    });
    read_pair(&pool);
    P::join(writer);
}

/// So are those of a holder that forgot it, once it is cleared.
fn a_cleared_slot_publishes_its_writes<P: Platform>() {
    let pool = Arc::new(SlotPool::<[u32; 2], P>::new([[0; 2]]));
    let mut worker = pool.enter(owner(1)).expect("free");
    let writer = P::spawn(move || {
        let forgotten = Worker::acquire(&worker).map(|mut value| {
            value.with(|pair| pair[0] = 1);
            std::mem::forget(value);
        });
        assert_eq!(worker.clear(), forgotten.map_or(0, |()| 1));
    });
    read_pair(&pool);
    P::join(writer);
}

/// Takes a value and reads it as another worker.
fn read_pair<P: Platform>(pool: &Arc<SlotPool<[u32; 2], P>>) {
    let worker = pool.enter(owner(2)).expect("free");
    if let Some(mut value) = Worker::acquire(&worker) {
        if value.with(|pair| pair[0]) == 1 {
            reached("handed over");
        }
    }
}

/// Two releases and an acquire in one word: none is lost.
fn neighbours_in_a_word_do_not_undo_each_other<P: Platform>() {
    let owned = Owned::<P>::new(&[0]);
    let threads = [1, 2].map(|slot| {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.release(OTHER, slot))
    });
    let taken = owned.acquire(1);
    threads.into_iter().for_each(P::join);
    assert!(taken.is_some());
    assert_eq!(
        owned.view().in_use(),
        6,
        "8, less 2 given back, one of 3 free taken"
    );
}

/// A worker's row is cleared while another takes and gives back in the same word.
fn clearing_one_leaves_its_neighbours_alone<P: Platform>() {
    let owned = Owned::<P>::new(&[1]);
    let other = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            owned.release(OTHER, 1);
            owned.acquire(2)
        })
    };
    assert_eq!(owned.view().clear(owner(1)), 1);
    assert!(P::join(other).is_some());
    assert_eq!(owned.view().in_use(), 7);
    assert_eq!(owned.view().held_by(owner(2)), 1);
}

/// The free slot moves from a word that a scan has not come to, to one that it has passed: what was free all the
/// time must be found.
fn none_means_full<P: Platform>() {
    let owned = Owned::<P>::new(&[OTHER, OTHER, 0]);
    let mover = move_slot(&owned, 0, 2);
    assert!(
        owned.acquire(3).is_some(),
        "at every moment a slot was free"
    );
    if P::join(mover) == Some(16) {
        reached("moved");
    }
    assert_eq!(owned.view().in_use(), 24);
}

/// Two of them, whose counts of what was reopened must not swallow each other.
fn none_means_full_while_two_move<P: Platform>() {
    let owned = Owned::<P>::new(&[OTHER, OTHER, 0]);
    let first = move_slot(&owned, 0, 2);
    let second = move_slot(&owned, 8, 1);
    assert!(
        owned.acquire(3).is_some(),
        "at every moment a slot was free"
    );
    if [first, second].map(P::join) == [Some(16), Some(8)] {
        reached("moved");
    }
}

/// Gives back `slot` of `OTHER`, then takes one, the word of that number first.
fn move_slot<P: Platform>(owned: &Arc<Owned<P>>, slot: u32, home: u8) -> P::Thread<Option<u32>> {
    let owned = Arc::clone(owned);
    P::spawn(move || {
        owned.release(OTHER, slot);
        owned.acquire(home)
    })
}

/// The same when the slot is a dead worker's and the hint of the free one is lost, as a death may leave it: what
/// looks is sent to scan at once.
fn none_means_full_while_the_dead_are_cleared<P: Platform>() {
    let owned = Owned::<P>::with_hints(&[3, OTHER, 0], 0);
    let mover = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            assert_eq!(owned.view().clear(owner(3)), 1);
            owned.acquire(2)
        })
    };
    assert!(
        owned.acquire(1).is_some(),
        "at every moment a slot was free"
    );
    if P::join(mover) == Some(16) {
        reached("moved");
    }
}

/// Whatever two threads take and give back: it could have happened one at a time.
fn histories_linearize<P: Platform>() {
    let owned = Owned::<P>::new(&[OTHER, 0]);
    let recorder = Recorder::<P>::new();
    let other = {
        let (owned, recorder) = (Arc::clone(&owned), recorder.clone());
        P::spawn(move || take_and_give_back(&owned, 1, &recorder))
    };
    let mut mine = take_and_give_back(&owned, 2, &recorder);
    recorder.record::<Pool>(&mut mine, Call::Acquire, || {
        let slot = owned.acquire(2);
        if slot.is_none() {
            reached("full");
        }
        Return::Acquired(slot)
    });
    let histories = vec![P::join(other), mine];
    assert_linearizable(Pool { free: [8].into() }, histories);
}

fn take_and_give_back<P: Platform>(
    owned: &Owned<P>,
    number: u8,
    recorder: &Recorder<P>,
) -> History<Pool> {
    let mut history = History::<Pool>::new();
    let mut held = None;
    recorder.record::<Pool>(&mut history, Call::Acquire, || {
        held = owned.acquire(number);
        Return::Acquired(held)
    });
    if let Some(slot) = held {
        recorder.record::<Pool>(&mut history, Call::Release(slot), || {
            owned.release(number, slot);
            Return::Released
        });
    }
    history
}

/// A pool, one operation at a time.
#[derive(Clone, Debug)]
struct Pool {
    free: BTreeSet<u32>,
}

#[derive(Clone, Debug, PartialEq)]
enum Call {
    Acquire,
    Release(u32),
}

#[derive(Clone, Debug, PartialEq)]
enum Return {
    Acquired(Option<u32>),
    Released,
}

impl SequentialSpec for Pool {
    type Op = Call;
    type Ret = Return;

    fn invoke(&mut self, operation: &Call) -> Return {
        match operation {
            // Any slot would do; `is_valid_step` accepts the one that was taken.
            Call::Acquire => Return::Acquired(self.free.pop_first()),
            Call::Release(slot) => {
                self.free.insert(*slot);
                Return::Released
            }
        }
    }

    fn is_valid_step(&mut self, operation: &Call, result: &Return) -> bool {
        match (operation, result) {
            (Call::Acquire, Return::Acquired(Some(slot))) => self.free.remove(slot),
            (Call::Acquire, Return::Acquired(None)) => self.free.is_empty(),
            (Call::Release(slot), Return::Released) => self.free.insert(*slot),
            _ => false,
        }
    }
}

/// However threads came and went: once they rest, a hint is set where a slot is free and nowhere else, so the first
/// word that is tried has one.
fn at_rest_hints_are_exact<P: Platform>() {
    let owned = Owned::<P>::new(&[OTHER, 0]);
    let passing = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            if let Some(slot) = owned.acquire(1) {
                owned.release(1, slot);
            }
        })
    };
    let kept = owned.acquire(2);
    P::join(passing);
    let (slot, steps) = steps_of::<P, _>(|| owned.acquire(2));
    let most = if kept.is_none() {
        reached("free");
        assert_eq!(slot, Some(8));
        ACQUIRE
    } else {
        reached("full");
        assert_eq!(slot, None);
        // The hint, which names nothing; then the count, both words, the count.
        5
    };
    assert!(steps.is_none_or(|steps| steps <= most), "{steps:?} steps");
    let (slot, steps) = steps_of::<P, _>(|| {
        owned.release(OTHER, 3);
        owned.acquire(2)
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

/// One thread takes the last slot of a word while another gives one of the same word back.
fn at_rest_what_was_given_back_is_hinted<P: Platform>() {
    let owned = Owned::<P>::new(&[OTHER, 0]);
    let taker = {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.acquire(1))
    };
    owned.release(OTHER, 9);
    let taken = P::join(taker);
    let (slot, steps) = steps_of::<P, _>(|| owned.acquire(2));
    assert!(taken.is_some() && slot.is_some() && slot != taken);
    assert!(
        steps.is_none_or(|steps| steps <= ACQUIRE),
        "{steps:?} steps"
    );
}

/// A thread that took a slot and is never scheduled again stops no other.
fn a_holder_that_never_gives_back_stops_nobody<P: Platform>() {
    let owned = Owned::<P>::new(&[0, OTHER, 0]);
    let threads = [1, 2].map(|number| {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.acquire(number))
    });
    let slots = threads.map(P::join);
    assert!(slots.iter().all(Option::is_some), "{slots:?}");
    assert_ne!(slots[0], slots[1]);
    assert_eq!(owned.acquire(3), None);
}

/// Killed before any step of acquire and release, a worker leaves nothing that clearing its row does not free,
/// and takes nothing that is another's.
fn the_dead_leave_nothing_behind<P: Platform>() {
    let owned = Owned::<P>::new(&[0, 0]);
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                let slot = owned.acquire(1).expect("two are free");
                owned.release(1, slot);
                owned.acquire(1).expect("two are free");
            };
            mortal::<P, _>(life).is_none()
        })
    };
    let survivor = {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.acquire(2).expect("two are free"))
    };
    let kept = P::join(survivor);
    reached(if P::join(victim) { "died" } else { "survived" });

    owned.view().clear(owner(1));
    assert_eq!(owned.view().held_by(owner(1)), 0);
    assert_eq!(owned.view().in_use(), 15, "all but the dead one's");
    let (last, steps) = steps_of::<P, _>(|| owned.acquire(3));
    assert!(last.is_some_and(|slot| slot != kept), "{last:?}");
    assert!(
        steps.is_none_or(|steps| steps <= ACQUIRE),
        "{steps:?} steps: the hint was lost"
    );
    owned.release(2, kept);
}

/// `mem::forget` leaks a value until its worker is cleared, and no longer.
fn a_forgotten_value_stays_taken_until_cleared<P: Platform>() {
    let pool = Arc::new(SlotPool::<(), P>::new([()]));
    let mut worker = pool.enter(owner(1)).expect("free");
    std::mem::forget(Worker::acquire(&worker).expect("free"));
    let others = [2, 3].map(|number| {
        let other = pool.enter(owner(number)).expect("free");
        P::spawn(move || assert!(Worker::acquire(&other).is_none(), "given twice"))
    });
    others.into_iter().for_each(P::join);
    assert_eq!(pool.in_use(), 1);
    assert_eq!(worker.clear(), 1);
    assert!(Worker::acquire(&worker).is_some());
}

/// Of two who enter under one number one does, and when it leaves the number is free again.
fn a_number_is_entered_once<P: Platform>() {
    let pool = Arc::new(SlotPool::<(), P>::new([()]));
    let neighbour = pool.enter(owner(2)).expect("free");
    let threads = [(); 2].map(|()| {
        let pool = Arc::clone(&pool);
        P::spawn(move || pool.enter(owner(1)))
    });
    let leaving = P::spawn(move || drop(neighbour));
    let entered = threads.map(P::join);
    P::join(leaving);
    assert_eq!(entered.iter().flatten().count(), 1);
    drop(entered);
    assert!(pool.enter(owner(1)).is_some(), "one has left");
    assert!(pool.enter(owner(2)).is_some(), "the other too");
}
