//! [`policy::shared::Slots`] and [`policy::shared::SlotPool`].

use std::collections::BTreeSet;
use std::sync::Arc;

use policy::shared::{Atomic, Held, Near, SlotPool, Slots, Worker};
use stateright::semantics::SequentialSpec;

use super::{Property, owner, property};
use crate::linear::{History, Recorder, assert_linearizable};
use crate::platform::Platform;
use crate::watch::{mortal, reached, steps_of};

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_value_is_never_held_twice).reaching(&["both held", "full"]),
    property!(a_released_slot_publishes_its_writes).reaching(&["handed over"]),
    property!(a_remembered_slot_publishes_what_another_wrote).reaching(&["handed over"]),
    property!(a_cleared_slot_publishes_its_writes)
        .reaching(&["handed over"])
        .deep_bound(5),
    property!(none_means_full).reaching(&["moved"]),
    property!(none_means_full_while_the_dead_are_cleared).reaching(&["moved"]),
    property!(none_means_full_while_two_move)
        .reaching(&["moved"])
        .bounds(2, Some(4)),
    property!(histories_linearize)
        .reaching(&["full"])
        .deep_bound(4),
    property!(what_was_given_back_is_found_in_two_steps).reaching(&["taken by another", "found"]),
    property!(a_holder_that_never_gives_back_stops_nobody),
    property!(the_dead_leave_nothing_behind)
        .dying()
        .reaching(&["died", "survived"]),
    property!(a_forgotten_value_stays_taken_until_cleared),
    property!(a_number_is_entered_once),
    property!(a_successor_takes_nothing_from_others)
        .reaching(&["succeeded", "held"])
        .bounds(2, Some(3)),
];

/// Somebody who holds whatever a model has no use for; of 2, 3 or 4 slots this number takes the first ones.
const OTHER: u8 = 12;

/// Slots with the memory they live in.
struct Owned<P: Platform>(Vec<P::U64>);

impl<P: Platform> Owned<P> {
    /// The first `N` are `OTHER`'s, and one more is free.
    fn one_free<const N: usize>() -> (Arc<Self>, [Held; N]) {
        let owned = Arc::new(Owned((0..=N).map(|_| P::U64::new(0)).collect()));
        let near = Near::new(owner(OTHER));
        let held = [(); N].map(|()| owned.view().acquire(owner(OTHER), &near).expect("free"));
        (owned, held)
    }

    fn view(&self) -> Slots<'_, P> {
        Slots::over(&self.0)
    }

    /// As a worker that has given nothing back yet, and searches from a place of its own.
    fn acquire(&self, number: u8) -> Option<Held> {
        self.view()
            .acquire(owner(number), &Near::new(owner(number)))
    }

    fn release(&self, held: Held) {
        let near = Near::new(owner(OTHER));
        assert!(self.view().release(held, &near), "nobody cleared it");
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

/// So are those of somebody who had it between, to a worker that remembers having given it back.
fn a_remembered_slot_publishes_what_another_wrote<P: Platform>() {
    let pool = Arc::new(SlotPool::<[u32; 2], P>::new([[0; 2]]));
    let ours = pool.enter(owner(2)).expect("free");
    drop(Worker::acquire(&ours).expect("free"));
    let worker = pool.enter(owner(1)).expect("free");
    let writer = P::spawn(move || {
        if let Some(mut value) = Worker::acquire(&worker) {
            value.with(|pair| pair[0] = 1);
        }
    });
    if let Some(mut value) = Worker::acquire(&ours)
        && value.with(|pair| pair[0]) == 1
    {
        reached("handed over");
    }
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
    if let Some(mut value) = Worker::acquire(&worker)
        && value.with(|pair| pair[0]) == 1
    {
        reached("handed over");
    }
}

/// The free slot moves to one that a search has passed, from one that it has not come to: what was free all the time
/// must be found.
fn none_means_full<P: Platform>() {
    let (owned, [first]) = Owned::<P>::one_free();
    let mover = move_slot(&owned, first, 1);
    assert!(
        owned.acquire(2).is_some(),
        "at every moment a slot was free"
    );
    if P::join(mover) == Some(1) {
        reached("moved");
    }
    assert_eq!(owned.view().in_use(), 2);
}

/// Two of them.
fn none_means_full_while_two_move<P: Platform>() {
    let (owned, [first, second]) = Owned::<P>::one_free();
    let movers = [(first, 2), (second, 1)].map(|(held, number)| move_slot(&owned, held, number));
    assert!(
        owned.acquire(3).is_some(),
        "at every moment a slot was free"
    );
    if movers.map(P::join).contains(&Some(2)) {
        reached("moved");
    }
}

/// Gives back one slot, then takes one, searching from the place of that number.
fn move_slot<P: Platform>(owned: &Arc<Owned<P>>, held: Held, number: u8) -> P::Thread<Option<u32>> {
    let owned = Arc::clone(owned);
    P::spawn(move || {
        owned.release(held);
        owned.acquire(number).map(|held| held.slot())
    })
}

/// The same when the slot was a dead worker's.
fn none_means_full_while_the_dead_are_cleared<P: Platform>() {
    let (owned, [_dead]) = Owned::<P>::one_free();
    let mover = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            assert_eq!(owned.view().clear(owner(OTHER)), 1);
            owned.acquire(1).map(|held| held.slot())
        })
    };
    assert!(
        owned.acquire(2).is_some(),
        "at every moment a slot was free"
    );
    if P::join(mover) == Some(1) {
        reached("moved");
    }
}

