//! What a balancer holds against its backends: probes, breakers, outliers, slow starts, each woken when it is due.

use policy::breaker::{Breaker, Phase};
use policy::health::Change;
use policy::health::active::{Prober, Step};
use policy::health::passive::Observer;
use policy::outlier::Detector;
use policy::slow_start::{Ramp, scaled};
use policy::standing::Reason;
use policy::time::Instant;

use super::{CLOSED, Dispatcher, End, HALF_OPEN, KINDS, Kind, OPEN, Probed};
use crate::world::backend_at;

impl Dispatcher {
    /// What an attempt's end says of its backend's health, and of how long answers take.
    pub(super) fn learn(&mut self, slot: u32, how: End, now: Instant) {
        // Whose process is gone fails what it had; that is no news of whoever comes after it.
        if self.standings.holds(slot, Reason::Absent) {
            return;
        }
        match how {
            End::Answered(response) => {
                if let Some(hedge) = &mut self.hedge {
                    hedge.responded(response);
                }
                if let Some(observer) = self.passive.get_mut(slot as usize) {
                    observer.success(now);
                }
                if let Some(detector) = &mut self.outlier {
                    detector.success(slot);
                }
            }
            End::Failed => {
                let observer = self.passive.get_mut(slot as usize);
                if observer
                    .and_then(|observer| observer.failure(now))
                    .is_some()
                {
                    self.hold(slot, Reason::Failing, true, now);
                    self.totals.ejections += 1;
                }
                self.plan(Kind::Passive, slot);
                let detector = self.outlier.as_mut();
                if detector
                    .and_then(|detector| detector.failure(slot, now))
                    .is_some()
                {
                    self.hold(slot, Reason::Ejected, true, now);
                    self.totals.ejections += 1;
                    self.plan_outlier();
                }
            }
            End::Cancelled => {}
        }
    }

    /// Somebody else knows that `reason` keeps `slot` from being chosen, or no longer does.
    pub(crate) fn stand(&mut self, slot: u32, reason: Reason, holds: bool, now: Instant) {
        let came = reason == Reason::Absent && !holds && self.standings.holds(slot, reason);
        if came && self.begun {
            self.forget(slot, now);
        }
        self.hold(slot, reason, holds, now);
        if let Some(detector) = &mut self.outlier {
            detector.set_members(self.standings.members());
        }
    }

    /// Another process is in `slot`: nothing is known of it.
    fn forget(&mut self, slot: u32, now: Instant) {
        let at = slot as usize;
        if let Some(prober) = self.probers.get_mut(at) {
            *prober = Prober::new(prober.config(), now);
            self.plan(Kind::Prober, slot);
        }
        if let Some(observer) = self.passive.get_mut(at) {
            *observer = Observer::new(observer.config());
            self.plan(Kind::Passive, slot);
        }
        if let Some(breaker) = self.breakers.get_mut(at) {
            breaker.renew();
            self.look_at_breaker(slot, now);
        }
        if let Some(detector) = &mut self.outlier {
            detector.forget(slot);
            self.plan_outlier();
        }
        let starts_ill = self.probers.get(at).is_some_and(|prober| !prober.is_up());
        self.hold(slot, Reason::Unhealthy, starts_ill, now);
        self.hold(slot, Reason::Failing, false, now);
        self.hold(slot, Reason::Ejected, false, now);
    }

    /// What is due at `now`; `probed` says what becomes of a probe.
    pub(crate) fn wake(&mut self, now: Instant, probed: impl Fn(u32) -> Probed) {
        let n = self.weights.len() as u32;
        while self.agenda.next_time() <= now {
            let component = self.agenda.next_component();
            let slot = component % n;
            match KINDS.get((component / n) as usize) {
                Some(Kind::Prober) => self.probe(slot, now, &probed),
                Some(Kind::Passive) => {
                    let observer = &mut self.passive[slot as usize];
                    if observer.due(now) == Some(Change::Up) {
                        self.hold(slot, Reason::Failing, false, now);
                    }
                    self.plan(Kind::Passive, slot);
                }
                Some(Kind::Breaker) => self.look_at_breaker(slot, now),
                Some(Kind::Ramp) => {
                    if let Some(factor) = self.ramps[slot as usize].due(now) {
                        self.weigh(slot, factor);
                    }
                    self.plan(Kind::Ramp, slot);
                }
                None => self.look_at_outliers(now),
            }
        }
    }

