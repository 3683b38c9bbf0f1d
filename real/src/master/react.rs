//! What an event means.

use std::net::SocketAddr;

use policy::supervise::{Decision, Exit, Worker};
use policy::time::Instant;

use super::Master;
use super::child::Stage;
use super::ending::Why;
use super::event::{Event, Signal};
use super::sockets::Sockets;
use crate::channel::message::{Order, Report, Role};

impl Master {
    pub(super) fn react(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Exited(role, worker) => self.exited(role, worker, now),
            Event::Said(role, worker, report) => self.said(role, worker, report, now),
            Event::Answers(worker) => self.ready(Role::Worker, worker, None),
            Event::Signal(signal) => self.signalled(signal, now),
            Event::Leave if !self.phase.is_ending() => self.end_gracefully(now),
            Event::Leave => {}
            Event::HandedOn => self.end_the_first(now),
            Event::FileChanged => self.reload(now),
            Event::Successor(serves) => self.succeeded(serves, now),
        }
    }

    fn said(&mut self, role: Role, worker: Worker, report: Report, now: Instant) {
        match report {
            Report::Ready(address) => self.ready(role, worker, address),
            Report::Applied(version) => self.roster.applied(worker, version),
            Report::Leaving => {
                let until = now + self.settings.drain;
                if let (Some(handoff), Role::Worker) = (&self.handoff, role) {
                    handoff.remove(worker.slot);
                }
                if let Some(child) = self.pool(role).get_mut(worker) {
                    child.stage = Stage::Draining { until };
                }
                self.redirect();
            }
        }
    }

    fn ready(&mut self, role: Role, worker: Worker, address: Option<SocketAddr>) {
        let Some(child) = self.pool(role).get_mut(worker) else {
            return;
        };
        if !matches!(child.stage, Stage::Starting { .. }) {
            return;
        }
        child.stage = Stage::Ready;
        child.address = address.or(child.address);
        let passing = child.passing.take();
        if let (Some(handoff), Some(socket)) = (&self.handoff, passing) {
            let row = self.row(role, worker.slot);
            handoff.add(worker.slot, socket, self.pages.page().process(row));
        }
        self.redirect();
    }

    /// Connections and requests go to those who are ready, and to nobody else.
    pub(super) fn redirect(&mut self) {
        self.publish();
        if let Some(Sockets::Each(group)) = &mut self.sockets {
            let ready = self
                .workers
                .alive()
                .filter(|child| child.stage == Stage::Ready);
            let target = self.workers.target();
            let slots = ready.map(|child| child.worker.slot);
            let slots: Vec<u32> = slots.filter(|&slot| slot < target).collect();
            if let Err(error) = group.steer(&slots) {
                tracing::warn!(%error, "connections cannot be steered");
            }
        }
    }

    fn exited(&mut self, role: Role, worker: Worker, now: Instant) {
        let Some(child) = self.pool(role).get_mut(worker) else {
            return;
        };
        let (status, ended_well) = match child.reap() {
            Ok(Some(status)) => (status.to_string(), status.success()),
            Ok(None) => return,
            Err(error) => (error.to_string(), false),
        };
        let exit = child.exit(ended_well);
        let pid = child.pid.as_raw_pid();
        match exit {
            Exit::Clean => tracing::info!(?role, slot = worker.slot, pid, %status, "exited"),
            Exit::Crash => tracing::warn!(?role, slot = worker.slot, pid, %status, "exited"),
        }
        self.follow_up(role, worker, exit, now);
    }

    /// What becomes of a slot whose occupant is gone.
    pub(super) fn follow_up(&mut self, role: Role, worker: Worker, exit: Exit, now: Instant) {
        if let (Some(handoff), Role::Worker) = (&self.handoff, role) {
            let lost = handoff.remove(worker.slot);
            if lost > 0 {
                tracing::warn!(
                    slot = worker.slot,
                    lost,
                    "connections were on their way to it"
                );
            }
        }
        if role == Role::Balancer {
            self.roster.forget(worker);
        }
        self.pages.clear(self.row(role, worker.slot));
        let mut rng = self.rng.clone();
        let decision = self.pool(role).exited(worker, exit, now, &mut rng);
        self.rng = rng;
        if decision == Decision::GiveUp {
            tracing::error!(?role, "too many crashes: nobody is started again");
        }
        self.redirect();
    }

    fn signalled(&mut self, signal: Signal, now: Instant) {
        tracing::info!(?signal, "signal");
        match signal {
            Signal::Drain => self.leave(now),
            Signal::Interrupt => self.end_at_once(Why::Interrupted, now),
            Signal::Quit => self.end_at_once(Why::Told, now),
            Signal::More => self.resize(self.workers.target().saturating_add(1), now),
            Signal::Fewer => self.resize(self.workers.target().saturating_sub(1).max(1), now),
            Signal::Reopen => self.order_all(&Order::Reopen),
            Signal::Reload => {
                self.order_all(&Order::Reopen);
                self.reload(now);
            }
            Signal::Upgrade => self.upgrade(),
        }
    }

    /// There are to be so many workers.
    pub(super) fn resize(&mut self, workers: u32, now: Instant) {
        if self.phase.is_ending() || workers == self.workers.target() {
            return;
        }
        self.workers.want(workers, now);
        let target = self.workers.target();
        tracing::info!(workers = target, "so many workers are wanted");
        if let Some(Sockets::Each(group)) = &mut self.sockets
            && let Err(error) = group.extend(target)
        {
            tracing::error!(%error, "a worker has to share its listening socket");
        }
        self.redirect();
    }
}