/// Whatever two threads take and give back: it could have happened one at a time.
fn histories_linearize<P: Platform>() {
    let (owned, [_other]) = Owned::<P>::one_free();
    let recorder = Recorder::<P>::new();
    let other = {
        let (owned, recorder) = (Arc::clone(&owned), recorder.clone());
        P::spawn(move || take_and_give_back(&owned, 1, &recorder))
    };
    let mut mine = take_and_give_back(&owned, 2, &recorder);
    recorder.record::<Pool>(&mut mine, Call::Acquire, || {
        let slot = owned.acquire(2).map(|held| held.slot());
        if slot.is_none() {
            reached("full");
        }
        Return::Acquired(slot)
    });
    let histories = vec![P::join(other), mine];
    assert_linearizable(Pool { free: [1].into() }, histories);
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
        Return::Acquired(held.as_ref().map(Held::slot))
    });
    if let Some(held) = held {
        recorder.record::<Pool>(&mut history, Call::Release(held.slot()), || {
            owned.release(held);
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

/// However full it is: a worker finds what it gave back last by a load and a swap, and what it gave back before by one
/// load more. Unless another took it meanwhile.
fn what_was_given_back_is_found_in_two_steps<P: Platform>() {
    let (owned, [first, second, _kept]) = Owned::<P>::one_free();
    let slots = [&first, &second].map(Held::slot);
    let thief = {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.acquire(1).map(|held| held.slot()))
    };
    let near = Near::new(owner(OTHER));
    for held in [first, second] {
        assert!(owned.view().release(held, &near));
    }
    let acquire = || steps_of::<P, _>(|| owned.view().acquire(owner(OTHER), &near));
    let [latest, earlier] =
        [acquire(), acquire()].map(|(held, steps)| (held.map(|held| held.slot()), steps));
    let stolen = P::join(thief);
    assert!(
        stolen.is_some() && latest.0.is_some() && earlier.0.is_some(),
        "3 were free"
    );
    if slots.map(Some).contains(&stolen) {
        reached("taken by another");
        return;
    }
    reached("found");
    assert_eq!([latest.0, earlier.0], [Some(slots[1]), Some(slots[0])]);
    for ((_, steps), most) in [(latest, 2), (earlier, 3)] {
        assert!(steps.is_none_or(|steps| steps <= most), "{steps:?} steps");
    }
}

/// A thread that took a slot and is never scheduled again stops no other.
fn a_holder_that_never_gives_back_stops_nobody<P: Platform>() {
    let (owned, [other]) = Owned::<P>::one_free();
    owned.release(other);
    let threads = [1, 2].map(|number| {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.acquire(number).map(|held| held.slot()))
    });
    let slots = threads.map(P::join);
    assert!(slots.iter().all(Option::is_some), "{slots:?}");
    assert_ne!(slots[0], slots[1]);
    assert_eq!(owned.acquire(3), None);
}

/// Killed before any step of acquire and release, a worker leaves nothing that clearing its row does not free,
/// and takes nothing that is another's.
fn the_dead_leave_nothing_behind<P: Platform>() {
    let (owned, [other]) = Owned::<P>::one_free();
    owned.release(other);
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                let held = owned.acquire(1).expect("two are free");
                owned.release(held);
                let _never_given_back = owned.acquire(1).expect("two are free");
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
    assert_eq!(owned.view().in_use(), 1, "the survivor's");
    let last = owned.acquire(3);
    assert!(last.is_some_and(|held| held.slot() != kept.slot()));
    owned.release(kept);
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

/// Who enters under a number that another has just left may not have seen what that one gave back. Clearing its own
/// row, as it does when it leaves, it must not take it from whom it went to.
fn a_successor_takes_nothing_from_others<P: Platform>() {
    let pool = Arc::new(SlotPool::<u32, P>::new([0]));
    let threads = [1, 2].map(|number| {
        let worker = pool.enter(owner(number)).expect("free");
        P::spawn(move || {
            if let Some(mut value) = Worker::acquire(&worker) {
                value.with(|uses| *uses += 1);
                reached("held");
            }
        })
    });
    if let Some(mut successor) = pool.enter(owner(1)) {
        reached("succeeded");
        assert_eq!(successor.clear(), 0, "it holds nothing");
        if let Some(mut value) = Worker::acquire(&successor) {
            value.with(|uses| *uses += 1);
        }
    }
    threads.into_iter().for_each(P::join);
}
