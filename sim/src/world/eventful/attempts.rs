//! One attempt: from a balancer to a backend and back.

use policy::Request;
use policy::random::unit;
use policy::retry::{NoRetry, Reason};
use policy::time::{Duration, Instant};

use super::{Eventful, Timer, draw};
use crate::accept::{PolicyRng, SECURE_WORDS_PER_REQUEST};
use crate::attempt::{Attempt, AttemptKey, PendingKey};
use crate::client::Client;
use crate::control::End;
use crate::probe::{Failure, Happening};
use crate::station::{Dropped, Job, Taken};

impl<C: Client> Eventful<'_, C> {
    /// Sends request `key` to a backend, beside another attempt if it is a `hedge`.
    pub(super) fn attempt(&mut self, key: PendingKey, hedge: bool) {
        let Some(request) = self.pending.get(key) else {
            return;
        };
        let (sent, number, dispatcher) = (request.sent, request.attempts, request.dispatcher);
        // What failed, or has not answered, is not tried again at once if there is another.
        let live = request.live.iter().flatten().next();
        let busy = live.and_then(|attempt| Some(self.attempts.get(*attempt)?.slot));
        let avoid = busy.or(request.last.and_then(|(_, slot)| slot));
        let balancer = &mut self.dispatchers[dispatcher as usize];
        let what = Request { key: sent.key };
        let assigned = match &self.picks {
            PolicyRng::Fast(picks) => {
                let mut rng = draw(*picks, sent.number, number);
                balancer.assign(&what, avoid, self.now, &mut rng)
            }
            PolicyRng::Secure(rng) => {
                let mut rng = rng.clone();
                rng.set_word_pos(secure_words(sent.number, number));
                balancer.assign(&what, avoid, self.now, &mut rng)
            }
        };
        let Some((slot, permit)) = assigned else {
            return self.no_backend(key, hedge);
        };
        if number == 0 {
            // Not before: who finds no backend and waits comes here again.
            self.dispatchers[dispatcher as usize].requested(self.now);
        }
        self.plan_dispatcher(dispatcher as usize);
        if self.pending[key].backoff.take().is_some() {
            self.waits_for_a_slot(-1);
        }
        let demand = self.redraw.demand(&sent, number);
        let mut luck = draw(self.draws.outcomes, sent.number, number);
        let (fast, slow) = (unit(&mut luck), unit(&mut luck));
        let service = self.speeds.service(demand, slot);
        let segment = self.pending[key].segment;
        let attempt = self.attempts.insert(Attempt {
            request: Some(key),
            sent: self.now,
            service,
            slot,
            dispatcher,
            segment,
            hedge,
            swallowed: false,
            errs: slow < self.conditions.error_rate(slot),
            permit,
        });
        self.pending[key].begin(attempt);
        self.recorder.sent(slot, self.now);
        self.chronicle.series.attempted(self.now);
        self.chronicle.totals.attempts += 1;
        self.chronicle.totals.hedges += u64::from(hedge);
        self.watch(key, attempt, hedge);
        if !self.is_reachable(slot) {
            self.attempt_failed(attempt, Failure::Unreachable);
        } else if fast < self.conditions.fails_fast(slot) {
            self.attempt_failed(attempt, Failure::Error);
        } else if !self.conditions.answers(slot) {
            self.attempts[attempt].swallowed = true;
            self.swallowed[slot as usize].push(attempt);
        } else {
            self.serve(attempt, slot, service, key);
        }
    }

    fn serve(&mut self, attempt: AttemptKey, slot: u32, service: Duration, key: PendingKey) {
        let request = &self.pending[key];
        let patience = self.controls.attempt_timeout;
        let deadline = match (self.controls.deadlines_travel, patience) {
            (false, _) => Instant::NEVER,
            (true, None) => request.deadline.at(),
            (true, Some(patience)) => request.deadline.at().min(self.now + patience),
        };
        let taken = self.stations.accept(
            slot,
            Job {
                key: attempt,
                service,
                since: self.now,
                deadline,
            },
        );
        if taken == Taken::Refused {
            return self.attempt_failed(attempt, Failure::Refused);
        }
        self.plan_station(slot);
    }

    /// Sets the timers that an attempt needs.
    fn watch(&mut self, key: PendingKey, attempt: AttemptKey, hedge: bool) {
        if let Some(patience) = self.controls.attempt_timeout {
            self.timers
                .set(self.now + patience, Timer::Attempt(attempt));
        }
        let request = &self.pending[key];
        if !hedge
            && request.attempts == 1
            && let Some(delay) = self.dispatchers[request.dispatcher as usize].hedge_delay()
        {
            self.timers.set(self.now + delay, Timer::Hedge(key));
        }
    }

    /// No backend may be chosen. Where a slot has to be waited for, so has a backend.
    fn no_backend(&mut self, key: PendingKey, hedge: bool) {
        if hedge {
            return;
        }
        if let (Some(gate), Some(request)) = (&self.gate, self.pending.get_mut(key))
            && request.attempts == 0
        {
            if let Some(slot) = request.slot.take() {
                gate.release(slot);
            }
            return self.wait_for_a_slot(key);
        }
        let last = self.pending[key].last;
        let (reason, slot) = last.unwrap_or((Failure::NoBackend, None));
        self.fail(key, reason, slot);
    }

    /// The first attempt at request `key` is taking long.
    pub(super) fn hedge(&mut self, key: PendingKey) {
        let Some(request) = self.pending.get(key) else {
            return;
        };
        // It failed and is being tried again, or waits to be: that is what retries are for.
        if request.attempts != 1 || request.live.iter().flatten().count() != 1 {
            return;
        }
        if !self.dispatchers[request.dispatcher as usize].may_hedge(self.now) {
            self.chronicle.totals.retries_denied += 1;
            return;
        }
        self.attempt(key, true);
    }

    /// The service of whoever is first to leave `slot` ends.
    pub(super) fn departure(&mut self, slot: u32) {
        let mut dropped = std::mem::take(&mut self.dropped);
        let key = self.stations.depart(slot, self.now, &mut dropped);
        self.dropped = dropped;
        let attempt = &mut self.attempts[key];
        let (sent, service, dispatcher) = (attempt.sent, attempt.service, attempt.dispatcher);
        match attempt.request {
            None => {
                self.attempts.remove(key);
                self.recorder
                    .finished_in_vain(slot, self.now - sent, self.now);
                self.waste(service);
            }
            Some(_) if attempt.errs => {
                self.recorder.left(slot, self.now - sent);
                self.attempt_failed(key, Failure::Error);
            }
            Some(request) => {
                let (permit, response) = (attempt.permit.take(), self.now - sent);
                self.tell(dispatcher, slot, permit, End::Answered(response));
                self.answer(request, key);
            }
        }
        self.served(slot);
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
            // Who sheds is alive and busy.
            Failure::Shed => End::Cancelled,
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
        while let Some((key, dropped)) = self.dropped.pop() {
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
                // Its timer goes off at this very instant.
                Dropped::Late => self.attempt_failed(key, Failure::Timeout),
            }
        }
        self.plan_station(slot);
        self.emptied(slot);
    }

    /// Tells the balancer how an attempt ended.
    pub(super) fn tell(
        &mut self,
        dispatcher: u16,
        slot: u32,
        permit: Option<policy::breaker::Permit>,
        how: End,
    ) {
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
}