    fn probe(&mut self, slot: u32, now: Instant, probed: &impl Fn(u32) -> Probed) {
        if self.standings.holds(slot, Reason::Absent) {
            // When somebody comes, it is probed at once.
            return self.schedule(Kind::Prober, slot, None);
        }
        while let Some(step) = self.probers[slot as usize].due(now) {
            let change = match step {
                Step::Changed(change) => Some(change),
                Step::Probe(id) => {
                    self.totals.probes += 1;
                    let prober = &mut self.probers[slot as usize];
                    match probed(slot) {
                        Probed::Healthy => prober.answered(id, true, now),
                        Probed::Refused => prober.answered(id, false, now),
                        Probed::Silent => None,
                    }
                }
            };
            if let Some(change) = change {
                let down = change == Change::Down;
                self.totals.ejections += u64::from(down);
                self.hold(slot, Reason::Unhealthy, down, now);
            }
        }
        self.plan(Kind::Prober, slot);
    }

    fn look_at_outliers(&mut self, now: Instant) {
        while let Some(change) = self.outlier.as_mut().and_then(|detector| detector.due(now)) {
            self.totals.ejections += u64::from(change.ejected);
            self.hold(change.slot, Reason::Ejected, change.ejected, now);
        }
        self.plan_outlier();
    }

    /// A breaker may have changed, or its time may have come: whether its backend may be chosen.
    pub(super) fn look_at_breaker(&mut self, slot: u32, now: Instant) {
        let Some(breaker) = self.breakers.get(slot as usize) else {
            return;
        };
        let state = match breaker.state().phase() {
            Phase::Closed { .. } => CLOSED,
            Phase::Open { .. } => OPEN,
            Phase::HalfOpen { .. } => HALF_OPEN,
        };
        let shut = !breaker.lets_through(now);
        let known = std::mem::replace(&mut self.breaker_states[slot as usize], state);
        if known != state {
            self.shown.open += i32::from(state == OPEN) - i32::from(known == OPEN);
            self.shown.half_open += i32::from(state == HALF_OPEN) - i32::from(known == HALF_OPEN);
        }
        self.hold(slot, Reason::Open, shut, now);
        let next = match (state, shut) {
            (OPEN, true) => self.breakers[slot as usize].next_deadline(),
            _ => None,
        };
        self.schedule(Kind::Breaker, slot, next);
    }

    /// `reason` keeps `slot` from being chosen, or no longer does.
    pub(super) fn hold(&mut self, slot: u32, reason: Reason, holds: bool, now: Instant) {
        if !self.standings.set(slot, reason, holds) {
            return;
        }
        let mut changes = Vec::new();
        self.standings
            .drain_changes(|slot, may| changes.push((slot, may)));
        for (slot, may) in changes {
            self.balancer.set_eligible(backend_at(slot), may);
            self.ramp(slot, may, now);
        }
        self.shown.ejected = self.standings.ill() as i32;
    }

    /// Who may be chosen again is brought up to its share in steps.
    fn ramp(&mut self, slot: u32, may: bool, now: Instant) {
        let begun = self.begun;
        let Some(ramp) = self.ramps.get_mut(slot as usize) else {
            return;
        };
        if may && begun {
            let factor = ramp.enter(now);
            self.weigh(slot, factor);
        } else {
            ramp.leave();
        }
        self.plan(Kind::Ramp, slot);
    }

    fn weigh(&mut self, slot: u32, thousandths: u32) {
        let weight = scaled(self.weights[slot as usize], thousandths);
        self.balancer.set_weight(backend_at(slot), weight);
    }

    /// When [`Dispatcher::wake`] has something to do.
    pub(crate) fn next_deadline(&self) -> Instant {
        self.agenda.next_time()
    }

    pub(super) fn plan(&mut self, kind: Kind, slot: u32) {
        let at = slot as usize;
        let next = match kind {
            Kind::Prober => self.probers.get(at).and_then(Prober::next_deadline),
            Kind::Passive => self.passive.get(at).and_then(Observer::next_deadline),
            Kind::Breaker => self.breakers.get(at).and_then(Breaker::next_deadline),
            Kind::Ramp => self.ramps.get(at).and_then(Ramp::next_deadline),
        };
        self.schedule(kind, slot, next);
    }

    pub(super) fn plan_outlier(&mut self) {
        let next = self.outlier.as_ref().and_then(Detector::next_deadline);
        let component = self.weights.len() as u32 * KINDS.len() as u32;
        self.agenda
            .schedule(component, next.unwrap_or(Instant::NEVER));
    }

    fn schedule(&mut self, kind: Kind, slot: u32, next: Option<Instant>) {
        let component = kind as u32 * self.weights.len() as u32 + slot;
        let next = next.unwrap_or(Instant::NEVER);
        if self.agenda.time_of(component) != next {
            self.agenda.schedule(component, next);
        }
    }
}
