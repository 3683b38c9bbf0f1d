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

use policy::shared::{Atomic, Memory, SharedCell};

use super::Platform;

/// loom's memory and threads.
#[derive(Clone, Copy, Debug)]
pub enum Loom {}

/// A word of loom's.
pub struct LoomWord(loom::sync::atomic::AtomicU64);

/// A cell of loom's, which panics when accesses overlap or are not ordered.
pub struct LoomCell<T>(loom::cell::UnsafeCell<T>);

// SAFETY: as for the native cell: raw pointers only. All threads of a model run on one thread of the system.
unsafe impl<T: Send> Send for LoomCell<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for LoomCell<T> {}

impl Memory for Loom {
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
        LoomWord(loom::sync::atomic::AtomicU64::new(value))
    }

    #[track_caller]
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    #[track_caller]
    fn store(&self, value: u64, order: Ordering) {
        self.0.store(value, order);
    }

    #[track_caller]
    fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.0.compare_exchange_weak(current, new, success, failure)
    }

    #[track_caller]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_add(value, order)
    }

    #[track_caller]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_sub(value, order)
    }

    #[track_caller]
    fn fetch_or(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_or(value, order)
    }

    #[track_caller]
    fn fetch_and(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_and(value, order)
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
