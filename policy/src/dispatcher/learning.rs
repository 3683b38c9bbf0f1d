//! What an attempt's end says of its backend, and of how long answers take.

use rand_core::Rng;

use super::deadlines::Task;
use super::{Counting, Dispatcher};
use crate::breaker::{Effect, Permit};
use crate::health::passive::Observer;
use crate::standing::Reason;
use crate::time::{Duration, Instant};
use crate::view::BackendId;

/// How an attempt ended, as its balancer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// With an answer after this long.
    Answered(Duration),
    /// Badly.
    Failed,
    /// Without saying anything about the backend: it was never sent, or nobody waits for it any more.
    Cancelled,
}

impl Dispatcher {
    /// An attempt that was assigned to `id` ended, as is known at `now`. One draw if that opens a breaker. If `id` has
    /// left, nothing changes: what it held was taken back then.
    pub fn ended<R: Rng>(
        &mut self,
        id: BackendId,
        permit: Option<Permit>,
        how: End,
        now: Instant,
        rng: &mut R,
    ) {
        if self.member(id).is_none() {
            return;
        }
        self.count_end(id, how, now);
        // Whose process is gone fails what it had; that is no news of whoever comes after it.
        let how = match self.standings.holds(id.slot, Reason::Absent) {
            true => End::Cancelled,
            false => how,
        };
        match how {
            End::Answered(response) => self.succeeded(id.slot, response, now),
            End::Failed => self.failed(id.slot, now),
            End::Cancelled => {}
        }
        if let Some(permit) = permit {
            self.settle(id.slot, permit, how, now, rng);
        }
    }

    #[inline]
    fn count_end(&mut self, id: BackendId, how: End, now: Instant) {
        let response = match how {
            End::Answered(response) => Some(response),
            End::Failed | End::Cancelled => None,
        };
        match (self.config.counting, response) {
            (Counting::Own, _) => _ = self.balancer.finish(id, response, now),
            (Counting::Elsewhere, Some(response)) => {
                self.balancer.responded(id, response, now);
            }
            (Counting::Elsewhere, None) => {}
        }
    }

    #[inline]
    fn succeeded(&mut self, slot: u32, response: Duration, now: Instant) {
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

    fn failed(&mut self, slot: u32, now: Instant) {
        if let Some(observer) = self.passive.get_mut(slot as usize) {
            let tipped = observer.failure(now).is_some();
            let next = observer.next_deadline();
            if tipped {
                self.counters.failing += 1;
                self.hold(slot, Reason::Failing, true, now);
            }
            self.deadlines.plan(Task::Passive(slot), next);
        }
        let detector = self.outlier.as_mut();
        if detector.is_some_and(|detector| detector.failure(slot, now).is_some()) {
            self.counters.ejected += 1;
            self.hold(slot, Reason::Ejected, true, now);
            self.plan_outliers();
        }
    }

    /// The permit goes back to its breaker.
    #[inline]
    fn settle<R: Rng>(&mut self, slot: u32, permit: Permit, how: End, now: Instant, rng: &mut R) {
        let Some(breaker) = self.breakers.get_mut(slot as usize) else {
            return;
        };
        match how {
            End::Answered(_) => _ = breaker.success(permit, now),
            End::Failed => {
                let effect = breaker.failure(permit, now, rng);
                let opened = matches!(effect, Effect::Opened { .. });
                self.counters.breaker_openings += u64::from(opened);
            }
            End::Cancelled => breaker.cancel(permit),
        }
        self.look_at_breaker(slot, now);
    }

    /// What a passive health check has to say without anything happening.
    pub(super) fn passive_due(&mut self, slot: u32, now: Instant) {
        let observer = self.passive.get_mut(slot as usize);
        let back = observer.and_then(|observer| observer.due(now)).is_some();
        if back {
            self.hold(slot, Reason::Failing, false, now);
        }
        let observer = self.passive.get(slot as usize);
        let next = observer.and_then(Observer::next_deadline);
        self.deadlines.plan(Task::Passive(slot), next);
    }
}
