//! One balancer: a strategy over its view of the backends, and all that it holds against them.

mod guards;

use policy::admission::{Limiter, Outcome, TokenBucket};
use policy::breaker::{Breaker, Effect, Permit, Phase};
use policy::health::active::Prober;
use policy::health::passive::Observer;
use policy::outlier::Detector;
use policy::retry::{Budget, Failed, Hedge, NoRetry, Reason as Why, Retries};
use policy::slow_start::Ramp;
use policy::standing::{Reason, Standings};
use policy::strategy::AnyBalancer;
use policy::time::{Duration, Instant};
use policy::{Request, Weight};
use rand_chacha::rand_core::Rng;
use rand_xoshiro::SplitMix64;
use workload::stream::Stream;

use crate::accept::Knowledge;
use crate::agenda::Agenda;
use crate::attempt::Pending;
use crate::operations::Operations;
use crate::probe::Totals;
use crate::world::backend_at;

/// How an attempt ended, as its balancer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With an answer after this long.
    Answered(Duration),
    /// Badly.
    Failed,
    /// Without saying anything about the backend.
    Cancelled,
}

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

/// What keeps an eye on each backend, and wakes up by itself. In the agenda slot s of kind k is component k n + s.
const KINDS: [Kind; 4] = [Kind::Prober, Kind::Passive, Kind::Breaker, Kind::Ramp];

#[derive(Clone, Copy, Debug)]
enum Kind {
    Prober,
    Passive,
    Breaker,
    Ramp,
}

/// What a dispatcher is made of.
pub(crate) struct Setup<'a> {
    pub(crate) balancer: AnyBalancer,
    pub(crate) knowledge: Knowledge,
    pub(crate) weights: &'a [Weight],
    pub(crate) operations: &'a Operations,
    /// Its own: when it probes first, how long its breakers stay open.
    pub(crate) draws: Stream,
}

/// See the [module](self).
pub(crate) struct Dispatcher {
    balancer: AnyBalancer,
    knowledge: Knowledge,
    weights: Vec<Weight>,
    standings: Standings,

    probers: Vec<Prober>,
    passive: Vec<Observer>,
    breakers: Vec<Breaker>,
    ramps: Vec<Ramp>,
    outlier: Option<Detector>,

    bucket: Option<TokenBucket>,
    limiter: Option<Limiter>,
    retries: Option<Retries>,
    budget: Option<Budget>,
    hedge: Option<Hedge>,

    agenda: Agenda,
    draws: Stream,
    drawn: u64,
    /// Whether the run has begun: who comes back from then on comes back slowly.
    begun: bool,
    /// Of each breaker: closed, open, half-open.
    breaker_states: Vec<u8>,
    shown: Shown,
    told: Shown,
    totals: Totals,
}

/// What the series shows of a dispatcher.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    ejected: i32,
    open: i32,
    half_open: i32,
}

const CLOSED: u8 = 0;
const OPEN: u8 = 1;
const HALF_OPEN: u8 = 2;

impl Dispatcher {
    /// Holds nothing against anybody.
    pub(crate) fn new(setup: Setup<'_>) -> Dispatcher {
        let n = setup.weights.len() as u32;
        let Operations {
            requests,
            backends,
            admission,
            ..
        } = setup.operations;
        let each = 0..n;
        let probers = backends.probes.map(|config| {
            // Spread over an interval, or all would be probed at once.
            let spread = |slot| {
                let phase = policy::random::below_u64(
                    config.options().interval.0.max(1),
                    &mut setup.draws.part(1).at(u64::from(slot)),
                );
                Prober::new(config, Instant(phase))
            };
            each.clone().map(spread).collect()
        });
        let of_each = |has: bool| if has { n as usize } else { 0 };
        let mut dispatcher = Dispatcher {
            balancer: setup.balancer,
            knowledge: setup.knowledge,
            weights: setup.weights.to_vec(),
            standings: Standings::new(n, backends.panic),
            probers: probers.unwrap_or_default(),
            passive: backends
                .passive
                .map(|config| each.clone().map(|_| Observer::new(config)).collect())
                .unwrap_or_default(),
            breakers: backends
                .breaker
                .map(|config| each.clone().map(|_| Breaker::new(config)).collect())
                .unwrap_or_default(),
            ramps: backends
                .slow_start
                .map(|config| each.clone().map(|_| Ramp::new(config)).collect())
                .unwrap_or_default(),
            outlier: backends.outlier.map(|config| Detector::new(config, n)),
            bucket: admission.rate.map(TokenBucket::new),
            limiter: admission.concurrency.clone(),
            retries: requests.retries,
            budget: requests.budget.map(Budget::new),
            hedge: requests.hedge.clone(),
            agenda: Agenda::new(n * KINDS.len() as u32 + 1),
            draws: setup.draws.part(0),
            drawn: 0,
            begun: false,
            breaker_states: vec![CLOSED; of_each(backends.breaker.is_some())],
            shown: Shown::default(),
            told: Shown::default(),
            totals: Totals::default(),
        };
        for slot in 0..dispatcher.probers.len() as u32 {
            let starts_ill = !dispatcher.probers[slot as usize].is_up();
            dispatcher.hold(slot, Reason::Unhealthy, starts_ill, Instant::ZERO);
            dispatcher.plan(Kind::Prober, slot);
        }
        dispatcher.plan_outlier();
        dispatcher
    }

    /// The run begins: who comes back from now on comes back slowly.
    pub(crate) fn begin(&mut self) {
        self.begun = true;
    }

    fn rng(&mut self) -> SplitMix64 {
        self.drawn += 1;
        self.draws.at(self.drawn)
    }