/// Where attempt `attempt` at request `number` finds its words in the secure generator. Attempts share the room of their
/// request; those past the 64th share it with earlier ones.
fn secure_words(number: u64, attempt: u32) -> u128 {
    const ATTEMPTS: u128 = 64;
    let room = SECURE_WORDS_PER_REQUEST / ATTEMPTS;
    u128::from(number) * SECURE_WORDS_PER_REQUEST + u128::from(attempt) % ATTEMPTS * room
}

/// What a balancer can tell of a failed attempt.
fn retry_reason(failure: Failure) -> Reason {
    match failure {
        Failure::Timeout => Reason::Timeout,
        Failure::Refused => Reason::Refused,
        Failure::Unreachable | Failure::NoBackend | Failure::Exhausted => Reason::Unreachable,
        Failure::Reset => Reason::Reset,
        Failure::Error => Reason::Error,
        Failure::Shed => Reason::Shed,
    }
}

impl<C: Client> Eventful<'_, C> {
    /// Everybody at `slot` is cut off.
    pub(super) fn cut_off(&mut self, slot: u32) {
        let mut lost = self.stations.clear(slot, self.now);
        lost.append(&mut self.swallowed[slot as usize]);
        for key in lost {
            let Some(attempt) = self.attempts.get(key) else {
                continue;
            };
            let (sent, wanted) = (attempt.sent, attempt.request.is_some());
            self.recorder.left(slot, self.now - sent);
            if wanted {
                self.recorder.happened(Happening::Failed, slot, self.now);
                self.attempt_failed(key, Failure::Reset);
            } else {
                self.attempts.remove(key);
            }
        }
        self.plan_station(slot);
    }
}
