//! What a dispatcher makes of its parts. Each part has its own tests beside it.

mod breakers;
mod health;
mod membership;
mod newcomers;
mod properties;
mod requests;
mod slow_starts;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::breaker::Permit;
use crate::growth::{Growth, Jitter};
use crate::health::{active, passive};
use crate::standing::{Panic, Reason};
use crate::strategy::{Options, StrategyName};
use crate::view::{Request, Weight};
use crate::{breaker, outlier, slow_start};

/// Of the breaker's clock: 1.05 ms.
const TICK: u64 = 1 << 20;
const MS: u64 = 1_000_000;
const SECOND: Duration = Duration(1_000 * MS);

const ANSWERED: End = End::Answered(Duration(MS));

/// A dispatcher by least connections, which has begun.
fn dispatcher(backends: u32, config: &Config) -> Dispatcher {
    let mut dispatcher = at_boot(backends, config);
    dispatcher.begin();
    dispatcher
}

fn at_boot(backends: u32, config: &Config) -> Dispatcher {
    let identified = (0..u64::from(backends)).map(|identity| (Weight::ONE, identity));
    let name = StrategyName::LeastConnections;
    let balancer = AnyBalancer::new(name, &Options::default(), identified);
    Dispatcher::new(config.clone(), balancer, Instant::ZERO, &mut rng())
}

fn rng() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(7)
}

/// The first occupant of `slot`.
fn first_in(slot: u32) -> BackendId {
    BackendId {
        slot,
        generation: 0,
    }
}

/// Two failures in a row open it for ten ticks; it closes after two probes, one at a time.
fn breaker() -> breaker::Config {
    breaker::Config::new(breaker::Options {
        failures_to_open: Some(2),
        successes_to_close: 2,
        open: Growth::constant(Duration(10 * TICK), Jitter::NONE),
        ..breaker::Options::default()
    })
    .unwrap()
}

fn with_breaker() -> Config {
    Config {
        breaker: Some(breaker()),
        ..Config::default()
    }
}

/// Two failures within a second, for a second.
fn passive() -> passive::Config {
    passive::Config::new(passive::Options {
        max_fails: 2,
        fail_timeout: SECOND,
    })
    .unwrap()
}

/// Two failures in a row, for a second; half of all may be out.
fn outlier() -> outlier::Config {
    outlier::Config::new(outlier::Options {
        consecutive_failures: Some(2),
        success_rate: None,
        interval: Duration(10_000 * MS),
        base: SECOND,
        max: SECOND,
        max_ejected_thousandths: 500,
    })
    .unwrap()
}

/// Every 100 ms; down after one failure, up after one success.
fn probes(starts_up: bool) -> active::Config {
    active::Config::new(active::Options {
        interval: Duration(100 * MS),
        timeout: Duration(50 * MS),
        rise: 1,
        fall: 1,
        starts_up,
    })
    .unwrap()
}

/// From a quarter, in three steps of 100 ms.
fn ramp() -> slow_start::Config {
    slow_start::Config::new(slow_start::Options {
        duration: Duration(300 * MS),
        steps: 3,
        least_thousandths: 250,
    })
    .unwrap()
}

/// Everything that watches backends.
fn watchful() -> Config {
    Config {
        probes: Some(probes(true)),
        passive: Some(passive()),
        outlier: Some(outlier()),
        breaker: Some(breaker()),
        ..Config::default()
    }
}

const JUDGEMENTS: [Reason; 3] = [Reason::Unhealthy, Reason::Failing, Reason::Ejected];

/// Backends that probes, passive checks and the detector all hold something against: 0 of 4.
fn judged() -> Dispatcher {
    let mut dispatcher = dispatcher(4, &watchful());
    dispatcher.ends(0, End::Failed, 0);
    dispatcher.ends(0, End::Failed, 0);
    dispatcher.wakes_as(100 * MS, |slot| Some(slot != 0));
    dispatcher
}

impl Dispatcher {
    /// Who is in `slot`.
    fn of(&self, slot: u32) -> BackendId {
        self.backends[slot as usize].id
    }

    fn send(&mut self, now: u64) -> Option<Assigned> {
        self.assign(&Request { key: 1 }, None, Instant(now), &mut rng())
    }

    fn end(&mut self, (id, permit): Assigned, how: End, now: u64) {
        self.ended(id, permit, how, Instant(now), &mut rng());
    }

    /// An attempt is sent to `slot`, be it that another would be chosen.
    fn send_to(&mut self, slot: u32, now: u64) -> Assigned {
        let id = self.of(slot);
        let breaker = self.breakers.get_mut(slot as usize);
        let permit: Option<Permit> = breaker.map(|breaker| breaker.admit(Instant(now)).unwrap());
        self.balancer.start(id);
        (id, permit)
    }

    /// An attempt is sent to `slot`, and ends.
    fn ends(&mut self, slot: u32, how: End, now: u64) {
        let sent = self.send_to(slot, now);
        self.end(sent, how, now);
    }

    fn stands(&mut self, slot: u32, reason: Reason, holds: bool, now: Instant) {
        let id = self.of(slot);
        assert!(self.stand(id, reason, holds, now));
    }

    fn may(&self, slot: u32) -> bool {
        self.is_eligible(self.of(slot))
    }

    /// Does what is due, with every probe answered well.
    fn wakes(&mut self, now: u64) {
        self.wakes_as(now, |_| Some(true));
    }

    /// Does what is due; `healthy` says how the probe of a slot is answered, if it is.
    fn wakes_as(&mut self, now: u64, healthy: impl Fn(u32) -> Option<bool>) {
        while let Some(probe) = self.due(Instant(now)) {
            if let Some(healthy) = healthy(probe.backend.slot) {
                self.probed(probe.backend, probe.id, healthy, Instant(now));
            }
        }
    }

    /// How often each slot is chosen by so many requests one after the other, none of which ends.
    fn chosen(&mut self, requests: u32, now: u64) -> Vec<u32> {
        let mut counts = vec![0; self.backends.len()];
        for _ in 0..requests {
            let (id, _) = self.send(now).unwrap();
            counts[id.slot as usize] += 1;
        }
        counts
    }
}
