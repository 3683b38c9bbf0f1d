//! The page itself.

use std::sync::atomic::AtomicU64;

use super::{BackendRow, Layout, PageError, ProcessRow};

/// A page of counters, mapped for as long as the process lives.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    words: &'static [AtomicU64],
    layout: Layout,
}

impl Page {
    /// Lays out `words`, which are zeros: what the master does, once.
    ///
    /// # Errors
    /// If it asks for too much, or there are too few.
    pub fn create(words: &'static [AtomicU64], layout: Layout) -> Result<Page, PageError> {
        layout.write(words)?;
        Ok(Page { words, layout })
    }

    /// Over memory that the master laid out.
    ///
    /// # Errors
    /// If it did not, or not as this version does it, or there is less than it says.
    pub fn open(words: &'static [AtomicU64]) -> Result<Page, PageError> {
        let layout = Layout::read(words)?;
        Ok(Page { words, layout })
    }

    /// A page of this process alone, which is never given back.
    ///
    /// # Errors
    /// If it asks for too much.
    pub fn alone(layout: Layout) -> Result<Page, PageError> {
        let words: Box<[AtomicU64]> = (0..layout.words()).map(|_| AtomicU64::new(0)).collect();
        Page::create(Box::leak(words), layout)
    }

    /// What it is for.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// What this process counts.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn process(&self, row: u32) -> ProcessRow {
        assert!(row < self.layout.processes, "no row {row} of a process");
        ProcessRow::at(self.words, self.layout.process_row(row))
    }

    /// What the balancer of this row counts of the backend in this slot. Slots beyond the page share its last row,
    /// so that too many backends cost precision and nothing else; `None` if it has no rows at all.
    pub fn backend(&self, balancer: u32, slot: u32) -> Option<BackendRow> {
        let Layout {
            balancers,
            backends,
            ..
        } = self.layout;
        let slot = slot.min(backends.checked_sub(1)?);
        let row = self.layout.backend_row(balancer, slot);
        (balancer < balancers).then(|| BackendRow::at(self.words, row))
    }

    /// What this balancer counts of each of its backends.
    pub fn backends(&self, balancer: u32) -> impl Iterator<Item = BackendRow> + use<> {
        let page = *self;
        (0..page.layout.backends).filter_map(move |slot| page.backend(balancer, slot))
    }
}
