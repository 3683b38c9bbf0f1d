//! A cell of the watched memory.

use std::marker::PhantomData;

use policy::shared::{Memory, SharedCell};

use crate::platform::Platform;

/// A cell of `P`'s. Its accesses are no atomic steps; what protects it is watched, not the cell.
pub struct WatchedCell<T: Send, P: Platform>(<P as Memory>::Cell<T>, PhantomData<fn() -> P>);

impl<T: Send, P: Platform> SharedCell<T> for WatchedCell<T, P> {
    fn new(value: T) -> Self {
        WatchedCell(P::Cell::new(value), PhantomData)
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
