//! How many connections a process has, and may have.

use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    all: u32,
}

/// A connection's place, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Room {
    /// For `connections` at once.
    pub(crate) fn new(connections: u32) -> Rc<Room> {
        let all = connections.max(1);
        Rc::new(Room {
            places: Arc::new(Semaphore::new(all as usize)),
            all,
        })
    }

    /// A place, if there is one.
    #[inline]
    pub(crate) fn try_enter(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }

    /// A place, as soon as there is one.
    pub(crate) async fn enter(&self) -> Place {
        let permit = Arc::clone(&self.places).acquire_owned().await;
        Place {
            _permit: permit.expect("the semaphore is never closed"),
        }
    }

    /// Waits until every place was given back.
    pub(crate) async fn emptied(&self) {
        let all = self.places.acquire_many(self.all).await;
        drop(all.expect("the semaphore is never closed"));
    }
}
