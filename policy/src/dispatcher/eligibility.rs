//! Who may be chosen, and with what weight: what is held against backends is passed on to the fleet.

use super::Dispatcher;
use super::backend::Phase;
use super::deadlines::Task;
use crate::slow_start::{Ramp, scaled};
use crate::standing::Reason;
use crate::time::Instant;

impl Dispatcher {
    /// `reason` keeps `slot` from being chosen, or no longer does.
    pub(super) fn hold(&mut self, slot: u32, reason: Reason, holds: bool, now: Instant) {
        if !self.standings.set(slot, reason, holds) {
            return;
        }
        self.version += 1;
        let mut changes = Vec::new();
        self.standings
            .drain_changes(|slot, may| changes.push((slot, may)));
        for (slot, may) in changes {
            let id = self.backends[slot as usize].id;
            self.balancer.set_eligible(id, may);
            self.ramp(slot, may, now);
        }
    }

    /// How many there are of whom a share may be ejected.
    pub(super) fn recount_members(&mut self) {
        if let Some(detector) = &mut self.outlier {
            detector.set_members(self.standings.members());
        }
    }

    /// The breaker of `slot` is not closed, or was not when it was looked at last.
    #[cold]
    pub(super) fn breaker_stands(&mut self, slot: u32, now: Instant) {
        let Some(breaker) = self.breakers.get(slot as usize) else {
            return;
        };
        let shut = !breaker.lets_through(now);
        let next = breaker.next_deadline().filter(|_| shut);
        let is = Phase::of(breaker);
        let was = std::mem::replace(&mut self.backends[slot as usize].phase, is);
        let level = |phase| i32::from(is == phase) - i32::from(was == phase);
        self.levels
            .change(level(Phase::Open), level(Phase::HalfOpen));
        self.version += u64::from(is != was);
        self.hold(slot, Reason::Open, shut, now);
        self.deadlines.plan(Task::Breaker(slot), next);
    }

    /// Who may be chosen again is brought up to its share in steps.
    fn ramp(&mut self, slot: u32, may: bool, now: Instant) {
        let begun = self.begun;
        let Some(ramp) = self.ramps.get_mut(slot as usize) else {
            return;
        };
        if may && begun {
            ramp.enter(now);
            self.weigh(slot);
        } else {
            ramp.leave();
        }
        self.plan_ramp(slot);
    }

    /// The next step of a slow start.
    pub(super) fn ramp_due(&mut self, slot: u32, now: Instant) {
        let ramp = self.ramps.get_mut(slot as usize);
        if ramp.and_then(|ramp| ramp.due(now)).is_some() {
            self.weigh(slot);
        }
        self.plan_ramp(slot);
    }

    fn plan_ramp(&mut self, slot: u32) {
        let ramp = self.ramps.get(slot as usize);
        let next = ramp.and_then(Ramp::next_deadline);
        self.deadlines.plan(Task::Ramp(slot), next);
    }

    /// Its share is as configured, and as far as its slow start has got.
    pub(super) fn weigh(&mut self, slot: u32) {
        let backend = &self.backends[slot as usize];
        let weight = match self.ramps.get(slot as usize) {
            Some(ramp) => scaled(backend.weight, ramp.factor()),
            None => backend.weight,
        };
        self.version += 1;
        self.balancer.set_weight(backend.id, weight);
    }
}
