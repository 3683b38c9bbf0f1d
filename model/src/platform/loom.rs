//! loom: every schedule within a bound on preemptions, and every value an atomic load may return.
//!
//! It sees orderings and data races. It does not see load buffering, treats SeqCst as AcqRel, takes five
//! threads at most, and its weak compare-and-swap never fails without a reason (the watched memory injects that).

#![expect(
    unsafe_code,
    reason = "loom's cell is to be shared like the native one; loom checks every access to it"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;

use loom::sync::atomic::AtomicU64;
use policy::shared::{Atomic, Memory, SharedCell};

use super::Platform;

/// loom's memory and threads.
#[derive(Clone, Copy, Debug)]
pub enum Loom {}

/// A word of loom's, with a gate that each load of it passes first.
///
/// loom 0.7 reorders a step against the last access to the same word only. In "load, then compare-and-swap" the
/// thread's own load is that last access, and hides the loads that others did before: that the swap might have come
/// before those is never tried, at any bound, and still the search calls itself complete. A read-modify-write hides
/// nothing, so each load comes after one, of a word beside that nobody reads (Relaxed: it orders nothing else).
pub struct LoomWord {
    word: AtomicU64,
    gate: AtomicU64,
}

/// A cell of loom's, which panics when accesses overlap or are not ordered.
pub struct LoomCell<T>(loom::cell::UnsafeCell<T>);

// SAFETY: as for the native cell: raw pointers only. All threads of a model run on one thread of the system.
unsafe impl<T: Send> Send for LoomCell<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for LoomCell<T> {}

// SAFETY: loom's atomics are atomics, and its cells lead to their values.
unsafe impl Memory for Loom {
    type U64 = LoomWord;
    type Cell<T: Send> = LoomCell<T>;
}

impl Platform for Loom {
    type Thread<T: Send + 'static> = loom::thread::JoinHandle<T>;

    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Self::Thread<T> {
        loom::thread::spawn(body)
    }

    fn join<T: Send + 'static>(thread: Self::Thread<T>) -> T {
        thread.join().expect("the thread did not panic")
    }

    fn yield_now() {
        loom::thread::yield_now();
    }

    fn thread() -> u64 {
        let mut hasher = DefaultHasher::new();
        loom::thread::current().id().hash(&mut hasher);
        hasher.finish()
    }
}

impl Atomic for LoomWord {
    fn new(value: u64) -> Self {
        LoomWord {
            word: AtomicU64::new(value),
            gate: AtomicU64::new(0),
        }
    }

    #[track_caller]
    fn load(&self, order: Ordering) -> u64 {
        self.gate.fetch_add(1, Ordering::Relaxed);
        self.word.load(order)
    }

    #[track_caller]
    fn store(&self, value: u64, order: Ordering) {
        self.word.store(value, order);
    }

    #[track_caller]
    fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.word
            .compare_exchange_weak(current, new, success, failure)
    }

    #[track_caller]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.word.fetch_add(value, order)
    }

    #[track_caller]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        self.word.fetch_sub(value, order)
    }

    #[track_caller]
    fn fetch_or(&self, value: u64, order: Ordering) -> u64 {
        self.word.fetch_or(value, order)
    }

    #[track_caller]
    fn fetch_and(&self, value: u64, order: Ordering) -> u64 {
        self.word.fetch_and(value, order)
    }
}

impl<T: Send> SharedCell<T> for LoomCell<T> {
    fn new(value: T) -> Self {
        LoomCell(loom::cell::UnsafeCell::new(value))
    }

    #[track_caller]
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.0.with(read)
    }

    #[track_caller]
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.0.with_mut(write)
    }

    fn into_inner(self) -> T {
        self.0.into_inner()
    }
}
