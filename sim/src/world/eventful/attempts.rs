//! One attempt: from a balancer to a backend.

use policy::Request;
use policy::breaker::Permit;
use policy::deadline::Deadline;
use policy::random::unit;
use rand_xoshiro::SplitMix64;

use super::{Eventful, Timer, draw};
use crate::accept::{PolicyRng, SECURE_WORDS_PER_REQUEST};
use crate::attempt::{Attempt, AttemptKey, PendingKey};
use crate::client::Client;
use crate::probe::Failure;
use crate::station::{Job, Taken};

impl<C: Client> Eventful<'_, C> {
    /// Sends request `key` to a backend, beside another attempt if it is a `hedge`.
    pub(super) fn attempt(&mut self, key: PendingKey, hedge: bool) {
        if !self.pending.contains_key(key) {
            return;
        }
        let Some((slot, permit)) = self.choose(key) else {
            return self.no_backend(key, hedge);
        };
        let request = &mut self.pending[key];
        let (sent, number, dispatcher) = (request.sent, request.attempts, request.dispatcher);
        let waited = request.backoff.take().is_some();
        if waited {
            self.waits_for_a_slot(-1);
        }
        if number == 0 {
            // Not before: who finds no backend and waits comes here again.
            self.dispatchers[dispatcher as usize]
                .policy
                .requested(self.now);
        }
        self.plan_dispatcher(dispatcher as usize);
        let demand = self.redraw.demand(&sent, number);
        let luck = Luck::of(draw(self.draws.outcomes, sent.number, number));
        let attempt = self.attempts.insert(Attempt {
            request: Some(key),
            sent: self.now,
            service: self.speeds.service(demand, slot),
            slot,
            dispatcher,
            segment: self.pending[key].segment,
            hedge,
            swallowed: false,
            errs: luck.late < self.conditions.error_rate(slot),
            permit,
        });
        self.pending[key].begin(attempt);
        self.recorder.sent(slot, self.now);
        self.chronicle.series.attempted(self.now);
        self.chronicle.totals.attempts += 1;
        self.chronicle.totals.hedges += u64::from(hedge);
        self.watch(key, attempt, hedge);
        self.meet(attempt, slot, luck);
    }

    /// Where request `key` goes next, and what its breaker lets it through with.
    fn choose(&mut self, key: PendingKey) -> Option<(u32, Option<Permit>)> {
        let request = &self.pending[key];
        let (sent, number) = (request.sent, request.attempts);
        // What failed, or has not answered, is not tried again at once if there is another.
        let live = request.live.iter().flatten().next();
        let busy = live.and_then(|attempt| Some(self.attempts.get(*attempt)?.slot));
        let avoid = busy.or(request.last.and_then(|(_, slot)| slot));
        let balancer = &mut self.dispatchers[request.dispatcher as usize];
        let what = Request { key: sent.key };
        match &self.picks {
            PolicyRng::Fast(picks) => {
                let mut rng = draw(*picks, sent.number, number);
                balancer.assign(&what, avoid, self.now, &mut rng)
            }
            PolicyRng::Secure(rng) => {
                let mut rng = rng.clone();
                rng.set_word_pos(secure_words(sent.number, number));
                balancer.assign(&what, avoid, self.now, &mut rng)
            }
        }
    }

    /// What `attempt` meets at `slot`. Who is dead refuses, who swallows or stands still answers nothing, not even errors.
    fn meet(&mut self, attempt: AttemptKey, slot: u32, luck: Luck) {
        let stands_still = self.conditions.speed(slot) == 0.0;
        if !self.is_reachable(slot) {
            self.attempt_failed(attempt, Failure::Unreachable);
        } else if !self.conditions.answers(slot) {
            self.attempts[attempt].swallowed = true;
            self.swallowed[slot as usize].push(attempt);
        } else if luck.early < self.conditions.fails_fast(slot) && !stands_still {
            self.attempt_failed(attempt, Failure::Error);
        } else {
            self.serve(attempt, slot);
        }
    }

    fn serve(&mut self, key: AttemptKey, slot: u32) {
        let attempt = &self.attempts[key];
        let request = attempt.request.map(|request| &self.pending[request]);
        let deadline = match request {
            Some(request) if self.controls.deadlines_travel => {
                let own = Deadline::after(self.now, self.controls.attempt_timeout);
                request.deadline.sooner(own)
            }
            _ => Deadline::NEVER,
        };
        let taken = self.stations.accept(
            slot,
            Job {
                key,
                service: attempt.service,
                since: self.now,
                deadline,
            },
        );
        if taken == Taken::Refused {
            return self.attempt_failed(key, Failure::Refused);
        }
        if taken == Taken::Serving {
            // Planned anew even if it is the same, as in the steady world: it says who is first at the same instant.
            self.departures
                .schedule(slot, self.stations.next_departure(slot));
        }
        self.plan_station(slot);
        if taken == Taken::Waiting {
            self.somebody_waits();
        }
    }

    /// Sets the timers that an attempt needs.
    fn watch(&mut self, key: PendingKey, attempt: AttemptKey, hedge: bool) {
        if let Some(patience) = self.controls.attempt_timeout {
            self.giving_up.set(self.now + patience, attempt);
        }
        let request = &self.pending[key];
        if !hedge
            && request.attempts == 1
            && let Some(delay) = self.dispatchers[request.dispatcher as usize]
                .policy
                .hedge_delay()
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
        self.somebody_waits();
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
        if !self.dispatchers[request.dispatcher as usize]
            .policy
            .may_hedge(self.now)
        {
            self.chronicle.totals.retries_denied += 1;
            return;
        }
        self.attempt(key, true);
    }
}

/// Where attempt `attempt` at request `number` finds its words in the secure generator. Attempts share the room of their
/// request; those past the 64th share it with earlier ones.
fn secure_words(number: u64, attempt: u32) -> u128 {
    const ATTEMPTS: u128 = 64;
    let room = SECURE_WORDS_PER_REQUEST / ATTEMPTS;
    u128::from(number) * SECURE_WORDS_PER_REQUEST + u128::from(attempt) % ATTEMPTS * room
}

/// An attempt's, drawn when it is sent: what becomes of it does not depend on when.
#[derive(Clone, Copy)]
struct Luck {
    /// Against failing at once.
    early: f64,
    /// Against an error after the service.
    late: f64,
}

impl Luck {
    fn of(mut draws: SplitMix64) -> Luck {
        let (early, late) = (unit(&mut draws), unit(&mut draws));
        Luck { early, late }
    }
}
