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

#[cfg(test)]
mod tests {
    use policy::supervise;
    use policy::time::Instant;

    use super::*;

    fn pool() -> PoolSpec {
        PoolSpec {
            prewarmed: 1,
            cold_start: ColdStart::default(),
            sizing: None,
            sizing_interval: Duration(1),
            supervisor: supervise::Config::default(),
            lifetime: None,
        }
    }

    /// How long each of `faults` lasts, in nanoseconds.
    fn last(faults: &str, pool: Option<PoolSpec>) -> Vec<Option<u64>> {
        let operations = Operations {
            faults: Fault::list(faults).unwrap(),
            pool,
            ..Operations::default()
        };
        let effective = operations.effective_faults();
        let lasts = |fault: &Fault| fault.lasts.map(|span| span.0);
        effective.iter().map(lasts).collect()
    }

    #[test]
    fn who_is_killed_in_a_pool_is_replaced_at_once_and_elsewhere_never() {
        let faults = "crash:0@1s,drain:1@1s";
        assert_eq!(last(faults, Some(pool())), [Some(1), Some(1)]);
        assert_eq!(last(faults, None), [None, None]);
    }

    #[test]
    fn what_is_said_of_how_long_a_fault_lasts_holds_in_a_pool_too() {
        let faults = "crash:0@1s+2ns,slow:1@1sx2,pause:2@1s,flap:3@1s,up=1s,down=1s";
        assert_eq!(last(faults, Some(pool())), [Some(2), None, None, None]);
    }

    #[test]
    fn but_for_how_long_it_lasts_a_fault_in_a_pool_is_as_it_was_written() {
        let faults = Fault::list("crash:25%@3s,stagger=2s").unwrap();
        let operations = Operations {
            faults: faults.clone(),
            pool: Some(pool()),
            ..Operations::default()
        };
        let [effective] = &operations.effective_faults()[..] else {
            panic!("as many as there were")
        };
        assert_eq!(effective.begins, Instant(3_000_000_000));
        let meant = Fault {
            lasts: effective.lasts,
            ..faults[0].clone()
        };
        assert_eq!(*effective, meant);
    }

    #[test]
    fn a_cold_start_takes_as_long_as_its_phases() {
        let cold = ColdStart {
            spawn: Duration(1),
            link: Duration(20),
            init: Duration(300),
            listen: Duration(4_000),
            jitter: Jitter::QUARTER,
        };
        assert_eq!(cold.total(), Duration(4_321));
    }
}
