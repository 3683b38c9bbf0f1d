//! The processor's own atomics.

#![expect(
    unsafe_code,
    reason = "a cell is shared between threads; each user of it says what protects it"
)]

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Atomic, Memory, SharedCell};

/// Memory as it is: [`AtomicU64`] and [`UnsafeCell`], inlined to nothing.
#[derive(Clone, Copy, Debug)]
pub enum Native {}

// SAFETY: the words are the processor's, and a cell's pointer is that of its value.
unsafe impl Memory for Native {
    type U64 = AtomicU64;
    type Cell<T: Send> = NativeCell<T>;
}

impl Atomic for AtomicU64 {
    fn new(value: u64) -> Self {
        AtomicU64::new(value)
    }

    #[inline(always)]
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }

    #[inline(always)]
    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }

    #[inline(always)]
    fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.compare_exchange_weak(current, new, success, failure)
    }

    #[inline(always)]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_add(value, order)
    }

    #[inline(always)]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_sub(value, order)
    }

    #[inline(always)]
    fn fetch_or(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_or(value, order)
    }

    #[inline(always)]
    fn fetch_and(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_and(value, order)
    }
}

/// An [`UnsafeCell`] that may be shared.
#[derive(Debug)]
pub struct NativeCell<T>(UnsafeCell<T>);

// SAFETY: a shared cell hands out raw pointers only, so sharing it breaks nothing by itself. Whoever
// dereferences one has to argue that no other access overlaps (and, to share references, that T is Sync).
// T is Send because the value may be reached, and dropped, from any thread.
unsafe impl<T: Send> Sync for NativeCell<T> {}

impl<T: Send> SharedCell<T> for NativeCell<T> {
    fn new(value: T) -> Self {
        NativeCell(UnsafeCell::new(value))
    }

    #[inline(always)]
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline(always)]
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }

    fn into_inner(self) -> T {
        self.0.into_inner()
    }
}
