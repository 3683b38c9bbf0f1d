//! One balancer: a strategy over its view of the backends, and all that it holds against them.
//! Cost: a request (assigned, ended) is O(1) plus what its strategy costs, and allocates nothing; a change of who may be
//! chosen is O(n), as in [`Fleet`](crate::Fleet); a deadline is O(log n).
//!
//! It composes what stands by itself elsewhere: health checks, breakers, the outlier detector, slow starts, admission,
//! retries, hedging. Each says something of a backend or a request; [`Standings`] holds who may be chosen and why not.
//! Whoever drives it carries out what it says, and tells it what happened:
//!
//! - a request comes: [`admit`](Dispatcher::admit), and when it has ended [`finished`](Dispatcher::finished);
//! - an attempt is sent: [`assign`](Dispatcher::assign) says where, [`ended`](Dispatcher::ended) takes how it went; before
//!   the first attempt at a request [`requested`](Dispatcher::requested), after one that failed
//!   [`again`](Dispatcher::again);
//! - at [`next_deadline`](Dispatcher::next_deadline), which any call may move: [`due`](Dispatcher::due) until there is
//!   nothing left, and each probe it asks for is answered to [`probed`](Dispatcher::probed);
//! - backends [come](Dispatcher::add), [go](Dispatcher::remove), or [stand](Dispatcher::stand) otherwise than requests and
//!   probes can tell.
//!
//! Backends are named by [`BackendId`]: what is told of an occupant that has left its slot changes nothing.

mod admission;
mod assignment;
mod backend;
mod config;
mod deadlines;
mod eligibility;
mod learning;
mod membership;
mod status;
#[cfg(test)]
mod tests;
mod wake;

use rand_core::Rng;

use crate::admission::{Limiter, TokenBucket};
use crate::breaker::Breaker;
use crate::health::active::Prober;
use crate::health::passive::Observer;
use crate::outlier::Detector;
use crate::random::below_u64;
use crate::retry::{Budget, Hedge};
use crate::slow_start::Ramp;
use crate::standing::{Reason, Standings};
use crate::strategy::AnyBalancer;
use crate::time::{Duration, Instant};
use crate::view::{BackendId, Member};
use backend::Backend;
use deadlines::{Deadlines, Task};

pub use admission::Shed;
pub use assignment::Assigned;
pub use config::{Config, Counting};
pub use learning::End;
pub use status::{Counters, Levels};
pub use wake::Probe;

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Dispatcher {
    config: Config,
    balancer: AnyBalancer,
    standings: Standings,
    /// By slot.
    backends: Vec<Backend>,
    /// By slot, like the next three; none where the configuration has none.
    probers: Vec<Prober>,
    passive: Vec<Observer>,
    breakers: Vec<Breaker>,
    ramps: Vec<Ramp>,
    outlier: Option<Detector>,

    bucket: Option<TokenBucket>,
    limiter: Option<Limiter>,
    budget: Option<Budget>,
    hedge: Option<Hedge>,

    deadlines: Deadlines,
    /// Whether boot is over: who comes from then on comes slowly.
    begun: bool,
    levels: Levels,
    counters: Counters,
    version: u64,
}

impl Dispatcher {
    /// Holds nothing against any of the backends of `balancer`, in which all are eligible as in a new one. The first
    /// probes are spread over an interval, a draw each, or all would be sent at once.
    pub fn new<R: Rng>(
        config: Config,
        balancer: AnyBalancer,
        now: Instant,
        rng: &mut R,
    ) -> Dispatcher {
        let members = balancer.members().to_vec();
        let slots = members.last().map_or(0, |last| last.id.slot + 1);
        let mut dispatcher = Dispatcher {
            balancer,
            standings: Standings::new(slots, config.panic),
            backends: Vec::new(),
            probers: Vec::new(),
            passive: Vec::new(),
            breakers: Vec::new(),
            ramps: Vec::new(),
            outlier: config
                .outlier
                .map(|config| Detector::started(config, 0, now)),
            bucket: config.rate.map(TokenBucket::new),
            limiter: config.concurrency.clone(),
            budget: config.budget.map(Budget::new),
            hedge: config.hedge.clone(),
            deadlines: Deadlines::new(),
            begun: false,
            levels: Levels::default(),
            counters: Counters::default(),
            version: 0,
            config,
        };
        dispatcher.grow(slots);
        dispatcher.open(&members, now, rng);
        dispatcher
    }

    /// Takes in who is there from the beginning.
    fn open<R: Rng>(&mut self, members: &[Member], now: Instant, rng: &mut R) {
        for member in members {
            let backend = &mut self.backends[member.id.slot as usize];
            backend.id = member.id;
            backend.weight = member.weight;
            backend.is_member = true;
            if let Some(prober) = self.probers.get_mut(member.id.slot as usize) {
                let interval = prober.config().options().interval;
                prober.renew(now + Duration(below_u64(interval.0.max(1), rng)));
            }
        }
        for slot in 0..self.slots() {
            let is_member = self.backends[slot as usize].is_member;
            self.hold(slot, Reason::Absent, !is_member, now);
            self.begin_probes(slot, now);
        }
        self.recount_members();
        self.plan_outliers();
    }

    /// Boot is over: who comes from now on comes back slowly. Until then nobody does, since of a cold fleet somebody must
    /// take the load.
    pub fn begin(&mut self) {
        self.begun = true;
    }

    /// What it does about requests and backends.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whoever `id` names, unless it has left.
    #[inline]
    fn member(&mut self, id: BackendId) -> Option<&mut Backend> {
        let backend = self.backends.get_mut(id.slot as usize)?;
        (backend.is_member && backend.id == id).then_some(backend)
    }

    fn plan_outliers(&mut self) {
        let next = self.outlier.as_ref().and_then(Detector::next_deadline);
        self.deadlines.plan_anew(Task::Outliers, next);
    }
}
