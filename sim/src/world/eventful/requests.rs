//! A request's way: let in or not, given a slot, tried until it is answered or has failed for good.

use policy::admission::Outcome;
use policy::backoff::{Backoff, Step};
use policy::deadline::Deadline;
use policy::random::below;
use policy::time::Duration;

use super::{Eventful, Timer, draw};
use crate::attempt::{AttemptKey, Pending, PendingKey};
use crate::client::{Client, Sent};
use crate::control::End;
use crate::operations::Abandoned;
use crate::probe::{Ended, Failure, Gauge};

/// What a spin of a waiter takes: a pause instruction and a look.
const SPIN: Duration = Duration(40);

impl<C: Client> Eventful<'_, C> {
    /// `sent` reaches its balancer.
    pub(super) fn request(&mut self, sent: Sent) {
        let met = match self.dispatchers.len() as u32 {
            1 => 0,
            several => below(several, &mut self.draws.meets.at(sent.number)) as u16,
        };
        let deadline = Deadline::after(self.now, self.patience);
        let segment = self.recorder.part();
        let key = self
            .pending
            .insert(Pending::new(sent, deadline, met, segment));
        self.gauge(Gauge::InFlight, 1);
        if self.dispatchers[met as usize]
            .policy
            .admit(self.now)
            .is_err()
        {
            return self.fail(key, Failure::Shed, None);
        }
        self.proceed(key);
        if let Some(patience) = self.patience
            && self.pending.contains_key(key)
        {
            self.patience_ends.set(self.now + patience, key);
        }
    }

    /// Takes a slot if one is needed, and tries.
    pub(super) fn proceed(&mut self, key: PendingKey) {
        let Some(request) = self.pending.get_mut(key) else {
            return;
        };
        if let Some(gate) = &self.gate
            && request.slot.is_none()
        {
            request.slot = gate.acquire();
            if request.slot.is_none() {
                return self.wait_for_a_slot(key);
            }
        }
        self.attempt(key, false);
    }

    /// As the policy's backoff says: spin, sleep, give up. One wait, however often there is a slot and then no backend.
    pub(super) fn wait_for_a_slot(&mut self, key: PendingKey) {
        let (Some(gate), Some(request)) = (&self.gate, self.pending.get_mut(key)) else {
            return;
        };
        let begins = request.backoff.is_none();
        let backoff = request
            .backoff
            .get_or_insert_with(|| Backoff::new(gate.wait(), self.now));
        let mut rng = draw(self.draws.waits, request.sent.number, backoff.retries());
        let step = backoff.next(self.now, &mut rng);
        if begins {
            self.waits_for_a_slot(1);
            self.somebody_waits();
        }
        match step {
            Step::Spin => self.timers.set(self.now + SPIN, Timer::Slot(key)),
            Step::Sleep(span) => self.timers.set(self.now + span, Timer::Slot(key)),
            Step::GiveUp => self.fail(key, Failure::Exhausted, None),
        }
    }

    /// One more waits for a slot, or one less.
    pub(super) fn waits_for_a_slot(&mut self, delta: i32) {
        self.waiting_for_slots = self.waiting_for_slots.saturating_add_signed(delta);
        self.gauge(Gauge::Waiting, delta);
    }

    /// `attempt` at request `key` was answered.
    pub(super) fn answer(&mut self, key: PendingKey, attempt: AttemptKey) {
        let Some(mut request) = self.pending.remove(key) else {
            return;
        };
        request.end(attempt);
        let Some(answered) = self.attempts.remove(attempt) else {
            return;
        };
        let response = self.now - request.sent.time;
        let ended = Ended {
            sent: request.sent.time,
            service: answered.service,
            segment: request.segment,
            dispatcher: request.dispatcher,
        };
        self.recorder
            .answered(&ended, answered.slot, response, self.now);
        self.chronicle.series.answered(request.sent.time, self.now);
        self.chronicle.totals.hedges_won += u64::from(answered.hedge);
        self.counts.completed += 1;
        for loser in request.live.iter().flatten() {
            let lost = self.now - self.attempts[*loser].sent;
            self.dispatchers[request.dispatcher as usize]
                .policy
                .lost_the_race(lost);
        }
        self.drop_live(&mut request, End::Cancelled);
        self.leave(request, Outcome::Answered(response));
    }

    /// Request `key` fails for good because of `reason`, which `slot` gave, if any did.
    pub(super) fn fail(&mut self, key: PendingKey, reason: Failure, slot: Option<u32>) {
        let Some(mut request) = self.pending.remove(key) else {
            return;
        };
        // Whether a client that goes away has waited too long for this backend, or for those before it, nobody knows.
        self.drop_live(&mut request, End::Cancelled);
        let ended = Ended {
            sent: request.sent.time,
            service: Duration::ZERO,
            segment: request.segment,
            dispatcher: request.dispatcher,
        };
        self.recorder.failed(&ended, reason, slot, self.now);
        self.chronicle.series.failed(self.now, reason);
        self.counts.failed += 1;
        let outcome = match reason {
            Failure::Shed if request.attempts == 0 => None,
            Failure::Timeout | Failure::Refused | Failure::Shed => Some(Outcome::Dropped),
            _ => Some(Outcome::Ignored),
        };
        if let Some(outcome) = outcome {
            self.leave(request, outcome);
        } else {
            self.gone(request);
        }
    }

    /// The client of request `key` gives up.
    pub(super) fn give_up(&mut self, key: PendingKey) {
        let Some(request) = self.pending.get(key) else {
            return;
        };
        let live = request.live.iter().flatten().last();
        let slot = live.and_then(|attempt| Some(self.attempts.get(*attempt)?.slot));
        let last = request.last.and_then(|(_, slot)| slot);
        self.fail(key, Failure::Timeout, slot.or(last));
    }

    /// A request that was let in has ended.
    fn leave(&mut self, request: Pending, outcome: Outcome) {
        self.dispatchers[request.dispatcher as usize]
            .policy
            .finished(outcome, self.now);
        self.gone(request);
    }

    fn gone(&mut self, mut request: Pending) {
        if let (Some(gate), Some(slot)) = (&self.gate, request.slot.take()) {
            gate.release(slot);
        }
        if request.backoff.is_some() {
            self.waits_for_a_slot(-1);
        }
        self.last_ended = self.now;
        self.chronicle.series.gauge(self.now, Gauge::InFlight, -1);
        self.client.ended(request.sent.client, self.now);
    }

    /// Nobody waits any more for the attempts of `request` that are under way.
    fn drop_live(&mut self, request: &mut Pending, how: End) {
        for live in &mut request.live {
            if let Some(attempt) = live.take() {
                self.abandon(attempt, how);
            }
        }
    }

    /// Nobody waits any more for `attempt`: what its backend does with it.
    pub(super) fn abandon(&mut self, key: AttemptKey, how: End) {
        let Some(attempt) = self.attempts.get_mut(key) else {
            return;
        };
        attempt.request = None;
        let (slot, swallowed, segment) = (attempt.slot, attempt.swallowed, attempt.segment);
        let (sent, permit, dispatcher) = (attempt.sent, attempt.permit.take(), attempt.dispatcher);
        self.tell(dispatcher, slot, permit, how);
        self.recorder.attempt_ended(segment, slot);
        let leaves = match self.controls.abandoned {
            _ if swallowed => true,
            Abandoned::Serve => false,
            Abandoned::Leave => self.stations.is_waiting(slot, key),
            Abandoned::Cancel => true,
        };
        if !leaves {
            return;
        }
        self.attempts.remove(key);
        self.recorder.left(slot, self.now - sent);
        if swallowed {
            let here = &mut self.swallowed[slot as usize];
            // Who gives up first is near the front.
            if let Some(at) = here.iter().position(|other| *other == key) {
                here.remove(at);
            }
            return self.emptied(slot);
        }
        let mut dropped = std::mem::take(&mut self.dropped);
        let given = self.stations.leave(slot, key, self.now, &mut dropped);
        self.dropped = dropped;
        self.give_in_vain(given);
        self.settle(slot);
    }
}
