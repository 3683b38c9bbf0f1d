//! One circuit breaker of a backend for all workers, so that each learns from the failures of the others and a few
//! probes are a few.
//!
//! While closed: admit is one load; a success is one load, with a failure rate to mind a compare-and-swap more; a failure
//! one or two, and a look at all buckets. What changes the state is one compare-and-swap. Lock-free. What a word means,
//! and what follows it, is [`crate::breaker`]'s business: the state is [`State`], a bucket of the failure rate is
//! [`Bucket`], one word each.
//!
//! # Why it is right
//!
//! - *One sequence of transitions.* Each replaces the word that it was computed from. So no more probes are out than
//!   there are permits, of two probes that would change the phase one does, and a result of an earlier generation
//!   changes nothing: that is true of every sequence of transitions, and tested there.
//! - *Probes that follow each other do so in memory too.* Giving a permit back and taking it are read-modify-writes of
//!   one word (`AcqRel`): what the first prober did happened before what the next one does, a permit
//!   given back for the dead included. Transitions are rare, so all of them have both halves.
//! - *The failure that reaches the rate opens.* A failure is counted in its bucket first and in the state (`AcqRel`) then,
//!   and only then are the buckets added up. Of two failures the one that comes second in the state's order acquires the
//!   bucket of the first. Counting in the bucket alone is not enough: of two who count in different buckets and then look
//!   at the other's, both might miss the other. (One whose count another acts upon before it has told the state is
//!   told that it is stale.)
//! - *What is only read may be old.* A closed breaker is not written to when it admits, nor an open one when it refuses:
//!   either is as if the request had come that much sooner. A result finds its generation's word or a later one.
//! - *Late counts.* A thread suspended between looking at the generation and counting may come to a bucket that counts
//!   for a later one; [`Bucket::record`] then leaves it alone.
//! - *Death.* A permit is its owner's number in the word, taken and given back by one step. A worker killed holding some
//!   leaves them there until [`Breaker::forget`]; killed elsewhere it leaves a failure uncounted, or counted and not added
//!   up, which the next failure does.

use std::fmt;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use rand_core::Rng;

use super::{Atomic, Memory};
use crate::Owner;
use crate::breaker::window::Bucket;
use crate::breaker::{Claim, Config, Effect, Rejected, State};
use crate::time::Instant;

/// The words, borrowed from where they live, with the configuration that all who share them state alike.
pub struct Breaker<'a, M: Memory> {
    state: &'a M::U64,
    ring: &'a [M::U64],
    config: &'a Config,
}

/// A request that was let through. Its end is told by [`Permit::success`] or [`Permit::failure`]; one that is dropped was
/// cancelled, and says nothing about the backend. A probe's permit is given back in each case.
///
/// A forgotten probe keeps its permit until its owner is forgotten too, and one that hangs until somebody gives it up:
/// with a single permit nobody else probes meanwhile. So whoever sends a probe bounds its time, and then fails it.
#[must_use = "a request that is not sent is cancelled"]
pub struct Permit<'a, M: Memory> {
    breaker: Breaker<'a, M>,
    claim: Claim,
}

impl<M: Memory> Clone for Breaker<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Breaker<'_, M> {}

impl<'a, M: Memory> Breaker<'a, M> {
    /// How many words a breaker takes; they begin as 0: closed, nothing seen.
    pub fn words_for(config: &Config) -> usize {
        let rate = config.options().rate_to_open;
        1 + rate.map_or(0, |rate| rate.buckets as usize)
    }

    /// Over `memory`, which began as zeros.
    ///
    /// # Panics
    /// If there are not [`Breaker::words_for`] words.
    pub fn over(memory: &'a [M::U64], config: &'a Config) -> Self {
        assert_eq!(memory.len(), Self::words_for(config), "as configured");
        let (state, ring) = memory.split_first().expect("there is a state");
        Breaker {
            state,
            ring,
            config,
        }
    }

    /// Whether a request may be sent at `now` on behalf of `owner`. O(1).
    ///
    /// # Errors
    /// When to ask again, if that is known.
    #[inline]
    pub fn admit(&self, owner: Owner, now: Instant) -> Result<Permit<'a, M>, Rejected> {
        let claim = self.change(|state| state.admit(owner, now, self.config))?;
        Ok(Permit {
            breaker: *self,
            claim,
        })
    }

    /// Gives back what `owner` holds. To be called once it is known to be gone, and before its number is used again.
    pub fn forget(&self, owner: Owner) {
        self.change(|state| (state.forget(owner), ()));
    }

    /// Where it stands. A moment later it may stand elsewhere.
    pub fn state(&self) -> State {
        State::from_bits(self.state.load(Relaxed))
    }

    fn success(&self, claim: Claim, now: Instant) -> Effect {
        let effect = self.change(|state| state.success(claim, self.config));
        if effect == Effect::Counted {
            self.count(claim, now, false);
        }
        effect
    }

    fn failure<R: Rng>(&self, claim: Claim, now: Instant, rng: &mut R) -> Effect {
        if self.state().generation() != claim.generation {
            return Effect::Stale;
        }
        self.count(claim, now, true);
        let effect = self.change(|state| state.failure(claim, now, self.config, rng));
        if effect != Effect::Counted || !self.is_rate_reached(claim, now) {
            return effect;
        }
        match self.change(|state| state.trip(claim, now, self.config, rng)) {
            // Another failure was quicker to find the rate reached.
            Effect::Stale => Effect::Counted,
            tripped => tripped,
        }
    }

    /// Counts a result in the bucket of `now`, if there is a rate to mind and it is not a probe's.
    fn count(&self, claim: Claim, now: Instant, failed: bool) {
        let Some(rate) = self.config.options().rate_to_open.filter(|_| !claim.probe) else {
            return;
        };
        let bucket = &self.ring[rate.position(now)];
        let stamp = rate.stamp(claim.generation, now);
        let mut seen = bucket.load(Relaxed);
        loop {
            let counted = Bucket::from_bits(seen).record(stamp, failed).to_bits();
            match bucket.compare_exchange_weak(seen, counted, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(found) => seen = found,
            }
        }
    }

    fn is_rate_reached(&self, claim: Claim, now: Instant) -> bool {
        self.config.options().rate_to_open.is_some_and(|rate| {
            let ring = self
                .ring
                .iter()
                .map(|word| Bucket::from_bits(word.load(Relaxed)));
            rate.is_reached(rate.tally(ring, claim.generation, now))
        })
    }

    /// Makes a transition, again and again until no other came in between.
    #[inline]
    fn change<R>(&self, mut transition: impl FnMut(State) -> (State, R)) -> R {
        let mut seen = self.state.load(Relaxed);
        loop {
            let (next, result) = transition(State::from_bits(seen));
            if next.to_bits() == seen {
                return result;
            }
            match self
                .state
                .compare_exchange_weak(seen, next.to_bits(), AcqRel, Relaxed)
            {
                Ok(_) => return result,
                Err(found) => seen = found,
            }
        }
    }
}

