//! A balancer of the world: the policy's, with where it draws from and what the series was told of it.

use policy::Request;
use policy::breaker::Permit;
use policy::dispatcher::{self, Counting, Levels};
use policy::retry::{Failed, NoRetry, Reason as Why};
use policy::standing::Reason;
use policy::strategy::AnyBalancer;
use policy::time::{Duration, Instant};
use rand_chacha::rand_core::{Infallible, Rng, TryRng};
use rand_xoshiro::SplitMix64;
use workload::stream::Stream;

use crate::accept::Knowledge;
use crate::attempt::Pending;
use crate::operations::Operations;
use crate::probe::Totals;
use crate::world::backend_at;

pub(crate) use policy::dispatcher::End;

/// What becomes of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probed {
    /// It is answered at once.
    Healthy,
    /// Nobody is there.
    Refused,
    /// It is not answered.
    Silent,
}

/// What a dispatcher is made of.
pub(crate) struct Setup<'a> {
    pub(crate) balancer: AnyBalancer,
    pub(crate) knowledge: Knowledge,
    pub(crate) operations: &'a Operations,
    /// Its own: when it probes first, how long its breakers stay open.
    pub(crate) draws: Stream,
}

/// See the [module](self). A slot of the world has one occupant for ever, be it that its process comes and goes.
pub(crate) struct Dispatcher {
    /// What decides. Asked directly for whatever concerns neither slots nor draws.
    pub(crate) policy: dispatcher::Dispatcher,
    draws: Stream,
    drawn: u64,
    /// What the series shows.
    told: Levels,
}

impl Dispatcher {
    /// Holds nothing against anybody.
    pub(crate) fn new(setup: Setup<'_>) -> Dispatcher {
        let config = config(setup.operations, setup.knowledge);
        let mut first_probes = FirstWords {
            stream: setup.draws.part(1),
            next: 0,
        };
        Dispatcher {
            policy: dispatcher::Dispatcher::new(
                config,
                setup.balancer,
                Instant::ZERO,
                &mut first_probes,
            ),
            draws: setup.draws.part(0),
            drawn: 0,
            told: Levels::default(),
        }
    }

    /// Where `request` goes, not to `avoid` if there is another, and what its breaker lets it through with.
    pub(crate) fn assign<R: Rng>(
        &mut self,
        request: &Request,
        avoid: Option<u32>,
        now: Instant,
        rng: &mut R,
    ) -> Option<(u32, Option<Permit>)> {
        let avoid = avoid.map(backend_at);
        let (id, permit) = self.policy.assign(request, avoid, now, rng)?;
        Some((id.slot, permit))
    }

    /// An attempt that went to `slot` ended.
    pub(crate) fn ended(&mut self, slot: u32, permit: Option<Permit>, how: End, now: Instant) {
        self.drawn += u64::from(permit.is_some());
        let mut rng = self.draws.at(self.drawn);
        self.policy
            .ended(backend_at(slot), permit, how, now, &mut rng);
    }

    /// Whether and when request `request`, whose last attempt failed for `why`, is sent again; `None` where nothing is
    /// ever sent again.
    pub(crate) fn again<R: Rng>(
        &mut self,
        request: &Pending,
        why: Why,
        now: Instant,
        rng: &mut R,
    ) -> Option<Result<Duration, NoRetry>> {
        let failed = Failed {
            reason: why,
            idempotent: true,
            retries: request.retries,
            previous: request.delay,
            deadline: request.deadline,
        };
        self.policy.again(&failed, now, rng)
    }

    /// Somebody else knows that `reason` keeps `slot` from being chosen, or no longer does.
    pub(crate) fn stand(&mut self, slot: u32, reason: Reason, holds: bool, now: Instant) {
        self.policy.stand(backend_at(slot), reason, holds, now);
    }

    /// What is due at `now`; `probed` says what becomes of a probe.
    pub(crate) fn wake(&mut self, now: Instant, probed: impl Fn(u32) -> Probed) {
        while let Some(probe) = self.policy.due(now) {
            let healthy = match probed(probe.backend.slot) {
                Probed::Silent => continue,
                Probed::Healthy => true,
                Probed::Refused => false,
            };
            self.policy.probed(probe.backend, probe.id, healthy, now);
        }
    }

    /// What the series shows, as changed since this was asked last: backends ejected, breakers open and half-open.
    pub(crate) fn take_changes(&mut self) -> [i32; 3] {
        let now = self.policy.levels();
        let before = std::mem::replace(&mut self.told, now);
        [
            now.ill as i32 - before.ill as i32,
            now.open as i32 - before.open as i32,
            now.half_open as i32 - before.half_open as i32,
        ]
    }

    /// What was counted so far.
    pub(crate) fn totals(&self) -> Totals {
        let counters = self.policy.counters();
        Totals {
            probes: counters.probes,
            ejections: counters.unhealthy + counters.failing + counters.ejected,
            breaker_openings: counters.breaker_openings,
            ..Totals::default()
        }
    }
}

