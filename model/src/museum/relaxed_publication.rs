//! Data that is written before a word that says it is there, both relaxed.
//!
//! Who sees the word need not see the data: the processor or the compiler may turn the stores around, or the loads.

use std::sync::atomic::Ordering::Relaxed;

use policy::shared::Atomic;

use super::common::table::{Ours, Table, a_reader_gets_one_list_whole};
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_reader_gets_one_list_whole<RelaxedTable>),
        ours: Some(over_ours!(a_reader_gets_one_list_whole<Ours>)),
        found_in: "rust-lang/stdarch#811 (std_detect's cache on 32 bits: two relaxed words, of which the second says \
                   that both are there)",
        harm: "there, CPU features that the processor lacks; for a table of backends, an empty entry",
        guarded_by: Guard::Property("table::a_cell_is_never_written_while_somebody_reads_it"),
        found_by: FoundBy::ORDERINGS,
    }
}

/// Two lists, each with its length in front, and which one is current.
struct RelaxedTable<P: Platform> {
    lists: [[P::U64; 3]; 2],
    current: P::U64,
}

impl<P: Platform> Table<P> for RelaxedTable<P> {
    fn new() -> Self {
        RelaxedTable {
            lists: [[1, 1, 0], [0, 0, 0]].map(|list| list.map(P::U64::new)),
            current: P::U64::new(0),
        }
    }

    fn reload(&self) {
        let [length, first, second] = &self.lists[1];
        first.store(2, Relaxed);
        second.store(3, Relaxed);
        length.store(2, Relaxed);
        self.current.store(1, Relaxed);
    }

    fn read(&self) -> Vec<u64> {
        let [length, entries @ ..] = &self.lists[self.current.load(Relaxed) as usize];
        let entries = &entries[..length.load(Relaxed) as usize];
        entries.iter().map(|entry| entry.load(Relaxed)).collect()
    }
}
