//! What befalls backends, and what balancers notice of it.

use policy::standing::Reason;
use policy::time::Instant;

use super::{DISPATCHERS, Eventful, FAULTS};
use crate::client::Client;
use crate::control::{Pool, Probed};
use crate::fault::{Changed, Conditions};
use crate::probe::Gauge;

impl<C: Client> Eventful<'_, C> {
    /// The next thing that befalls a backend.
    pub(super) fn fault(&mut self) {
        let Some(transition) = self.schedule.pop() else {
            return;
        };
        let slot = transition.slot;
        match self.conditions.apply(&transition) {
            Changed::Nothing | Changed::Restarted => {}
            Changed::Crashed => self.crash(slot),
            Changed::SpeedChanged => {
                self.stations
                    .set_speed(slot, self.conditions.speed(slot), self.now);
                self.plan_station(slot);
            }
            Changed::Swallows => self.swallow_all(slot),
            // It does not remember whom it has not answered, and closes their connections.
            Changed::Answers => self.cut_off(slot),
            Changed::Drains if self.pool.is_some() => self.retire(slot),
            Changed::Drains => self.stand(slot, Reason::Draining, true),
            Changed::Returns if self.pool.is_some() => {}
            Changed::Returns => self.stand(slot, Reason::Draining, false),
            Changed::Left | Changed::Joined => self.take_note(slot),
        }
        self.recount(slot);
        self.plan_faults();
    }

    /// Whether `slot` is up and part of the fleet may have changed. A pool counts its workers itself.
    fn recount(&mut self, slot: u32) {
        let is = self.conditions.is_up(slot) && self.conditions.is_joined(slot);
        let was = std::mem::replace(&mut self.there[slot as usize], is);
        if self.pool.is_none() {
            self.gauge(Gauge::Workers, i32::from(is) - i32::from(was));
        }
    }

    pub(super) fn plan_faults(&mut self) {
        self.wakes.schedule(FAULTS, self.schedule.next_time());
    }

    /// The process at `slot` dies.
    fn crash(&mut self, slot: u32) {
        if self.pool.is_some() {
            self.worker_crashed(slot);
        } else {
            self.cut_off(slot);
        }
    }

    /// What is at `slot` will not be answered any more.
    fn swallow_all(&mut self, slot: u32) {
        for (key, given) in self.stations.clear(slot, self.now) {
            if let Some(attempt) = self.attempts.get_mut(key) {
                attempt.swallowed = true;
                self.swallowed[slot as usize].push(key);
            }
            self.give_in_vain(given);
        }
        self.plan_station(slot);
    }

    /// Whether something at `slot` accepts connections.
    pub(super) fn is_reachable(&self, slot: u32) -> bool {
        is_reachable(self.pool.as_ref(), &self.conditions, slot)
    }

    /// All balancers are told that `reason` keeps `slot` from being chosen, or no longer does.
    pub(super) fn stand(&mut self, slot: u32, reason: Reason, holds: bool) {
        for dispatcher in 0..self.dispatchers.len() {
            self.dispatchers[dispatcher].stand(slot, reason, holds, self.now);
            self.plan_dispatcher(dispatcher);
        }
    }

    /// What is due at a balancer.
    pub(super) fn wake_dispatcher(&mut self, dispatcher: usize) {
        // Probes ask a page that needs no work: who is alive and not stopped answers at once, however badly it
        // serves.
        let probed = |slot: u32| {
            if !is_reachable(self.pool.as_ref(), &self.conditions, slot) {
                Probed::Refused
            } else if !self.conditions.answers(slot) || self.conditions.speed(slot) == 0.0 {
                Probed::Silent
            } else {
                Probed::Healthy
            }
        };
        self.dispatchers[dispatcher].wake(self.now, probed);
        self.plan_dispatcher(dispatcher);
    }

    /// Something changed at a balancer.
    pub(super) fn plan_dispatcher(&mut self, dispatcher: usize) {
        let component = DISPATCHERS + dispatcher as u32;
        let balancer = &mut self.dispatchers[dispatcher];
        let next = balancer.policy.next_deadline();
        let [ejected, open, half_open] = balancer.take_changes();
        if self.wakes.time_of(component) != next {
            self.wakes.schedule(component, next);
        }
        self.gauge(Gauge::Ejected, ejected);
        self.gauge(Gauge::BreakersOpen, open);
        self.gauge(Gauge::BreakersHalfOpen, half_open);
    }

    /// What is so from the beginning.
    pub(super) fn open_fleet(&mut self) {
        if self.pool.is_some() {
            self.open_pool();
        } else {
            self.gauge(Gauge::Workers, self.waiting.len() as i32);
        }
        while self.schedule.next_time() == Instant::ZERO {
            self.fault();
        }
        // Who comes back from now on comes back slowly.
        for dispatcher in &mut self.dispatchers {
            dispatcher.policy.begin();
        }
    }
}

fn is_reachable(pool: Option<&Pool>, conditions: &Conditions, slot: u32) -> bool {
    let listens = pool.is_none_or(|pool| pool.is_listening(slot));
    listens && conditions.is_up(slot) && conditions.is_joined(slot)
}
