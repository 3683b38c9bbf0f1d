//! A value that is replaced while others read it: the list of backends, across reloads.
//!
//! Reading: two additions and a clone of an `Arc`, wait-free; through [`Cached`] one load while nothing has changed.
//! Publishing: a few loads and one addition, wait-free; it never waits for readers, and says so by its result when
//! too many old versions still have readers inside. Whoever holds an old version keeps it.
//!
//! The split reference count of Anthony Williams (C++ Concurrency in Action, 7.2.4), with arrivals
//! counted beside the place to read from. The crate `arc-swap` does the same job, is well kept, and is what to use
//! elsewhere. This one is here because it is generic over [`Memory`]: its very source is model-checked, together
//! with what is built on it.
//!
//! # Why it is right
//!
//! One word, `current`, says which cell holds the value, which version that is, and how many readers ever
//! entered. A reader enters by adding one; the word that this returns names the cell it was counted into. Having
//! cloned the `Arc` it adds one to that cell's `left`. A publisher fills a cell that has no readers, then adds the
//! difference between two names to `current`.
//!
//! - *A reader is always counted.* To read the name and to be counted is one step. A publisher's step on the same
//!   word comes before it (then the reader goes to the new cell) or after (then the count that it returns includes the
//!   reader). There is no moment between, so nobody has to look twice, and nothing needs `SeqCst`.
//! - *A cell is written only when nobody reads it.* It is no longer current, and as many have left it as ever
//!   entered. A reader leaves with `Release`, the publisher looks with `Acquire`, and as all changes of `left` are
//!   additions, it acquires what every reader that left had done before.
//! - *A reader sees a finished value.* The publisher writes the cell, then the word with `Release`. A reader enters with
//!   `Acquire` and reads from that addition or from another reader's after it, which carries it on.
//! - *Counts may wrap.* Arrivals are in the upper half of the word, where an overflow falls off the end, and are
//!   compared with departures modulo 2^32. They differ by how many readers are inside, and no 2^32 threads are. A
//!   version's number wraps after 2^28 versions: one who slept through exactly so many would take its old one
//!   for current.
//! - *A reader that is suspended inside*, between its two additions, holds up its own cell and no other; the rest
//!   of the cells go on taking turns. Its death is that of its process, and of the table with it.

#![expect(
    unsafe_code,
    reason = "readers and the publisher reach the cells through a shared reference to the table"
)]

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{Atomic, Memory, Native, SharedCell};

/// Low bits of `current` that name a cell; the rest of its lower half is the version's number.
const CELL_BITS: u32 = 4;
/// One arrival, above the name.
const ARRIVAL: u64 = 1 << 32;

/// A value and its successors. `CELLS` is how many versions may have readers inside at once, the current one
/// included: two at least.
pub struct Table<T, M: Memory = Native, const CELLS: usize = 4>
where
    T: Send + Sync,
{
    /// Arrivals, version, cell.
    current: M::U64,
    cells: [M::Cell<Option<Arc<T>>>; CELLS],
    /// How many readers ever left each cell.
    left: [M::U64; CELLS],
}

/// The one who may replace the value.
pub struct Publisher<T, M: Memory = Native, const CELLS: usize = 4>
where
    T: Send + Sync,
{
    table: Arc<Table<T, M, CELLS>>,
    /// The lower half of the table's word.
    name: u32,
    /// The upper half, when this version began.
    arrivals: u32,
    /// How many readers ever entered each cell that is not current.
    entered: [u32; CELLS],
}

/// The version that its owner saw last, for a reader that reads often.
pub struct Cached<T, M: Memory = Native, const CELLS: usize = 4>
where
    T: Send + Sync,
{
    table: Arc<Table<T, M, CELLS>>,
    name: u32,
    value: Arc<T>,
}

impl<T: Send + Sync, M: Memory, const CELLS: usize> Table<T, M, CELLS> {
    /// The value. Whoever asks later sees the same or a later one.
    pub fn read(&self) -> Arc<T> {
        self.enter().1
    }

    fn enter(&self) -> (u32, Arc<T>) {
        let name = self.current.fetch_add(ARRIVAL, Acquire) as u32;
        let cell = cell_of(name);
        // SAFETY: the addition counted this reader into the cell that was current then, and it has not left: the
        // publisher does not touch the cell before it does. What it wrote there before was acquired. Other
        // readers share it, for which T is Sync.
        let value = self.cells[cell].with(|value| unsafe { (*value).clone() });
        self.left[cell].fetch_add(1, Release);
        (name, value.expect("the current cell holds a value"))
    }
}

impl<T: Send + Sync, M: Memory, const CELLS: usize> Publisher<T, M, CELLS> {
    /// Of a new table, whose first value this is.
    pub fn new(first: Arc<T>) -> Self {
        const { assert!(CELLS >= 2 && CELLS <= 1 << CELL_BITS) };
        let mut first = Some(first);
        let table = Table {
            current: M::U64::new(0),
            cells: std::array::from_fn(|_| M::Cell::new(first.take())),
            left: std::array::from_fn(|_| M::U64::new(0)),
        };
        Publisher {
            table: Arc::new(table),
            name: 0,
            arrivals: 0,
            entered: [0; CELLS],
        }
    }

    /// What it publishes to.
    pub fn table(&self) -> &Arc<Table<T, M, CELLS>> {
        &self.table
    }

