//! Real threads on the real processor: for what a model leaves out, and for how it behaves under load.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use policy::shared::Native;

use super::Platform;

impl Platform for Native {
    type Thread<T: Send + 'static> = thread::JoinHandle<T>;

    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Self::Thread<T> {
        thread::spawn(body)
    }

    fn join<T: Send + 'static>(thread: Self::Thread<T>) -> T {
        thread.join().expect("the thread did not panic")
    }

    fn yield_now() {
        thread::yield_now();
    }

    fn thread() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
        NUMBER.with(|&number| number)
    }
}
