//! What befalls a fleet, and what is done about it.

use policy::admission::{Limiter, Rate, codel};
use policy::growth::Jitter;
use policy::recycle::Lifetime;
use policy::retry::{self, Hedge, Retries};
use policy::sizing::Controller;
use policy::standing::Panic;
use policy::time::Duration;
use policy::{backoff, breaker, health, outlier, slow_start, supervise};
use workload::arrivals::Surge;

use crate::fault::Fault;

/// Faults, surges and controls. The default is none of any.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// What becomes of the rate of arrivals.
    pub surges: Vec<Surge>,
    /// What balancers do about a request.
    pub requests: RequestControls,
    /// What balancers do about backends.
    pub backends: BackendControls,
    /// Whom balancers let in.
    pub admission: AdmissionControls,
    /// Where backends are workers that are started and stopped.
    pub pool: Option<PoolSpec>,
    /// The interval of the time series; by default it follows from how long the run is.
    pub series: Option<Duration>,
}

impl Operations {
    /// The faults as they befall, not as they are told ([`crate::fault::triggers`]). The worker of a pool that crashes or is
    /// drained without more being said is replaced by whoever starts workers: for it that is over in no time, the
    /// shortest there is. Elsewhere nobody does.
    pub fn effective_faults(&self) -> Vec<Fault> {
        let kill = |fault: &Fault| Fault {
            lasts: match self.pool.is_some() && fault.only_kills() {
                true => Some(Duration(1)),
                false => fault.lasts,
            },
            ..fault.clone()
        };
        self.faults.iter().map(kill).collect()
    }
}

/// What balancers do about a request that is not answered.
#[derive(Clone, Debug, Default)]
pub struct RequestControls {
    /// How long they wait for one attempt.
    pub attempt_timeout: Option<Duration>,
    /// What a backend does with an attempt that nobody waits for.
    pub abandoned: Abandoned,
    /// Whether an attempt carries its deadline, so that a backend drops it at its turn when that has passed.
    pub deadlines_travel: bool,
    /// Retries.
    pub retries: Option<Retries>,
    /// How many of them at most.
    pub budget: Option<retry::Config>,
    /// When a second attempt is sent beside the first: what every balancer begins with.
    pub hedge: Option<Hedge>,
}

/// What a backend does with an attempt that nobody waits for any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Abandoned {
    /// It serves it: it is not told, or does not listen.
    Serve,
    /// It serves it if it has begun to; if not, the attempt leaves the queue.
    #[default]
    Leave,
    /// It stops serving it, too.
    Cancel,
}

/// What balancers do about backends.
#[derive(Clone, Debug, Default)]
pub struct BackendControls {
    /// Health by probes.
    pub probes: Option<health::active::Config>,
    /// Health by what becomes of requests.
    pub passive: Option<health::passive::Config>,
    /// Circuit breakers, one for each balancer and backend.
    pub breaker: Option<breaker::Config>,
    /// Ejection of backends that are worse than the others.
    pub outlier: Option<outlier::Config>,
    /// When too few are left, health is ignored.
    pub panic: Panic,
    /// How a backend that comes back is brought up to its share.
    pub slow_start: Option<slow_start::Config>,
}

/// Whom balancers let in. Every balancer has its own.
#[derive(Clone, Debug, Default)]
pub struct AdmissionControls {
    /// Requests a second.
    pub rate: Option<Rate>,
    /// Requests at once: what every balancer begins with.
    pub concurrency: Option<Limiter>,
    /// What minds the backends' queues.
    pub codel: Option<codel::Config>,
    /// A slot pool in front of all.
    pub slots: Option<SlotsSpec>,
}

/// A slot pool: a request needs a slot until it ends.
#[derive(Clone, Copy, Debug)]
pub struct SlotsSpec {
    /// How many there are.
    pub slots: u32,
    /// How a request waits for one.
    pub wait: backoff::Config,
}

/// Backends as workers of a pool.
#[derive(Clone, Debug)]
pub struct PoolSpec {
    /// How many there are at the beginning, warm.
    pub prewarmed: u32,
    /// How long a worker takes from being started to being ready.
    pub cold_start: ColdStart,
    /// What decides how many there are, if they change: what a run begins with.
    pub sizing: Option<Controller>,
    /// How often it does.
    pub sizing_interval: Duration,
    /// What starts them again.
    pub supervisor: supervise::Config,
    /// After how many requests a worker is replaced.
    pub lifetime: Option<Lifetime>,
}

/// The phases of a worker's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColdStart {
    /// Until the process is there.
    pub spawn: Duration,
    /// Until its libraries are.
    pub link: Duration,
    /// Until the application is initialised.
    pub init: Duration,
    /// Until it listens.
    pub listen: Duration,
    /// How far the whole lies to either side of that, by chance.
    pub jitter: Jitter,
}

impl ColdStart {
    /// All phases together.
    pub fn total(&self) -> Duration {
        self.spawn + self.link + self.init + self.listen
    }
}