    /// Replaces the value: whoever reads from now on gets this one.
    ///
    /// # Errors
    /// `value`, if every other cell has a reader inside. Unless those are suspended they leave within a few
    /// instructions: wait and try again.
    pub fn publish(&mut self, value: Arc<T>) -> Result<(), Arc<T>> {
        let Some(free) = (0..CELLS).find(|&cell| self.is_free(cell)) else {
            return Err(value);
        };
        self.fill(free, Some(value));
        let version = (self.name >> CELL_BITS).wrapping_add(1);
        let name = version << CELL_BITS | free as u32;
        // Nobody else changes the lower half, so adding the difference never touches the upper one.
        let renaming = u64::from(name).wrapping_sub(u64::from(self.name));
        let before = self.table.current.fetch_add(renaming, Release);
        let arrivals = (before >> ARRIVAL.trailing_zeros()) as u32;
        let entered = &mut self.entered[cell_of(self.name)];
        *entered = entered.wrapping_add(arrivals.wrapping_sub(self.arrivals));
        (self.name, self.arrivals) = (name, arrivals);
        self.let_go();
        Ok(())
    }

    /// Lets go of the old versions, which [`Publisher::publish`] does as well; returns how many it could not for
    /// the readers inside. Whoever holds an old version keeps it.
    pub fn let_go(&mut self) -> usize {
        let mut busy = 0;
        let current = cell_of(self.name);
        for cell in (0..CELLS).filter(|&cell| cell != current) {
            if self.is_free(cell) {
                self.fill(cell, None);
            } else {
                busy += 1;
            }
        }
        busy
    }

    /// Whether a cell is not current and everybody has left it.
    fn is_free(&self, cell: usize) -> bool {
        cell != cell_of(self.name)
            && self.table.left[cell].load(Acquire) as u32 == self.entered[cell]
    }

    /// Replaces what a free cell holds.
    fn fill(&mut self, cell: usize, value: Option<Arc<T>>) {
        // SAFETY: the cell is not current, so nobody enters it until this publisher makes it current (`&mut self`,
        // and there is no other), and everybody who entered has left, which `is_free` acquired.
        let old =
            self.table.cells[cell].with_mut(|cell| unsafe { std::mem::replace(&mut *cell, value) });
        // Here, where a destructor of anybody's may do as it likes.
        drop(old);
    }
}

impl<T: Send + Sync, M: Memory, const CELLS: usize> Cached<T, M, CELLS> {
    /// Begins with the value as it is.
    pub fn new(table: Arc<Table<T, M, CELLS>>) -> Self {
        let (name, value) = table.enter();
        Cached { table, name, value }
    }

    /// The value. Once this thread can know of a later one by other means, it is that. (`Relaxed` will do: the look
    /// at the word guards nothing, and if the version is another one it is entered as by anybody.)
    #[inline]
    pub fn get(&mut self) -> &Arc<T> {
        if self.table.current.load(Relaxed) as u32 != self.name {
            (self.name, self.value) = self.table.enter();
        }
        &self.value
    }
}

const fn cell_of(name: u32) -> usize {
    (name & ((1 << CELL_BITS) - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_keeps_what_it_read() {
        let mut publisher = Publisher::<u32>::new(Arc::new(0));
        let table = Arc::clone(publisher.table());
        let mut cached = Cached::new(Arc::clone(&table));
        for version in 1..1000 {
            let before = table.read();
            publisher.publish(Arc::new(version)).unwrap();
            assert_eq!((*before, *table.read()), (version - 1, version));
            assert_eq!(**cached.get(), version);
            // Held by this reader alone: the table let go of it.
            assert_eq!(Arc::strong_count(&before), 1);
        }
    }

    /// Two readers are inside, which takes two cells out of use: the versions go on in the other two.
    #[test]
    fn readers_inside_hold_up_their_cells_only() {
        let mut publisher = Publisher::<u32>::new(Arc::new(0));
        let enter = |table: &Table<u32>| table.current.fetch_add(ARRIVAL, Acquire) as u32;
        let table = Arc::clone(publisher.table());
        let first = enter(&table);
        publisher.publish(Arc::new(1)).unwrap();
        let second = enter(&table);
        for version in 2..10 {
            publisher.publish(Arc::new(version)).unwrap();
            assert_eq!(*table.read(), version);
            assert_eq!(publisher.let_go(), 2);
        }
        let third = enter(&table);
        publisher.publish(Arc::new(10)).unwrap();
        let refused = publisher.publish(Arc::new(11));
        assert_eq!(refused, Err(Arc::new(11)), "every other cell is entered");
        assert_eq!(*table.read(), 10);
        for reader in [first, second, third] {
            table.left[cell_of(reader)].fetch_add(1, Release);
        }
        publisher.publish(Arc::new(11)).unwrap();
        assert_eq!((*table.read(), publisher.let_go()), (11, 0));
    }

    /// Arrivals, departures and versions all begin near their ends.
    #[test]
    fn counts_wrap() {
        let mut publisher = Publisher::<u32, Native, 2>::new(Arc::new(0));
        let table = Arc::clone(publisher.table());
        publisher.name = u32::MAX << CELL_BITS;
        publisher.arrivals = u32::MAX - 1;
        publisher.entered = [u32::MAX - 1; 2];
        let word = u64::from(u32::MAX - 1) << 32 | u64::from(publisher.name);
        table.current.store(word, Relaxed);
        for left in &table.left {
            left.store(u64::from(u32::MAX) - 1, Relaxed);
        }
        for version in 1..10 {
            table.read();
            publisher.publish(Arc::new(version)).unwrap();
            assert_eq!(*table.read(), version);
            assert_eq!(publisher.let_go(), 0);
        }
    }
}