impl<M: Memory> Permit<'_, M> {
    /// What was let through, as plain data.
    pub fn claim(&self) -> Claim {
        self.claim
    }

    /// It succeeded, as is known at `now`.
    pub fn success(self, now: Instant) -> Effect {
        let Permit { breaker, claim } = *std::mem::ManuallyDrop::new(self);
        breaker.success(claim, now)
    }

    /// It failed, as is known at `now`. Draws once for each try to open.
    pub fn failure<R: Rng>(self, now: Instant, rng: &mut R) -> Effect {
        let Permit { breaker, claim } = *std::mem::ManuallyDrop::new(self);
        breaker.failure(claim, now, rng)
    }
}

impl<M: Memory> Drop for Permit<'_, M> {
    fn drop(&mut self) {
        self.breaker.change(|state| (state.cancel(self.claim), ()));
    }
}

impl<M: Memory> fmt::Debug for Permit<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.claim).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::window::FailureRate;
    use crate::breaker::{self, Options, Phase};
    use crate::shared::Native;
    use crate::time::Duration;
    use proptest::prelude::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;
    use std::sync::atomic::AtomicU64;

    fn zeros(config: &Config) -> Vec<AtomicU64> {
        let words = Breaker::<Native>::words_for(config);
        (0..words).map(|_| AtomicU64::new(0)).collect()
    }

    fn by_count_and_rate() -> Config {
        let options = Options {
            failures_to_open: Some(4),
            rate_to_open: Some(FailureRate {
                minimum: 6,
                ..FailureRate::HALF
            }),
            probes: 2,
            successes_to_close: 2,
            ..Options::default()
        };
        Config::new(options).unwrap()
    }

    proptest! {
        /// One worker's breaker and a shared one that nobody shares do the same, draw for draw.
        #[test]
        fn agrees_with_the_breaker_of_one_worker(
            steps in prop::collection::vec((0..4u8, 0..8usize, 0..3_000_000_000u64), 0..300),
        ) {
            let config = by_count_and_rate();
            let memory = zeros(&config);
            let shared = Breaker::<Native>::over(&memory, &config);
            let mut owned = breaker::Breaker::new(config);
            let mut rngs = [(); 2].map(|()| Xoshiro256PlusPlus::seed_from_u64(1));
            let mut pending = Vec::new();
            let mut now = Instant(0);
            for (step, nth, passed) in steps {
                now += Duration(passed / 4);
                if step == 0 || pending.is_empty() {
                    match (owned.admit(now), shared.admit(Owner::SOLE, now)) {
                        (Ok(one), Ok(other)) => pending.push((one, other)),
                        (Err(one), Err(other)) => prop_assert_eq!(one, other),
                        other => prop_assert!(false, "{other:?}"),
                    }
                } else {
                    let (one, other) = pending.swap_remove(nth % pending.len());
                    let [rng, rng_of_other] = &mut rngs;
                    match step {
                        1 => prop_assert_eq!(owned.success(one, now), other.success(now)),
                        2 => prop_assert_eq!(
                            owned.failure(one, now, rng),
                            other.failure(now, rng_of_other)
                        ),
                        _ => {
                            owned.cancel(one);
                            drop(other);
                        }
                    }
                }
                prop_assert_eq!(owned.state(), shared.state());
            }
        }
    }

    #[test]
    fn a_forgotten_owner_gives_back_its_permit() {
        let config = Config::default();
        let memory = zeros(&config);
        let breaker = Breaker::<Native>::over(&memory, &config);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for _ in 0..5 {
            let permit = breaker.admit(Owner::SOLE, Instant(0)).unwrap();
            let _ = permit.failure(Instant(0), &mut rng);
        }
        let Phase::Open { retry_at } = breaker.state().phase() else {
            panic!("{:?}", breaker.state().phase());
        };
        let other = Owner::new(2).unwrap();
        std::mem::forget(breaker.admit(Owner::SOLE, retry_at).unwrap());
        assert!(breaker.admit(other, retry_at).is_err());
        breaker.forget(Owner::SOLE);
        let permit = breaker.admit(other, retry_at).unwrap();
        assert_eq!(permit.success(retry_at), Effect::Closed);
    }
}