    /// Whether a request is let in at `now`. One that comes in time, but when too many are there, has used up its token.
    pub(crate) fn admit(&mut self, now: Instant) -> bool {
        let in_time = self
            .bucket
            .as_mut()
            .is_none_or(|bucket| bucket.admit(now).is_ok());
        in_time && self.limiter.as_mut().is_none_or(Limiter::admit)
    }

    /// A request that was let in has ended.
    pub(crate) fn finished(&mut self, outcome: Outcome, now: Instant) {
        if let Some(limiter) = &mut self.limiter {
            limiter.finished(outcome, now);
        }
    }

    /// A request is sent for the first time.
    pub(crate) fn requested(&mut self, now: Instant) {
        if let Some(budget) = &mut self.budget {
            budget.deposit(now);
        }
    }

    /// Where `request` goes, not to `avoid` if there is another, and what its breaker lets it through with. It is counted there.
    pub(crate) fn assign<R: Rng>(
        &mut self,
        request: &Request,
        avoid: Option<u32>,
        now: Instant,
        rng: &mut R,
    ) -> Option<(u32, Option<Permit>)> {
        let counted = self.knowledge == Knowledge::Own;
        let id = match (avoid, counted) {
            (None, true) => self.balancer.assign(request, now, rng)?,
            (None, false) => self.balancer.pick(request, now, rng)?,
            (Some(avoid), _) => {
                let avoid = backend_at(avoid);
                let id = self.balancer.pick_other(request, avoid, now, rng)?;
                if counted {
                    self.balancer.start(id);
                }
                id
            }
        };
        let permit = match self.breakers.get_mut(id.slot as usize) {
            None => None,
            Some(breaker) => match breaker.admit(now) {
                Ok(permit) => Some(permit),
                // A strategy only returns who may be chosen, and a breaker that lets nobody through keeps its backend
                // from being chosen.
                Err(_) => unreachable!("a backend behind an open breaker was chosen"),
            },
        };
        self.look_at_breaker(id.slot, now);
        Some((id.slot, permit))
    }

    /// An attempt that went to `slot` ended.
    pub(crate) fn ended(&mut self, slot: u32, permit: Option<Permit>, how: End, now: Instant) {
        let response = match how {
            End::Answered(response) => Some(response),
            End::Failed | End::Cancelled => None,
        };
        if self.knowledge == Knowledge::Own {
            self.balancer.finish(backend_at(slot), response, now);
        } else if let Some(response) = response {
            self.balancer.responded(backend_at(slot), response, now);
        }
        self.learn(slot, how, now);
        if let Some(permit) = permit {
            let mut rng = self.rng();
            // Whose process is gone fails what it had: that is no news.
            let how = match self.standings.holds(slot, Reason::Absent) {
                true => End::Cancelled,
                false => how,
            };
            let breaker = &mut self.breakers[slot as usize];
            match how {
                End::Answered(_) => {
                    breaker.success(permit, now);
                }
                End::Failed => {
                    let effect = breaker.failure(permit, now, &mut rng);
                    let opened = matches!(effect, Effect::Opened { .. });
                    self.totals.breaker_openings += u64::from(opened);
                }
                End::Cancelled => breaker.cancel(permit),
            }
            self.look_at_breaker(slot, now);
        }
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
        let retries = self.retries?;
        let failed = Failed {
            reason: why,
            idempotent: true,
            retries: request.retries,
            previous: request.delay,
            deadline: request.deadline,
        };
        Some(retries.again(&failed, self.budget.as_mut(), now, rng))
    }

    /// An attempt was given up after `time`, because the one beside it was answered first.
    pub(crate) fn lost_the_race(&mut self, time: Duration) {
        if let Some(hedge) = &mut self.hedge {
            hedge.responded(time);
        }
    }

    /// How long after a request its hedge is sent.
    pub(crate) fn hedge_delay(&self) -> Option<Duration> {
        self.hedge.as_ref().and_then(Hedge::delay)
    }

    /// Whether a hedge may be sent at `now`. If so, it is paid for.
    pub(crate) fn may_hedge(&mut self, now: Instant) -> bool {
        self.budget
            .as_mut()
            .is_none_or(|budget| budget.withdraw(now))
    }

    /// Whether nothing is under way: whatever was taken was given back.
    pub(crate) fn is_idle(&self) -> bool {
        let counted = match self.knowledge {
            Knowledge::Own => self.balancer.total_in_flight(),
            Knowledge::Board(_) => 0,
        };
        let probing = |breaker: &Breaker| match breaker.state().phase() {
            Phase::HalfOpen { holders, .. } => holders.iter().any(Option::is_some),
            _ => false,
        };
        let admitted = self.limiter.as_ref().map_or(0, Limiter::in_flight);
        counted == 0 && admitted == 0 && !self.breakers.iter().any(probing)
    }

    /// The board shows `in_flight`, by slot.
    pub(crate) fn observe(&mut self, in_flight: &[u32]) {
        if matches!(self.knowledge, Knowledge::Board(_)) {
            self.balancer.observe(in_flight);
        }
    }

    /// What the series shows, as changed since this was asked last: backends ejected, breakers open and half-open.
    pub(crate) fn take_changes(&mut self) -> [i32; 3] {
        let (now, before) = (self.shown, std::mem::replace(&mut self.told, self.shown));
        [
            now.ejected - before.ejected,
            now.open - before.open,
            now.half_open - before.half_open,
        ]
    }

    /// What was counted so far.
    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }
}

#[cfg(test)]
mod tests;
