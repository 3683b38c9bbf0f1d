//! Backends as workers: started, made ready, recycled, stopped, started again.

use policy::standing::Reason;
use policy::supervise::{Action, Exit, Worker};
use policy::time::Instant;

use super::{Eventful, POOL, SIZING, Timer, served_ns};
use crate::client::Client;
use crate::control::{Looked, Pool};
use crate::probe::Gauge;

impl<C: Client> Eventful<'_, C> {
    /// The workers that are there from the beginning are warm.
    pub(super) fn open_pool(&mut self) {
        for slot in 0..self.waiting.len() as u32 {
            self.take_note(slot);
        }
        while let Some(action) = self.pool.as_mut().and_then(|pool| pool.due(self.now)) {
            if let Action::Start(worker) = action {
                if let Some(pool) = &mut self.pool {
                    pool.start(worker);
                }
                self.take_note(worker.slot);
                self.enter(worker);
            }
        }
        if let Some(pool) = &mut self.pool {
            pool.want_all();
        }
        self.plan_sizing();
        self.run_pool();
    }

    fn plan_pool(&mut self) {
        let next = self.pool.as_ref().map(|pool| pool.next_deadline());
        self.wakes.schedule(POOL, next.unwrap_or(Instant::NEVER));
    }

    /// What the supervisor has to say.
    pub(super) fn run_pool(&mut self) {
        while let Some(action) = self.pool.as_mut().and_then(|pool| pool.due(self.now)) {
            match action {
                Action::Start(worker) => self.start(worker),
                Action::Stop(worker) => self.retire(worker.slot),
            }
        }
        self.plan_pool();
    }

    fn start(&mut self, worker: Worker) {
        let Some(pool) = &mut self.pool else { return };
        let cold = pool.start(worker);
        self.chronicle.totals.workers_started += 1;
        self.timers.set(self.now + cold, Timer::Ready(worker));
        self.stand(worker.slot, Reason::Starting, true);
        self.take_note(worker.slot);
    }

    /// A worker that was started listens; unless what keeps it from living still does.
    pub(super) fn worker_ready(&mut self, worker: Worker) {
        let Some(pool) = &self.pool else { return };
        if !pool.is_starting(worker) {
            return;
        }
        if self.conditions.is_up(worker.slot) {
            self.enter(worker);
        } else {
            self.worker_crashed(worker.slot);
        }
    }

    fn enter(&mut self, worker: Worker) {
        let Some(pool) = &mut self.pool else { return };
        pool.ready(worker);
        self.gauge(Gauge::Workers, 1);
        self.stand(worker.slot, Reason::Starting, false);
    }

    /// `slot`'s worker is to end once it has served what it has.
    pub(super) fn retire(&mut self, slot: u32) {
        let Some(pool) = self.pool.as_mut().filter(|pool| pool.is_alive(slot)) else {
            return;
        };
        if pool.drain(slot) {
            self.gauge(Gauge::Workers, -1);
        }
        self.stand(slot, Reason::Draining, true);
        self.emptied(slot);
    }

    /// `slot`'s worker has answered one request more.
    pub(super) fn served(&mut self, slot: u32) {
        if self.pool.as_mut().is_some_and(|pool| pool.served(slot)) {
            self.chronicle.totals.workers_recycled += 1;
            self.retire(slot);
        }
    }

    /// Somebody left `slot`: a worker that is to end does so when nobody is left.
    pub(super) fn emptied(&mut self, slot: u32) {
        let empty = self.stations.in_system(slot) == 0 && self.swallowed[slot as usize].is_empty();
        if empty && self.pool.as_ref().is_some_and(|pool| pool.drains(slot)) {
            self.worker_exited(slot, Exit::Clean);
        }
    }

    /// `slot`'s worker dies, if there is one.
    pub(super) fn worker_crashed(&mut self, slot: u32) {
        if self.pool.as_ref().is_some_and(|pool| pool.is_alive(slot)) {
            self.chronicle.totals.workers_crashed += 1;
            self.worker_exited(slot, Exit::Crash);
        }
    }

    fn worker_exited(&mut self, slot: u32, exit: Exit) {
        let Some(pool) = &mut self.pool else { return };
        let was_ready = pool.is_ready(slot);
        let gave_up = pool.exited(slot, exit, self.now);
        self.chronicle.totals.workers_given_up += u64::from(gave_up);
        self.gauge(Gauge::Workers, -i32::from(was_ready));
        // Before those it had are tried again: nobody is to choose it.
        self.take_note(slot);
        self.stand(slot, Reason::Starting, false);
        self.stand(slot, Reason::Draining, false);
        self.cut_off(slot);
        self.run_pool();
    }

    /// All balancers know which slots have a backend: in a pool the master tells them.
    pub(super) fn take_note(&mut self, slot: u32) {
        let has_worker = self.pool.as_ref().is_none_or(|pool| pool.is_alive(slot));
        let present = has_worker && self.conditions.is_joined(slot);
        self.stand(slot, Reason::Absent, !present);
    }

    /// A request has to wait, for a slot or in a worker's queue, or finds nobody at all.
    pub(super) fn somebody_waits(&mut self) {
        if self.pool.as_ref().is_some_and(Pool::is_asked_on_need) {
            self.size_pool();
        }
    }

    /// The controller looks at the pool.
    pub(super) fn size_pool(&mut self) {
        let backends = self.waiting.len() as u32;
        let Some(pool) = &self.pool else { return };
        let serves = |slot: &u32| pool.is_ready(*slot) && self.stations.in_system(*slot) > 0;
        let busy = (0..backends).filter(serves).count() as u32;
        let waiting = self.waiting.iter().sum::<u32>() + self.waiting_for_slots;
        let until_now = Looked {
            at: self.now,
            arrivals: self.counts.sent,
            completions: self.departures_so_far,
            work_ns: served_ns(&*self.stations, backends, self.now),
        };
        let Some(pool) = &mut self.pool else { return };
        pool.size(until_now, busy, waiting);
        self.plan_sizing();
        self.run_pool();
    }

    fn plan_sizing(&mut self) {
        let interval = self.pool.as_ref().and_then(Pool::sizing_interval);
        let next = interval.map_or(Instant::NEVER, |span| self.now + span);
        self.wakes.schedule(SIZING, next);
    }
}
