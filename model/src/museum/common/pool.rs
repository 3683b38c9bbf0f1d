//! Slots that workers take and give back.

use std::sync::{Mutex, MutexGuard};

use policy::Owner;
use policy::shared::{Atomic, Held, Near, Slots};

use crate::platform::Platform;

/// The worker that holds what is taken from the beginning.
pub(in crate::museum) const HOLDER: u8 = 9;

pub(in crate::museum) trait Pool<P: Platform>: Send + Sync + 'static {
    /// First `taken` slots that are [`HOLDER`]'s, then `free` ones.
    fn new(taken: u32, free: u32) -> Self;
    /// A free slot; `None` when there is none.
    fn take(&self, worker: u8) -> Option<u32>;
    /// `worker` no longer needs `slot`.
    fn give(&self, worker: u8, slot: u32);
}

/// [`Slots`], with the memory they live in and, so that a number can stand for it, what is held of them.
pub(in crate::museum) struct Ours<P: Platform> {
    memory: Vec<P::U64>,
    /// Never locked across a step of the model.
    held: Vec<Mutex<Option<Held>>>,
}

impl<P: Platform> Ours<P> {
    pub(in crate::museum) fn view(&self) -> Slots<'_, P> {
        Slots::over(&self.memory)
    }

    fn held(&self, slot: u32) -> MutexGuard<'_, Option<Held>> {
        let held = &self.held[slot as usize];
        held.lock().expect("nobody panics holding it")
    }
}

impl<P: Platform> Pool<P> for Ours<P> {
    fn new(taken: u32, free: u32) -> Self {
        let slots = taken + free;
        let ours = Ours {
            memory: (0..slots).map(|_| P::U64::new(0)).collect(),
            held: (0..slots).map(|_| Mutex::default()).collect(),
        };
        (0..slots).for_each(|_| assert!(ours.take(HOLDER).is_some()));
        (taken..slots).for_each(|slot| ours.give(HOLDER, slot));
        ours
    }

    fn take(&self, worker: u8) -> Option<u32> {
        let owner = owner(worker);
        let held = self.view().acquire(owner, &Near::new(owner))?;
        let slot = held.slot();
        *self.held(slot) = Some(held);
        Some(slot)
    }

    fn give(&self, worker: u8, slot: u32) {
        let held = self.held(slot).take();
        // Without it there is nothing to give back: the type says so.
        if let Some(held) = held {
            self.view().release(held, &Near::new(owner(worker)));
        }
    }
}

pub(in crate::museum) fn owner(worker: u8) -> Owner {
    Owner::new(worker).expect("1 to 254")
}
