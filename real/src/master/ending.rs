//! How processes come to their end, and with them the server.

use policy::supervise::Worker;
use policy::time::{Duration, Instant};
use spec::{Failure, Status};

use super::Master;
use super::child::Stage;
use super::event::Event;
use super::notify;
use super::sockets::Sockets;
use crate::channel::message::Role;
use crate::settings::Accept;

/// After a worker's socket is steered away from, until that is emptied and closed: handshakes that began before are over
/// by then, wherever in the world the client is.
const HANDSHAKE: Duration = Duration::from_millis(500);
/// For whoever is to end at once.
const AT_ONCE: Duration = Duration::from_millis(1_000);

/// What the server as a whole is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It serves.
    Serving,
    /// It ends.
    Ending {
        /// With this exit status.
        why: Why,
        /// Whether nobody waits for what is being served.
        at_once: bool,
        /// Whether somebody else goes on at the listening sockets.
        succeeded: bool,
    },
}

/// Why it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It was told to.
    Told,
    /// It was told to, by INT.
    Interrupted,
    /// Nobody is left who serves.
    Lost,
}

impl Why {
    fn status(self) -> Result<Status, Failure> {
        match self {
            Why::Told => Ok(Status::Done),
            Why::Interrupted => Ok(Status::Interrupted),
            Why::Lost => {
                let sentence =
                    "nobody is left who serves: all crashed, too often to be started again";
                Err(Failure::Running(sentence.to_owned()))
            }
        }
    }
}

impl Phase {
    pub(super) fn is_ending(self) -> bool {
        self != Phase::Serving
    }
}

impl Master {
    /// Whoever asks whether this server is ready is told that it is not; once there was time to ask, it ends. Told again,
    /// it ends without.
    pub(super) fn leave(&mut self, now: Instant) {
        let delay = self.settings.drain_delay;
        if delay == Duration::ZERO || self.leaving || self.phase.is_ending() {
            return self.end_gracefully(now);
        }
        self.leaving = true;
        self.shown.drains();
        let events = self.events.clone();
        tokio::task::spawn_local(async move {
            tokio::time::sleep(std::time::Duration::from_nanos(delay.0)).await;
            // Only if the master is gone.
            let _ = events.send(Event::Leave);
        });
    }

    /// Nobody connects any more; what has begun is ended within the time for draining.
    pub(super) fn end_gracefully(&mut self, now: Instant) {
        if self.phase.is_ending() {
            return self.end_at_once(Why::Told, now);
        }
        self.end(false, now);
    }

    /// The successor serves at the same sockets.
    pub(super) fn hand_over(&mut self, now: Instant) {
        self.end(true, now);
    }

    fn end(&mut self, succeeded: bool, now: Instant) {
        self.phase = Phase::Ending {
            why: Why::Told,
            at_once: false,
            succeeded,
        };
        self.shown.drains();
        if let Some(successor) = self.successor.take() {
            successor.give_up();
        }
        match succeeded {
            true => self.shown.stop(),
            false => notify::stopping(),
        }
        self.sockets = None;
        match self.handoff.clone() {
            // What the master has accepted, and what waits for it if nobody else accepts, is handed on first.
            Some(handoff) => {
                let events = self.events.clone();
                tokio::task::spawn_local(async move {
                    handoff.stop(!succeeded).await;
                    // Only if the master is gone.
                    let _ = events.send(Event::HandedOn);
                });
            }
            None => self.end_the_first(now),
        }
    }

    /// Those whom clients are connected to end first.
    pub(super) fn end_the_first(&mut self, now: Instant) {
        let nobody_is_before_them = self.balancers.is_empty();
        // Those who were not started yet are not started any more, either.
        self.balancers.want(0, now);
        if nobody_is_before_them {
            self.workers.want(0, now);
        }
    }

    /// Everybody ends now.
    pub(super) fn end_at_once(&mut self, why: Why, now: Instant) {
        self.phase = Phase::Ending {
            why,
            at_once: true,
            succeeded: false,
        };
        self.shown.drains();
        if let Some(successor) = self.successor.take() {
            successor.give_up();
        }
        notify::stopping();
        self.sockets = None;
        for role in [Role::Balancer, Role::Worker] {
            let pool = self.pool(role);
            pool.want(0, now);
            pool.alive_mut().for_each(|child| child.quit(now + AT_ONCE));
        }
    }

