//! A circuit breaker that several threads share: it opens at the first failure, and half-open it waits for one
//! probe.

use policy::breaker::{Config, Options};
use policy::growth::{Growth, Jitter};
use policy::shared::{self, Atomic, Permit};
use policy::time::{Duration, Instant};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::pool::owner;
use crate::platform::Platform;

/// How long it stays open.
pub(in crate::museum) const OPEN_FOR: u64 = 10;

pub(in crate::museum) trait Breaker<P: Platform>: Send + Sync + 'static {
    /// A request that was let through.
    type Permit<'a>
    where
        Self: 'a;
    /// Closed.
    fn new() -> Self;
    /// Whether a request may be sent at `now`.
    fn admit(&self, now: u64) -> Option<Self::Permit<'_>>;
    /// It was answered at `now`.
    fn success(&self, permit: Self::Permit<'_>, now: u64);
    /// It failed at `now`.
    fn failure(&self, permit: Self::Permit<'_>, now: u64);
    /// Nobody waits for it any more; nothing is known of the backend.
    fn cancel(&self, permit: Self::Permit<'_>);

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

/// A [`shared::Breaker`], with the memory it lives in.
pub(in crate::museum) struct Ours<P: Platform> {
    memory: Vec<P::U64>,
    config: Config,
}

impl<P: Platform> Breaker<P> for Ours<P> {
    type Permit<'a> = Permit<'a, P>;

    fn new() -> Self {
        let options = Options {
            failures_to_open: Some(1),
            open: Growth::constant(Duration(in_ns(OPEN_FOR)), Jitter::NONE),
            ..Options::default()
        };
        let config = Config::new(options).expect("these are in range");
        let words = shared::Breaker::<P>::words_for(&config);
        Ours {
            memory: (0..words).map(|_| P::U64::new(0)).collect(),
            config,
        }
    }

    fn admit(&self, now: u64) -> Option<Permit<'_, P>> {
        let breaker = shared::Breaker::<P>::over(&self.memory, &self.config);
        breaker.admit(owner(1), Instant(in_ns(now))).ok()
    }

    fn success(&self, permit: Permit<'_, P>, now: u64) {
        permit.success(Instant(in_ns(now)));
    }

    fn failure(&self, permit: Permit<'_, P>, now: u64) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        permit.failure(Instant(in_ns(now)), &mut rng);
    }

    fn cancel(&self, permit: Permit<'_, P>) {
        drop(permit);
    }
}

/// The unit to which a breaker rounds its times.
const fn in_ns(ticks: u64) -> u64 {
    ticks << 20
}
