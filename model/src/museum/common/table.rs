//! A list of backends that is replaced while others read it.

use std::sync::{Arc, Mutex};

use policy::shared::{self, Publisher};

use crate::platform::Platform;

pub(in crate::museum) trait Table<P: Platform>: Send + Sync + 'static {
    /// Of the backends 1.
    fn new() -> Self;
    /// From now on 2 and 3.
    fn reload(&self);
    /// The backends.
    fn read(&self) -> Vec<u64>;
}

/// A reader sees the list as it was before the reload, or as it is after it.
pub(in crate::museum) fn a_reader_gets_one_list_whole<P: Platform, T: Table<P>>() {
    let table = Arc::new(T::new());
    let reload = {
        let table = Arc::clone(&table);
        P::spawn(move || table.reload())
    };
    let read = table.read();
    assert!(read == [1] || read == [2, 3], "half a reload: {read:?}");
    P::join(reload);
}

/// [`shared::Table`], with its one publisher in a lock that nobody contends for.
pub(in crate::museum) struct Ours<P: Platform> {
    table: Arc<shared::Table<Vec<u64>, P, 2>>,
    publisher: Mutex<Publisher<Vec<u64>, P, 2>>,
}

impl<P: Platform> Table<P> for Ours<P> {
    fn new() -> Self {
        let publisher = Publisher::new(Arc::new(vec![1]));
        Ours {
            table: Arc::clone(publisher.table()),
            publisher: Mutex::new(publisher),
        }
    }

    fn reload(&self) {
        let mut publisher = self.publisher.try_lock().expect("there is one publisher");
        let published = publisher.publish(Arc::new(vec![2, 3]));
        published.expect("nobody is in the other cell");
    }

    fn read(&self) -> Vec<u64> {
        self.table.read().to_vec()
    }
}