    /// With which status the server is over, if it is.
    pub(super) fn ended(&mut self) -> Option<Result<Status, Failure>> {
        let now = self.clock.now();
        let lost = |pool: &super::Pool| pool.gave_up() && pool.is_empty();
        if self.phase == Phase::Serving && (lost(&self.workers) || lost(&self.balancers)) {
            // If nobody is left at all, no event follows: that is seen below.
            self.end_at_once(Why::Lost, now);
        }
        match self.phase {
            Phase::Serving => None,
            Phase::Ending { why, .. } if self.balancers.is_empty() => {
                if self.workers.target() > 0 && self.handoff.is_none() {
                    self.workers.want(0, now);
                }
                self.workers.is_empty().then(|| why.status())
            }
            Phase::Ending { .. } => None,
        }
    }

    /// `worker` is to end: it gets no more, and is told as soon as nothing is on its way to it.
    pub(super) fn part(&mut self, role: Role, worker: Worker, now: Instant) {
        let drain = now + self.settings.drain;
        let (at_once, last) = match self.phase {
            Phase::Serving => (false, matches!(self.settings.accept, Accept::Reuseport(_))),
            Phase::Ending {
                at_once, succeeded, ..
            } => (at_once, !succeeded),
        };
        let behind = role == Role::Worker && self.settings.accept == Accept::Proxy;
        let steered = matches!(self.sockets, Some(Sockets::Each(_)));
        if let (Some(handoff), Role::Worker) = (&self.handoff, role) {
            handoff.remove(worker.slot);
        }
        let Some(child) = self.pool(role).get_mut(worker) else {
            return;
        };
        if child.stage.is_leaving() {
            return;
        }
        if at_once {
            return child.quit(now + AT_ONCE);
        }
        if !behind && !steered {
            return child.drain(last, drain);
        }
        child.stage = Stage::Parting {
            version: None,
            until: now + HANDSHAKE,
        };
        self.redirect();
        if behind {
            let version = self.publish();
            if let Some(child) = self.pool(role).get_mut(worker) {
                child.stage = Stage::Parting {
                    version: Some(version),
                    until: drain,
                };
            }
        }
    }

    /// Does what comes next for those who are done with something.
    pub(super) fn settle(&mut self, now: Instant) {
        if let Some(worker) = self.workers.replaced(now) {
            self.part(Role::Worker, worker, now);
        }
        for (worker, version) in self.parting() {
            let idle = self.is_known(version) && self.is_idle_behind(worker);
            let until = now + self.settings.drain;
            if let (true, Some(child)) = (idle, self.workers.get_mut(worker)) {
                child.drain(false, until);
            }
        }
        self.close_spare_sockets();
    }

    /// The workers behind balancers that are to end, and since when they get nothing more.
    pub(super) fn parting(&self) -> Vec<(Worker, u64)> {
        let parting = self.workers.alive().filter_map(|child| match child.stage {
            Stage::Parting {
                version: Some(version),
                ..
            } => Some((child.worker, version)),
            _ => None,
        });
        parting.collect()
    }

    /// Whether no balancer waits for an answer of `worker`. Our own workers need not be asked: they end with what they
    /// have.
    fn is_idle_behind(&mut self, worker: Worker) -> bool {
        let Some(child) = self.workers.get_mut(worker) else {
            return true;
        };
        let (Some(address), true) = (child.address, child.orders.is_none()) else {
            return true;
        };
        self.in_flight_with(address) == 0
    }

    /// Sockets above the number of workers, once nobody empties them any more.
    fn close_spare_sockets(&mut self) {
        let target = self.workers.target();
        let emptied = self.workers.alive().all(|child| child.worker.slot < target);
        if let (true, Some(Sockets::Each(group))) = (emptied, &mut self.sockets) {
            let lost = group.close_above(target);
            if lost > 0 {
                tracing::warn!(lost, "connections waited at a socket that was closed");
            }
        }
    }

    /// Does something about those who take too long.
    pub(super) fn lose_patience(&mut self, now: Instant) {
        let drain = now + self.settings.drain;
        for role in [Role::Balancer, Role::Worker] {
            for child in self.pool(role).alive_mut() {
                if child.stage.deadline() > now {
                    continue;
                }
                let (slot, pid) = (child.worker.slot, child.pid.as_raw_pid());
                match child.stage {
                    Stage::Parting { .. } => child.drain(true, drain),
                    Stage::Starting { .. } => {
                        tracing::warn!(?role, slot, pid, "not ready in time: killed");
                        child.kill_unready();
                    }
                    _ => {
                        tracing::warn!(?role, slot, pid, "does not end in time: killed");
                        child.kill();
                    }
                }
            }
        }
    }
}
