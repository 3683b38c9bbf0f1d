//! A total beside the rows: what a worker has under way stands in its row, what all have in a word of its own.
//!
//! A worker killed between the two leaves them apart, and clearing its row cannot tell whether the total knew. (With no
//! rows at all, as in what was reported, everything a killed worker held stays in the total.)

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use policy::shared::Atomic;

use super::common::board::Ours;
use super::common::pool::owner;
use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;
use crate::watch::mortal;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(the_dead_are_not_counted<TotalBesideRows>).dying(),
        ours: Some(over_ours!(the_dead_are_not_counted<Ours>).dying()),
        found_in: "nginx/nginx#131 (stub_status after killed workers), openresty/lua-resty-limit-traffic#25 (worker \
                   crashes)",
        harm: "connections that do not exist count against the limit, until everything is restarted",
        guarded_by: Guard::Property("board::the_dead_leave_no_count_behind"),
        found_by: FoundBy::DEATHS,
    }
}

trait Ledger<P: Platform>: Send + Sync + 'static {
    fn new() -> Self;
    /// A request begins and ends.
    fn serve(&self, worker: u8);
    /// A request begins.
    fn hold(&self, worker: u8);
    /// `worker` is known to be dead.
    fn bury(&self, worker: u8);
    fn total(&self) -> u64;
}

struct TotalBesideRows<P: Platform> {
    rows: [P::U64; 3],
    total: P::U64,
}

impl<P: Platform> Ledger<P> for TotalBesideRows<P> {
    fn new() -> Self {
        TotalBesideRows {
            rows: [0; 3].map(P::U64::new),
            total: P::U64::new(0),
        }
    }

    fn serve(&self, worker: u8) {
        self.hold(worker);
        self.rows[usize::from(worker)].fetch_sub(1, AcqRel);
        self.total.fetch_sub(1, AcqRel);
    }

    fn hold(&self, worker: u8) {
        self.rows[usize::from(worker)].fetch_add(1, AcqRel);
        self.total.fetch_add(1, AcqRel);
    }

    fn bury(&self, worker: u8) {
        let row = &self.rows[usize::from(worker)];
        let left = row.load(Acquire);
        row.fetch_sub(left, AcqRel);
        self.total.fetch_sub(left, AcqRel);
    }

    fn total(&self) -> u64 {
        self.total.load(Acquire)
    }
}

impl<P: Platform> Ledger<P> for Ours<P> {
    fn new() -> Self {
        Ours::new()
    }

    fn serve(&self, worker: u8) {
        drop(self.start(worker));
    }

    fn hold(&self, worker: u8) {
        std::mem::forget(self.start(worker));
    }

    fn bury(&self, worker: u8) {
        self.board().clear(owner(worker));
    }

    fn total(&self) -> u64 {
        self.board().total()
    }
}

fn the_dead_are_not_counted<P: Platform, L: Ledger<P>>() {
    let ledger = Arc::new(L::new());
    let victim = {
        let ledger = Arc::clone(&ledger);
        P::spawn(move || {
            mortal::<P, _>(|| {
                ledger.serve(1);
                ledger.hold(1);
            });
        })
    };
    ledger.hold(2);
    P::join(victim);
    ledger.bury(1);
    assert_eq!(ledger.total(), 1, "only the survivor has one under way");
}
