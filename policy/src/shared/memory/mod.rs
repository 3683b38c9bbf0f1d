//! Where atomics and cells come from.

#![expect(
    unsafe_code,
    reason = "who brings another memory promises that it is one; nothing is dereferenced here"
)]

mod native;

use std::sync::atomic::Ordering;

pub use native::Native;

/// A supplier of shared memory: the processor's in production, a model checker's in its models.
///
/// A type without an instance. (folly does the same with `template <template <typename> class Atom>`.)
///
/// # Safety
/// [`super::SlotPool`] and [`super::Table`] reach their values by what the words say. So a word must be what
/// [`std::sync::atomic::AtomicU64`] is, and a cell's pointers must lead to the value it was made with.
pub unsafe trait Memory: Sized + 'static {
    /// A word that threads or processes share.
    type U64: Atomic;
    /// A place for a value that some protocol over words protects.
    type Cell<T: Send>: SharedCell<T>;
}

/// The operations on a shared 64-bit word; each is what [`std::sync::atomic::AtomicU64`] says of it.
///
/// All are `#[track_caller]`, so that a checker can tell one call site from another without annotations.
pub trait Atomic: Send + Sync {
    /// A word that holds `value`.
    fn new(value: u64) -> Self;

    /// The value.
    #[track_caller]
    fn load(&self, order: Ordering) -> u64;

    /// Replaces the value.
    #[track_caller]
    fn store(&self, value: u64, order: Ordering);

    /// Replaces `current` by `new`, else says what is there. May fail without a reason.
    ///
    /// # Errors
    /// The value found.
    #[track_caller]
    fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64>;

    /// Adds, wrapping; returns the value before.
    #[track_caller]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;

    /// Subtracts, wrapping; returns the value before.
    #[track_caller]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64;

    /// Sets bits; returns the value before.
    #[track_caller]
    fn fetch_or(&self, value: u64, order: Ordering) -> u64;

    /// Keeps only these bits; returns the value before.
    #[track_caller]
    fn fetch_and(&self, value: u64, order: Ordering) -> u64;
}

/// A value whose protection is somebody else's business: access goes through raw pointers, and whoever
/// dereferences one says why that is sound. A checker sees each access from beginning to end.
pub trait SharedCell<T>: Send + Sync {
    /// A cell that holds `value`.
    fn new(value: T) -> Self;

    /// Reads: `read` gets a pointer that is valid until it returns.
    #[track_caller]
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R;

    /// Writes: `write` gets a pointer that is valid until it returns.
    #[track_caller]
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R;

    /// The value, once nobody shares the cell any more.
    fn into_inner(self) -> T;
}
