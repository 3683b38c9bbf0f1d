//! Slots that workers take and give back.

use policy::Owner;
use policy::shared::{Atomic, Slots};

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

/// [`Slots`], with the memory they live in.
pub(in crate::museum) struct Ours<P: Platform> {
    memory: Vec<P::U64>,
    slots: usize,
}

impl<P: Platform> Ours<P> {
    pub(in crate::museum) fn view(&self) -> Slots<'_, P> {
        Slots::over(&self.memory, self.slots)
    }
}

impl<P: Platform> Pool<P> for Ours<P> {
    fn new(taken: u32, free: u32) -> Self {
        let slots = (taken + free) as usize;
        let memory = Slots::<P>::initial(slots).map(P::U64::new).collect();
        let ours = Ours { memory, slots };
        (0..slots).for_each(|_| assert!(ours.take(HOLDER).is_some()));
        (taken..taken + free).for_each(|slot| ours.give(HOLDER, slot));
        ours
    }

    fn take(&self, worker: u8) -> Option<u32> {
        self.view().acquire(owner(worker))
    }

    fn give(&self, worker: u8, slot: u32) {
        self.view().release(owner(worker), slot);
    }
}

pub(in crate::museum) fn owner(worker: u8) -> Owner {
    Owner::new(worker).expect("1 to 254")
}
