//! Two arrays of backends, which one is active, and how many there are. A reload writes the count, and then flips the
//! arrays.
//!
//! Count and array are two words: whoever reads between them reads the new number of old backends, and with it entries
//! that nobody filled in.

use std::sync::atomic::Ordering::{Acquire, Release};

use policy::shared::Atomic;

use super::common::table::{Ours, Table, a_reader_gets_one_list_whole};
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_reader_gets_one_list_whole<CountBesideTable>),
        ours: Some(over_ours!(a_reader_gets_one_list_whole<Ours>)),
        found_in: "ejpir/zig-loadbalancer src/memory/shared_region.zig, switchActiveArray and getActiveBackends \
                   (seed 003)",
        harm: "during a reload, requests to an empty host at port 0, or to a backend that was removed",
        guarded_by: Guard::Property("table::a_request_ends_on_the_version_it_began_on"),
        found_by: FoundBy::SCHEDULES,
    }
}

struct CountBesideTable<P: Platform> {
    arrays: [[P::U64; 2]; 2],
    active: P::U64,
    count: P::U64,
}

impl<P: Platform> Table<P> for CountBesideTable<P> {
    fn new() -> Self {
        CountBesideTable {
            arrays: [[1, 0], [0, 0]].map(|array| array.map(P::U64::new)),
            active: P::U64::new(0),
            count: P::U64::new(1),
        }
    }

    fn reload(&self) {
        let next = 1 - self.active.load(Acquire);
        let [first, second] = &self.arrays[next as usize];
        first.store(2, Release);
        second.store(3, Release);
        self.count.store(2, Release);
        self.active.store(next, Release);
    }

    fn read(&self) -> Vec<u64> {
        let active = self.active.load(Acquire);
        let count = self.count.load(Acquire);
        let backends = &self.arrays[active as usize][..count as usize];
        backends
            .iter()
            .map(|backend| backend.load(Acquire))
            .collect()
    }
}
