//! What is shown of the backends, on the page of counters.

use policy::BackendId;
use policy::breaker;
use policy::standing::Reason;

use super::super::backend::Backend;
use super::Control;
use crate::stats::{BackendCount, BackendGauge, BackendRow, Breaker, Gauge, Health};

impl Control {
    /// Where the backend in `slot` is counted.
    #[inline]
    pub(in crate::proxy) fn row(&self, slot: u32) -> Option<BackendRow> {
        let (page, balancer) = self.page?;
        page.backend(balancer, slot)
    }

    /// Counts something at `backend`.
    pub(in crate::proxy) fn count(&self, backend: &Backend, what: BackendCount) {
        if let Some(row) = self.row(backend.id.slot) {
            row.counted(what);
        }
    }

    /// `backend` was asked again what another could not answer.
    pub(in crate::proxy) fn retried(&self, backend: &Backend) {
        if let Some(row) = self.row(backend.id.slot) {
            row.retried();
        }
    }

    /// `backend` was asked beside another.
    pub(in crate::proxy) fn hedged(&self, backend: &Backend) {
        if let Some(row) = self.row(backend.id.slot) {
            row.hedged();
        }
    }

    /// How many connections are idle.
    pub(in crate::proxy) fn show_idle(&self, count: impl Fn(BackendId) -> usize) {
        for backend in self.backends.borrow().present.iter().flatten() {
            if let Some(row) = self.row(backend.id.slot) {
                row.idle(count(backend.id) as u64);
            }
        }
    }

    /// Who has which row. Whoever left keeps its own until nothing of it is in flight any more: the master, for one,
    /// waits for that before it ends a worker.
    pub(super) fn show_roster(&self) {
        let slots = self
            .page
            .map_or(0, |(page, balancer)| page.backends(balancer).count());
        for slot in 0..slots as u32 {
            let Some(row) = self.row(slot) else { continue };
            match self.backends.borrow().in_slot(slot) {
                Some(backend) => row.occupy(backend.identity, &backend.endpoint.authority),
                None => {
                    row.idle(0);
                    row.eligible(false);
                }
            }
            self.clear_up(slot, row);
        }
        self.show_standings();
    }

    /// The row is nobody's if whose it was has left, and nothing of it is in flight.
    #[inline]
    pub(super) fn clear_up(&self, slot: u32, row: BackendRow) {
        let left = self.backends.borrow().in_slot(slot).is_none();
        if left && row.gauge(BackendGauge::InFlight) == 0 {
            row.vacate();
        }
    }

    /// Whether nothing is in flight that counts in `slot`'s row.
    pub(super) fn is_clear(&self, slot: u32) -> bool {
        let row = self.row(slot);
        row.is_none_or(|row| row.gauge(BackendGauge::InFlight) == 0)
    }

    /// If anything was learnt: shows it, and wakes whoever waits for the next deadline, which may be another.
    #[inline]
    pub(in crate::proxy) fn look(&self) {
        let version = self.dispatcher.borrow().version();
        if self.shown.replace(version) != version {
            self.show_standings();
            self.changed.notify_one();
        }
    }

    /// What is held against whom.
    fn show_standings(&self) {
        let Some((page, balancer)) = self.page else {
            return;
        };
        let panics = self.dispatcher.borrow().is_panicking();
        page.process(balancer)
            .set(Gauge::Panicking, u64::from(panics));
        for backend in self.backends.borrow().present.iter().flatten() {
            self.show_standing(backend.id);
        }
    }

    fn show_standing(&self, id: BackendId) {
        let Some(row) = self.row(id.slot) else { return };
        let dispatcher = self.dispatcher.borrow();
        let ill = dispatcher.holds(id, Reason::Unhealthy) || dispatcher.holds(id, Reason::Failing);
        row.health(match ill {
            true => Health::Down,
            false => Health::Up,
        });
        let opened = row.breaker_now() == Breaker::Open;
        let ejected = row.gauge(BackendGauge::Ejected) != 0;
        row.breaker(match dispatcher.breaker(id).map(breaker::State::phase) {
            None | Some(breaker::Phase::Closed { .. }) => Breaker::Closed,
            Some(breaker::Phase::Open { .. }) => Breaker::Open,
            Some(breaker::Phase::HalfOpen { .. }) => Breaker::HalfOpen,
        });
        if !opened && row.breaker_now() == Breaker::Open {
            row.counted(BackendCount::Opened);
        }
        if !ejected && dispatcher.holds(id, Reason::Ejected) {
            row.counted(BackendCount::Ejections);
        }
        row.ejected(dispatcher.holds(id, Reason::Ejected));
        row.eligible(dispatcher.is_eligible(id));
    }

    /// How a probe went.
    pub(super) fn show_probe(&self, id: BackendId, healthy: bool) {
        let there = self.backends.borrow().at(id).is_some();
        if let Some(row) = self.row(id.slot).filter(|_| there) {
            row.counted(match healthy {
                true => BackendCount::ProbesPassed,
                false => BackendCount::ProbesFailed,
            });
            self.show_standing(id);
        }
    }
}
