//! The memory that all processes share, and what is cleared in it when one of them is gone.

use std::io;
use std::os::fd::OwnedFd;

use policy::Owner;
use policy::shared::{self, Mapped};

use crate::settings::{Accept, Behind, Settings};
use crate::stats::{Layout, Page, ProcessRow};
use crate::sys;

/// Workers that there is room for beyond those asked for: by TTIN, by a reload, or in place of one that is replaced.
const SPARE: u32 = 64;
/// Backends that there is room for beyond twice those asked for.
const SPARE_BACKENDS: u32 = 128;

/// How many processes of each kind there may be, and which rows are whose: first the balancers', then the workers', at
/// last the master's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capacity {
    /// Balancers.
    pub(super) balancers: u32,
    /// Workers.
    pub(super) workers: u32,
    /// Backends of each balancer.
    pub(super) backends: u32,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Pages {
    capacity: Capacity,
    counters: OwnedFd,
    page: Page,
    words: OwnedFd,
    shared: Mapped<'static>,
}

impl Capacity {
    /// As much as `settings` ask for, and some more.
    pub(super) fn of(settings: &Settings) -> Capacity {
        let balancers = match settings.accept {
            Accept::Proxy => settings.balancers,
            _ => 0,
        };
        let most = settings
            .pool
            .sizing
            .as_ref()
            .map_or(0, |sizing| sizing.bounds().max);
        // Each is an owner of slots, and there are no more numbers for those.
        let most_workers = u32::from(Owner::MAX).saturating_sub(balancers);
        let workers = (settings.pool.workers.max(most) + SPARE).min(most_workers);
        let backends = match &settings.behind {
            Behind::Upstreams(upstreams) => upstreams.len() as u32,
            _ => workers,
        };
        Capacity {
            balancers,
            workers,
            backends: 2 * backends + SPARE_BACKENDS,
        }
    }
}

impl Pages {
    /// Of a server that begins.
    ///
    /// # Errors
    /// If there is not enough memory, or too much is asked for.
    pub(super) fn new(capacity: Capacity, slots: u32) -> io::Result<Pages> {
        let layout = Layout {
            processes: capacity.balancers + capacity.workers + 1,
            balancers: capacity.balancers,
            backends: capacity.backends,
        };
        let zeros = std::iter::repeat_n(0, layout.bytes() / size_of::<u64>());
        let counters = sys::shared_memory("evenkeel-counters", zeros)?;
        let page = Page::create(sys::map(&counters)?, layout).map_err(io::Error::other)?;
        let layout = shared::Layout {
            backends: capacity.backends,
            balancers: capacity.balancers.max(1),
            slots,
        };
        let initial = layout.initial().map_err(io::Error::other)?;
        let words = sys::shared_memory("evenkeel-shared", initial)?;
        let shared = Mapped::open(sys::map(&words)?).map_err(io::Error::other)?;
        Ok(Pages {
            capacity,
            counters,
            page,
            words,
            shared,
        })
    }

    /// What there is room for.
    pub(super) fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// What everybody counts.
    pub(super) fn page(&self) -> Page {
        self.page
    }

    /// Board, health and slots.
    pub(super) fn shared(&self) -> Mapped<'static> {
        self.shared
    }

    /// What is handed on: the counters' memory, and the other.
    pub(super) fn descriptors(&self) -> (&OwnedFd, &OwnedFd) {
        (&self.counters, &self.words)
    }

    /// Which row a balancer counts in.
    pub(super) fn balancer_row(&self, slot: u32) -> u32 {
        slot
    }

    /// Which row a worker counts in.
    pub(super) fn worker_row(&self, slot: u32) -> u32 {
        self.capacity.balancers + slot
    }

    /// What the master counts.
    pub(super) fn own_row(&self) -> ProcessRow {
        self.page
            .process(self.capacity.balancers + self.capacity.workers)
    }

    /// What `row`'s process held is nobody's: it was reaped.
    pub(super) fn clear(&self, row: u32) {
        self.page.process(row).clear_gauges();
        let Some(owner) = Owner::of_slot(row) else {
            return;
        };
        let slots = self.shared.pool().clear(owner);
        if slots > 0 {
            tracing::info!(row, slots, "gave back what a process held");
        }
        if row < self.capacity.balancers {
            self.shared.board().clear(owner);
            // It may have died between a change and telling of it.
            self.shared.health().announce();
            for backend in self.page.backends(row) {
                backend.clear_gauges();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Gauge;
    use policy::shared::Near;

    const CAPACITY: Capacity = Capacity {
        balancers: 2,
        workers: 3,
        backends: 8,
    };

    #[test]
    fn what_the_dead_held_is_free_and_what_they_counted_stays() {
        let pages = Pages::new(CAPACITY, 4).unwrap();
        let row = pages.worker_row(1);
        let (dead, alive) = (Owner::of_slot(row).unwrap(), Owner::of_slot(0).unwrap());
        let pool = pages.shared().pool();
        let _held = [dead, dead, alive].map(|owner| pool.acquire(owner, &Near::new(owner)));
        pages.page().process(row).accepted(1);
        pages.page().process(row).began();
        pages.clear(row);
        assert_eq!(pool.in_use(), 1);
        assert_eq!(pages.page().process(row).gauge(Gauge::InFlight), 0);
        assert_eq!(
            pages
                .page()
                .process(row)
                .count(crate::stats::Count::Accepted),
            1
        );
    }

    #[test]
    fn a_dead_balancer_has_nothing_in_flight() {
        let pages = Pages::new(CAPACITY, 4).unwrap();
        let board = pages.shared().board();
        for balancer in [0, 1] {
            let lane = board.lane(Owner::of_slot(balancer).unwrap());
            std::mem::forget(lane.start(5));
        }
        pages.clear(pages.balancer_row(1));
        assert_eq!(board.in_flight(5), 1);
    }
}
