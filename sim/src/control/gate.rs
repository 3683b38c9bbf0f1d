//! The slot pool in front of all backends: the policy's own slots, over memory of this thread.

use std::cell::Cell;
use std::sync::atomic::AtomicU64;

use policy::Owner;
use policy::backoff;
use policy::shared::{Held, Native, Near, Slots};

use crate::operations::SlotsSpec;

/// A request needs a slot until it ends, and waits for one as the policy's backoff says.
#[derive(Debug)]
pub(crate) struct Gate {
    words: Vec<AtomicU64>,
    near: Near,
    /// How many are taken: a full pool need not be searched.
    held: Cell<usize>,
    wait: backoff::Config,
}

impl Gate {
    /// All slots are free.
    pub(crate) fn new(spec: SlotsSpec) -> Gate {
        Gate {
            words: (0..spec.slots).map(|_| AtomicU64::new(0)).collect(),
            near: Near::new(Owner::SOLE),
            held: Cell::new(0),
            wait: spec.wait,
        }
    }

    /// How to wait for a slot.
    pub(crate) fn wait(&self) -> backoff::Config {
        self.wait
    }

    /// A free slot, if there is one.
    pub(crate) fn acquire(&self) -> Option<Held> {
        if self.held.get() == self.words.len() {
            return None;
        }
        let held = self.slots().acquire(Owner::SOLE, &self.near);
        self.held
            .update(|taken| taken + usize::from(held.is_some()));
        held
    }

    /// The slot is free again.
    pub(crate) fn release(&self, held: Held) {
        let ours = self.slots().release(held, &self.near);
        debug_assert!(ours, "nobody else gives slots back");
        self.held.update(|taken| taken - 1);
    }

    /// Whether nobody holds a slot.
    pub(crate) fn is_idle(&self) -> bool {
        self.slots().in_use() == 0 && self.held.get() == 0
    }

    fn slots(&self) -> Slots<'_, Native> {
        Slots::over(&self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(slots: u32) -> Gate {
        let wait = backoff::Config::new(backoff::Options {
            spins: 3,
            ..backoff::Options::default()
        });
        Gate::new(SlotsSpec {
            slots,
            wait: wait.unwrap(),
        })
    }

    #[test]
    fn all_slots_are_given_once_and_then_none() {
        let gate = gate(3);
        assert!(gate.is_idle());
        let held: Vec<Held> = (0..3).map(|_| gate.acquire().unwrap()).collect();
        let mut slots: Vec<u32> = held.iter().map(Held::slot).collect();
        slots.sort();
        assert_eq!(slots, [0, 1, 2]);
        assert_eq!(gate.acquire(), None);
        // To have been refused takes nothing.
        assert_eq!(gate.held.get(), 3);
    }

    #[test]
    fn what_is_given_back_is_free_again() {
        let gate = gate(2);
        let first = gate.acquire().unwrap();
        let second = gate.acquire().unwrap();
        let slot = first.slot();
        gate.release(first);
        assert!(!gate.is_idle());
        let again = gate.acquire().unwrap();
        assert_eq!(again.slot(), slot);
        assert_eq!(gate.acquire(), None);
        gate.release(second);
        gate.release(again);
        assert!(gate.is_idle());
    }

    #[test]
    fn it_is_waited_for_as_was_said() {
        assert_eq!(gate(1).wait().options().spins, 3);
    }
}
