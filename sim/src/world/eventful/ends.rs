//! How an attempt ends, and what follows for its request.

use policy::breaker::Permit;
use policy::retry::{NoRetry, Reason};
use policy::time::Duration;

use super::{Eventful, Timer, draw};
use crate::attempt::{AttemptKey, PendingKey};
use crate::client::Client;
use crate::control::End;
use crate::probe::{Failure, Happening};
use crate::station::Dropped;

impl<C: Client> Eventful<'_, C> {
    /// The service of whoever is first to leave `slot` ends.
    pub(super) fn departure(&mut self, slot: u32) {
        let mut dropped = std::mem::take(&mut self.dropped);
        let key = self.stations.depart(slot, self.now, &mut dropped);
        self.dropped = dropped;
        self.departures
            .schedule(slot, self.stations.next_departure(slot));
        let attempt = &mut self.attempts[key];
        let (sent, service, dispatcher) = (attempt.sent, attempt.service, attempt.dispatcher);
        let (request, errs) = (attempt.request, attempt.errs);
        let permit = attempt.permit.take_if(|_| request.is_some() && !errs);
        self.departures_so_far += 1;
        self.chronicle.totals.served_ns += u128::from(service.0);
        // Before its end has consequences: one may be another worker in its place.
        self.served(slot);
        match request {
            None => {
                self.attempts.remove(key);
                self.recorder
                    .finished_in_vain(slot, self.now - sent, self.now);
                self.waste(service);
            }
            Some(_) if errs => {
                self.recorder.left(slot, self.now - sent);
                self.attempt_failed(key, Failure::Error);
            }
            Some(request) => {
                self.tell(dispatcher, slot, permit, End::Answered(self.now - sent));
                self.answer(request, key);
            }
        }
        self.settle(slot);
    }

    /// A balancer gives up on `attempt`.
    pub(super) fn attempt_timed_out(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.get(key) else {
            return;
        };
        let (Some(request), slot) = (attempt.request, attempt.slot) else {
            return;
        };
        self.abandon(key, End::Failed);
        self.after_failure(request, key, Failure::Timeout, slot);
    }

    /// `attempt` has ended without an answer, and is nowhere any more.
    pub(super) fn attempt_failed(&mut self, key: AttemptKey, reason: Failure) {
        let Some(mut attempt) = self.attempts.remove(key) else {
            return;
        };
        let Some(request) = attempt.request else {
            return;
        };
        let how = match reason {
            // Who turns away is alive and busy.
            Failure::Shed | Failure::Refused => End::Cancelled,
            _ => End::Failed,
        };
        self.tell(attempt.dispatcher, attempt.slot, attempt.permit.take(), how);
        self.recorder.attempt_ended(attempt.segment, attempt.slot);
        self.after_failure(request, key, reason, attempt.slot);
    }

    /// What follows for request `key` from an attempt that failed at `slot`: another goes on, it is tried again, or it
    /// has failed.
    fn after_failure(&mut self, key: PendingKey, attempt: AttemptKey, reason: Failure, slot: u32) {
        // It has ended, and as its one attempt left a server to the other, that was too late or was shed.
        let Some(request) = self.pending.get_mut(key) else {
            return;
        };
        request.last = Some((reason, Some(slot)));
        if request.end(attempt) {
            return;
        }
        let mut rng = draw(self.draws.retries, request.sent.number, request.attempts);
        let balancer = &mut self.dispatchers[request.dispatcher as usize];
        match balancer.again(request, retry_reason(reason), self.now, &mut rng) {
            Some(Ok(delay)) => {
                request.retries += 1;
                request.delay = delay;
                self.chronicle.totals.retries += 1;
                self.timers.set(self.now + delay, Timer::Retry(key));
            }
            Some(Err(denied)) => {
                self.chronicle.totals.retries_denied += u64::from(denied == NoRetry::Budget);
                self.fail(key, reason, Some(slot));
            }
            None => self.fail(key, reason, Some(slot)),
        }
    }

    /// Those dropped at their turn are told.
    pub(super) fn settle(&mut self, slot: u32) {
        // First come, first told; who is told may make another be dropped.
        while !self.dropped.is_empty() {
            let (key, dropped) = self.dropped.remove(0);
            let Some(attempt) = self.attempts.get(key) else {
                continue;
            };
            let (slot, sent, wanted) = (attempt.slot, attempt.sent, attempt.request.is_some());
            self.recorder.left(slot, self.now - sent);
            match dropped {
                _ if !wanted => {
                    self.attempts.remove(key);
                }
                Dropped::Shed => self.attempt_failed(key, Failure::Shed),
                // Still wanted, it is late by nothing: its timer goes off at this very instant.
                Dropped::Late => self.attempt_failed(key, Failure::Timeout),
            }
        }
        self.plan_station(slot);
        self.emptied(slot);
    }

    /// Tells the balancer how an attempt ended.
    pub(super) fn tell(&mut self, dispatcher: u16, slot: u32, permit: Option<Permit>, how: End) {
        let d = dispatcher as usize;
        self.dispatchers[d].ended(slot, permit, how, self.now);
        self.plan_dispatcher(d);
    }

    /// `service` was given to what nobody waits for.
    pub(super) fn waste(&mut self, service: Duration) {
        self.chronicle.totals.wasted_ns += u128::from(service.0);
        if self.is_watched() {
            self.chronicle.series.wasted(self.now, service);
        }
    }

    /// Everybody at `slot` is cut off.
    pub(super) fn cut_off(&mut self, slot: u32) {
        let served = self.stations.clear(slot, self.now);
        let swallowed = std::mem::take(&mut self.swallowed[slot as usize]);
        let unserved = swallowed.into_iter().map(|key| (key, Duration::ZERO));
        for (key, given) in served.into_iter().chain(unserved) {
            let Some(attempt) = self.attempts.get(key) else {
                continue;
            };
            let (sent, wanted) = (attempt.sent, attempt.request.is_some());
            self.recorder.left(slot, self.now - sent);
            self.give_in_vain(given);
            if wanted {
                self.recorder.happened(Happening::Failed, slot, self.now);
                self.attempt_failed(key, Failure::Reset);
            } else {
                self.attempts.remove(key);
            }
        }
        self.plan_station(slot);
        self.emptied(slot);
    }

    /// `given` was given to what is broken off.
    pub(super) fn give_in_vain(&mut self, given: Duration) {
        self.chronicle.totals.served_ns += u128::from(given.0);
        self.waste(given);
    }
}

/// What a balancer can tell of a failed attempt.
fn retry_reason(failure: Failure) -> Reason {
    match failure {
        Failure::Timeout => Reason::Timeout,
        Failure::Refused => Reason::Full,
        // Nobody listens: the kernel says so at once.
        Failure::Unreachable => Reason::Refused,
        Failure::NoBackend | Failure::Exhausted => Reason::Unreachable,
        Failure::Reset => Reason::Reset,
        Failure::Error => Reason::Error,
        Failure::Shed => Reason::Shed,
    }
}
