//! A circuit breaker that several threads share: it opens at the first failure, and half-open it waits for one
//! probe.

use std::sync::atomic::Ordering::{AcqRel, Acquire};

use policy::Owner;
use policy::breaker::{Claim, Config, Options, State};
use policy::growth::{Growth, Jitter};
use policy::shared::Atomic;
use policy::time::{Duration, Instant};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::platform::Platform;

/// How long it stays open.
pub(in crate::museum) const OPEN_FOR: u64 = 10;

pub(in crate::museum) trait Breaker<P: Platform>: Send + Sync + 'static {
    /// A request that was let through.
    type Permit: Send + 'static;
    /// Closed.
    fn new() -> Self;
    /// Whether a request may be sent at `now`.
    fn admit(&self, now: u64) -> Option<Self::Permit>;
    /// It was answered.
    fn success(&self, permit: Self::Permit);
    /// It failed at `now`.
    fn failure(&self, permit: Self::Permit, now: u64);
    /// Nobody waits for it any more; nothing is known of the backend.
    fn cancel(&self, permit: Self::Permit);

    /// Open since the time 0.
    fn opened() -> Self
    where
        Self: Sized,
    {
        let breaker = Self::new();
        let first = breaker.admit(0).expect("it is closed");
        breaker.failure(first, 0);
        assert!(breaker.admit(OPEN_FOR - 1).is_none(), "it opened");
        breaker
    }
}

/// The words of the museum's own breakers.
pub(in crate::museum) const CLOSED: u64 = 0;
/// See [`CLOSED`]. Whatever is greater is the time until which it is open.
pub(in crate::museum) const HALF_OPEN: u64 = 1;

/// [`State`], swapped in a shared word.
pub(in crate::museum) struct Ours<P: Platform> {
    word: P::U64,
    config: Config,
}

impl<P: Platform> Ours<P> {
    /// Takes one transition, on whatever the state is by then.
    fn take<R>(&self, transition: impl Fn(State) -> (State, R)) -> R {
        let mut seen = self.word.load(Acquire);
        loop {
            let (next, result) = transition(State::from_bits(seen));
            match self
                .word
                .compare_exchange_weak(seen, next.to_bits(), AcqRel, Acquire)
            {
                Ok(_) => return result,
                Err(now) => seen = now,
            }
        }
    }
}

impl<P: Platform> Breaker<P> for Ours<P> {
    type Permit = Claim;

    fn new() -> Self {
        let options = Options {
            failures_to_open: Some(1),
            open: Growth::constant(Duration(ticks(OPEN_FOR)), Jitter::NONE),
            ..Options::default()
        };
        Ours {
            word: P::U64::new(State::NEW.to_bits()),
            config: Config::new(options).expect("these are in range"),
        }
    }

    fn admit(&self, now: u64) -> Option<Claim> {
        let owner = Owner::new(1).expect("1 to 254");
        let now = Instant(ticks(now));
        self.take(|state| state.admit(owner, now, &self.config))
            .ok()
    }

    fn success(&self, permit: Claim) {
        self.take(|state| state.success(permit, &self.config));
    }

    fn failure(&self, permit: Claim, now: u64) {
        let now = Instant(ticks(now));
        self.take(|state| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            state.failure(permit, now, &self.config, &mut rng)
        });
    }

    fn cancel(&self, permit: Claim) {
        self.take(|state| (state.cancel(permit), ()));
    }
}

/// In nanoseconds, as [`State`] rounds them.
const fn ticks(ticks: u64) -> u64 {
    ticks << 20
}
