//! shuttle: schedules drawn at random, for what is too large to search.
//!
//! Every atomic is sequentially consistent to it, so it says nothing of orderings; cells are not watched, a
//! property has to notice by itself that two held one.

#![expect(unsafe_code, reason = "a memory promises to be one")]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;

use policy::shared::{Atomic, Memory, Native};

use super::Platform;

/// shuttle's memory and threads.
#[derive(Clone, Copy, Debug)]
pub enum Shuttle {}

/// A word of shuttle's.
pub struct ShuttleWord(shuttle::sync::atomic::AtomicU64);

// SAFETY: shuttle's atomics are atomics, sequentially consistent ones; its cells are the native ones, and all threads of
// a model run on one thread of the system.
unsafe impl Memory for Shuttle {
    type U64 = ShuttleWord;
    type Cell<T: Send> = <Native as Memory>::Cell<T>;
}

impl Platform for Shuttle {
    type Thread<T: Send + 'static> = shuttle::thread::JoinHandle<T>;

    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Self::Thread<T> {
        shuttle::thread::spawn(body)
    }

    fn join<T: Send + 'static>(thread: Self::Thread<T>) -> T {
        thread.join().expect("the thread did not panic")
    }

    fn yield_now() {
        shuttle::thread::yield_now();
    }

    fn thread() -> u64 {
        let mut hasher = DefaultHasher::new();
        shuttle::thread::current().id().hash(&mut hasher);
        hasher.finish()
    }
}

impl Atomic for ShuttleWord {
    fn new(value: u64) -> Self {
        ShuttleWord(shuttle::sync::atomic::AtomicU64::new(value))
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