fn config(operations: &Operations, knowledge: Knowledge) -> dispatcher::Config {
    let Operations {
        requests,
        backends,
        admission,
        ..
    } = operations;
    dispatcher::Config {
        counting: match knowledge {
            Knowledge::Own => Counting::Own,
            Knowledge::Board(_) => Counting::Elsewhere,
        },
        probes: backends.probes,
        passive: backends.passive,
        breaker: backends.breaker,
        outlier: backends.outlier,
        panic: backends.panic,
        slow_start: backends.slow_start,
        rate: admission.rate,
        concurrency: admission.concurrency.clone(),
        retries: requests.retries,
        budget: requests.budget,
        hedge: requests.hedge.clone(),
    }
}

/// Slot k draws the first word of part k: the same however many slots there are.
struct FirstWords {
    stream: Stream,
    next: u64,
}

impl FirstWords {
    fn take(&mut self) -> SplitMix64 {
        self.next += 1;
        self.stream.at(self.next - 1)
    }
}

impl TryRng for FirstWords {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.take().try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.take().try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.take().try_fill_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::BackendControls;
    use policy::Weight;
    use policy::growth::{Growth, Jitter};
    use policy::strategy::{Options, StrategyName};
    use policy::{breaker, health::active};
    use workload::stream::Purpose;

    const MS: u64 = 1_000_000;

    /// Probes every 100 ms, down after one failure; a breaker that opens after one for 10 ms.
    fn dispatcher(backends: u32) -> Dispatcher {
        let probes = active::Options {
            interval: Duration(100 * MS),
            timeout: Duration(50 * MS),
            rise: 1,
            fall: 1,
            starts_up: true,
        };
        let breaker = breaker::Options {
            failures_to_open: Some(1),
            open: Growth::constant(Duration(10 * MS), Jitter::NONE),
            ..breaker::Options::default()
        };
        let operations = Operations {
            backends: BackendControls {
                probes: Some(active::Config::new(probes).unwrap()),
                breaker: Some(breaker::Config::new(breaker).unwrap()),
                ..BackendControls::default()
            },
            ..Operations::default()
        };
        let identified = (0..u64::from(backends)).map(|identity| (Weight::ONE, identity));
        Dispatcher::new(Setup {
            balancer: AnyBalancer::new(StrategyName::RoundRobin, &Options::default(), identified),
            knowledge: Knowledge::Own,
            operations: &operations,
            draws: Stream::new(1, 0, Purpose::Probes),
        })
    }

    #[test]
    fn when_a_backend_is_probed_first_does_not_depend_on_how_many_there_are() {
        let first_probes = |backends| {
            let mut dispatcher = dispatcher(backends);
            let mut times = vec![Instant::NEVER; backends as usize];
            while dispatcher.policy.next_deadline() < Instant(100 * MS) {
                let now = dispatcher.policy.next_deadline();
                let probe = dispatcher.policy.due(now).unwrap();
                times[probe.backend.slot as usize] = now;
                dispatcher.policy.probed(probe.backend, probe.id, true, now);
            }
            times
        };
        let (few, many) = (first_probes(3), first_probes(30));
        assert_eq!(few, many[..3]);
        assert!(few.iter().all(|&time| time < Instant(100 * MS)));
        assert!(few[0] != few[1] && few[1] != few[2]);
    }

    #[test]
    fn what_changed_sums_to_what_is() {
        let mut dispatcher = dispatcher(3);
        let mut sum = [0; 3];
        let mut seen = Vec::new();
        for step in 0..300 {
            let now = Instant(step * 7 * MS);
            let sick = |slot| match (step / 30 + u64::from(slot)) % 3 {
                0 => Probed::Refused,
                1 => Probed::Silent,
                _ => Probed::Healthy,
            };
            dispatcher.wake(now, sick);
            let mut rng = dispatcher.draws.at(7);
            if let Some((slot, permit)) =
                dispatcher.assign(&Request { key: 1 }, None, now, &mut rng)
            {
                let how = match step % 4 {
                    0 => End::Failed,
                    _ => End::Answered(Duration(MS)),
                };
                dispatcher.ended(slot, permit, how, now);
            }
            for (sum, change) in sum.iter_mut().zip(dispatcher.take_changes()) {
                *sum += change;
            }
            let Levels {
                ill,
                open,
                half_open,
            } = dispatcher.policy.levels();
            assert_eq!(sum, [ill, open, half_open].map(|level| level as i32));
            assert_eq!(dispatcher.take_changes(), [0; 3]);
            seen.push(sum);
        }
        assert!(seen.iter().any(|sum| sum[0] > 0) && seen.iter().any(|sum| sum[1] > 0));
        assert!(dispatcher.policy.is_idle());
        let totals = dispatcher.totals();
        assert!(totals.probes > 0 && totals.ejections > 0 && totals.breaker_openings > 0);
    }
}
