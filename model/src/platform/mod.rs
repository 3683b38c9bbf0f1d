//! Memory together with threads: what the body of a property is generic over.

mod loom;
mod native;
mod shuttle;

use policy::shared::Memory;

pub use loom::Loom;
pub use shuttle::Shuttle;

/// A memory whose threads can be started.
pub trait Platform: Memory {
    /// A started thread.
    type Thread<T: Send + 'static>;

    /// Starts a thread.
    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Self::Thread<T>;

    /// Waits for its end. Panics if it did.
    fn join<T: Send + 'static>(thread: Self::Thread<T>) -> T;

    /// Lets others go first: what a waiting loop must do, or a checker follows it for ever.
    fn yield_now();

    /// The number of the running thread: different for every thread of an execution.
    fn thread() -> u64;
}
