//! A pool of values that workers take one at a time: warm handlers, buffers, contexts.
//!
//! [`super::Slots`] says who holds what; here are the values, and the argument why reaching them is sound.

#![expect(
    unsafe_code,
    reason = "the holder of a slot reaches its value through a shared reference to the pool"
)]

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::{Atomic, Held, Memory, Native, Near, SharedCell, Slots};
use crate::Owner;

/// A fixed number of values, each used by at most one holder at a time.
pub struct SlotPool<T: Send, M: Memory = Native> {
    words: Box<[M::U64]>,
    cells: Box<[M::Cell<T>]>,
    /// One bit for each owner's number: whether a [`Worker`] has it.
    seats: Box<[M::U64]>,
}

/// One who may take values from a pool, under a number of its own.
///
/// It belongs to one thread at a time; a second thread enters as a worker of its own. Dropping it gives back
/// whatever it still has: values whose guards were forgotten.
pub struct Worker<T: Send, M: Memory = Native> {
    pool: Arc<SlotPool<T, M>>,
    owner: Owner,
    near: Near,
}

/// A value taken from a pool, given back when dropped, also by a task that is cancelled.
///
/// A forgotten one stays taken until its worker is [cleared](Worker::clear) or dropped. It cannot be given back
/// twice: there is no way to give it back but to lose it.
///
/// `W` is a reference to the worker, or an `Rc` of it for a task that outlives the scope.
pub struct Slot<W, T, M = Native>
where
    W: WorkerRef<T, M>,
    T: Send,
    M: Memory,
{
    worker: W,
    /// Taken when it is given back.
    held: Option<Held>,
    index: u32,
    value: PhantomData<fn(T, M)>,
}

/// A way to hold on to a [`Worker`] that leads to the same one every time (which a `Deref` of anybody's need
/// not, and on which the exclusive use of a value rests): `&` and `Rc`.
pub trait WorkerRef<T: Send, M: Memory>: Deref<Target = Worker<T, M>> + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for &T {}
    impl<T> Sealed for std::rc::Rc<T> {}
}

impl<W, T, M> WorkerRef<T, M> for W
where
    W: Deref<Target = Worker<T, M>> + sealed::Sealed,
    T: Send,
    M: Memory,
{
}

impl<T: Send, M: Memory> SlotPool<T, M> {
    /// A pool of these values, all free.
    pub fn new(values: impl IntoIterator<Item = T>) -> Self {
        let cells: Box<[_]> = values.into_iter().map(M::Cell::new).collect();
        SlotPool {
            words: cells.iter().map(|_| M::U64::new(0)).collect(),
            cells,
            seats: (0..4).map(|_| M::U64::new(0)).collect(),
        }
    }

    /// How many values there are: no more can be in use.
    pub fn capacity(&self) -> usize {
        self.cells.len()
    }

    /// How many are taken: exact when nobody is in the middle of an operation. O(capacity).
    pub fn in_use(&self) -> u32 {
        self.slots().in_use()
    }

    /// A worker under `owner`'s number; `None` while there is one already.
    ///
    /// The seat guards the number and nothing else (`Relaxed`): what a predecessor wrote to a value comes with its
    /// slot, and what it has given back is not taken from others by [`Slots::clear`].
    pub fn enter(self: &Arc<Self>, owner: Owner) -> Option<Worker<T, M>> {
        let (word, bit) = self.seat(owner);
        let taken = word.fetch_or(bit, Relaxed) & bit != 0;
        (!taken).then(|| Worker {
            pool: Arc::clone(self),
            owner,
            near: Near::new(owner),
        })
    }

    fn slots(&self) -> Slots<'_, M> {
        Slots::over(&self.words)
    }

    fn seat(&self, owner: Owner) -> (&M::U64, u64) {
        let number = owner.number();
        (&self.seats[usize::from(number / 64)], 1 << (number % 64))
    }
}

impl<T: Send, M: Memory> Worker<T, M> {
    /// Takes a free value; `None` when all were taken at some moment during the call. O(1), see [`super::Slots`].
    #[inline]
    pub fn acquire<W: WorkerRef<T, M>>(this: W) -> Option<Slot<W, T, M>> {
        let held = this.pool.slots().acquire(this.owner, &this.near)?;
        Some(Slot {
            worker: this,
            index: held.slot(),
            held: Some(held),
            value: PhantomData,
        })
    }

    /// Gives back what forgotten guards hold; returns how many values that were. That `self` is borrowed
    /// mutably means that no other guard is left. O(capacity).
    pub fn clear(&mut self) -> u32 {
        self.pool.slots().clear(self.owner)
    }
}

impl<T: Send, M: Memory> Drop for Worker<T, M> {
    fn drop(&mut self) {
        self.clear();
        let (word, bit) = self.pool.seat(self.owner);
        word.fetch_and(!bit, Relaxed);
    }
}

impl<W, T, M> Slot<W, T, M>
where
    W: WorkerRef<T, M>,
    T: Send,
    M: Memory,
{
    /// Which of the pool's values this is.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Uses the value.
    #[inline]
    pub fn with<R>(&mut self, use_value: impl FnOnce(&mut T) -> R) -> R {
        let cell = &self.worker.pool.cells[self.index as usize];
        // SAFETY: this guard holds the slot, so no other guard for it exists: its byte names this worker's
        // owner, whose number no other `Worker` has, and turns to 0 only in this guard's `drop` or in
        // `clear`, which borrows the worker mutably and so outlives every guard that can still be used. `&mut
        // self` excludes a second call. Acquire on taking and Release on giving back order the accesses of
        // successive holders.
        cell.with_mut(|value| use_value(unsafe { &mut *value }))
    }
}

impl<W, T, M> Drop for Slot<W, T, M>
where
    W: WorkerRef<T, M>,
    T: Send,
    M: Memory,
{
    #[inline]
    fn drop(&mut self) {
        let Worker { pool, near, .. } = &*self.worker;
        if let Some(held) = self.held.take() {
            pool.slots().release(held, near);
        }
    }
}
