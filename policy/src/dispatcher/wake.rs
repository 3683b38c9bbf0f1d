//! What happens by itself: probes, and everything whose time has come.

use super::Dispatcher;
use super::deadlines::Task;
use crate::health::Change;
use crate::health::active::{ProbeId, Prober, Step};
use crate::outlier::Detector;
use crate::standing::Reason;
use crate::time::Instant;
use crate::view::BackendId;

/// A probe to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a probe that is not sent fails at its time limit"]
pub struct Probe {
    /// Whom to ask.
    pub backend: BackendId,
    /// Which one it is.
    pub id: ProbeId,
    /// An answer that comes later is none.
    pub until: Instant,
}

impl Dispatcher {
    /// When [`Dispatcher::due`] has something to do, if nothing else happens; [`Instant::NEVER`] if it never has.
    #[inline]
    pub fn next_deadline(&self) -> Instant {
        self.deadlines.next_time()
    }

    /// Does what is due at `now`, as far as the next probe that is to be sent: ask until there is none left.
    pub fn due(&mut self, now: Instant) -> Option<Probe> {
        while let Some(task) = self.deadlines.due(now) {
            match task {
                Task::Probe(slot) => {
                    let probe = self.probe_due(slot, now);
                    if probe.is_some() {
                        return probe;
                    }
                }
                Task::Passive(slot) => self.passive_due(slot, now),
                Task::Breaker(slot) => self.breaker_stands(slot, now),
                Task::Ramp(slot) => self.ramp_due(slot, now),
                Task::Outliers => self.outliers_due(now),
            }
        }
        None
    }

    /// The probe `probe` of `backend` was answered, or could not be sent, as is known at `now`. One that is over changes
    /// nothing, nor does one of a backend that has left.
    pub fn probed(&mut self, backend: BackendId, probe: ProbeId, healthy: bool, now: Instant) {
        if self.member(backend).is_none() {
            return;
        }
        let Some(prober) = self.probers.get_mut(backend.slot as usize) else {
            return;
        };
        let before = prober.next_deadline();
        let change = prober.answered(probe, healthy, now);
        let next = prober.next_deadline();
        if let Some(change) = change {
            self.judged(backend.slot, change, now);
        }
        if before != next || change.is_some() {
            self.deadlines.plan_anew(Task::Probe(backend.slot), next);
        }
    }

    fn probe_due(&mut self, slot: u32, now: Instant) -> Option<Probe> {
        if self.standings.holds(slot, Reason::Absent) {
            // When somebody comes, it is probed at once.
            self.deadlines.plan(Task::Probe(slot), None);
            return None;
        }
        loop {
            let prober = self.probers.get_mut(slot as usize);
            match prober.and_then(|prober| prober.due(now)) {
                None => {
                    self.plan_probe(slot);
                    return None;
                }
                Some(Step::Changed(change)) => self.judged(slot, change, now),
                Some(Step::Probe(id)) => {
                    let backend = self.backends[slot as usize].id;
                    self.counters.probes += 1;
                    let until = self.plan_probe(slot);
                    return Some(Probe { backend, id, until });
                }
            }
        }
    }

    /// Probes changed their mind about `slot`.
    fn judged(&mut self, slot: u32, change: Change, now: Instant) {
        let down = change == Change::Down;
        self.counters.unhealthy += u64::from(down);
        self.hold(slot, Reason::Unhealthy, down, now);
    }

    /// Its prober is new: what it begins with, and when it asks first.
    pub(super) fn begin_probes(&mut self, slot: u32, now: Instant) {
        self.hold(slot, Reason::Unhealthy, self.starts_ill(slot), now);
        self.plan_probe(slot);
    }

    /// Whether probes have to find it well before it may be chosen.
    pub(super) fn starts_ill(&self, slot: u32) -> bool {
        let prober = self.probers.get(slot as usize);
        prober.is_some_and(|prober| !prober.is_up())
    }

    /// When its prober has something to do.
    pub(super) fn plan_probe(&mut self, slot: u32) -> Instant {
        let prober = self.probers.get(slot as usize);
        let next = prober.and_then(Prober::next_deadline);
        self.deadlines.plan(Task::Probe(slot), next);
        next.unwrap_or(Instant::NEVER)
    }

    fn outliers_due(&mut self, now: Instant) {
        while let Some(change) = self.outlier.as_mut().and_then(|detector| detector.due(now)) {
            self.counters.ejected += u64::from(change.ejected);
            self.hold(change.slot, Reason::Ejected, change.ejected, now);
        }
        debug_assert!(self.outlier.as_ref().and_then(Detector::next_deadline) > Some(now));
        self.plan_outliers();
    }
}
