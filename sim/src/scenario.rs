//! What is simulated, with every default filled in and every check passed.

use std::sync::Arc;

use policy::admission::Rate;
use policy::strategy::{Options, StrategyName};
use policy::time::Duration;
use workload::arrivals::Arrivals;
use workload::demand::Demand;
use workload::key::Keys;
use workload::trace::{Ties, Trace};

use crate::accept::Knowledge;
use crate::operations::{Abandoned, AdmissionControls, Operations};
use crate::station::{Discipline, Limits};

/// Below this share of capacity hardly anybody waits: traffic is idle.
pub const IDLE_LOAD: f64 = 0.1;

/// A fleet, its traffic, and how long to look.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Compared on identical jobs.
    pub strategies: Vec<StrategyName>,
    /// The strategies' settings.
    pub options: Options,
    /// Whether strategies draw from a cryptographically secure generator.
    pub secure_rng: bool,
    /// The backends.
    pub fleet: FleetSpec,
    /// What comes in.
    pub traffic: Traffic,
    /// What hashing and sticky strategies place requests by, where a trace does not say.
    pub keys: Keys,
    /// When a client gives up, if ever.
    pub timeout: Option<Duration>,
    /// How many balancers there are, each on its own.
    pub dispatchers: u16,
    /// What they know.
    pub knowledge: Knowledge,
    /// What befalls the fleet and what is done about it. `None`: nothing, and the steady world runs.
    pub operations: Option<Box<Operations>>,
    /// How much is simulated.
    pub effort: Effort,
    /// Where all randomness comes from.
    pub seed: u64,
}

/// The backends.
#[derive(Clone, Debug)]
pub struct FleetSpec {
    /// Shares of the traffic, one for each backend, to thousandths.
    pub weights: Vec<f64>,
    /// Service rates relative to the workload's demands, one for each backend.
    pub speeds: Vec<f64>,
    /// Servers (or cores) at each backend.
    pub servers: u32,
    /// How they serve.
    pub queue: Service,
    /// How many may wait at a backend, not counting those in service.
    pub queue_limit: Option<u32>,
}

impl FleetSpec {
    /// How many backends there are.
    pub fn len(&self) -> u32 {
        self.weights.len() as u32
    }

    /// How each backend queues, in this order.
    pub(crate) fn limits(&self, discipline: Discipline) -> Limits {
        Limits {
            discipline,
            waiting: self.queue_limit.unwrap_or(u32::MAX),
        }
    }

    /// How many share a backend's cores at most. There is no queue: a limit on those who wait for a core is one on
    /// those present.
    pub(crate) fn most_sharing(&self) -> u32 {
        let waiting = self.queue_limit.unwrap_or(u32::MAX);
        waiting.saturating_add(self.servers)
    }

    /// Whether there is no backend. Checked scenarios have at least one.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Seconds of demand that the fleet can serve in a second.
    pub fn capacity(&self) -> f64 {
        self.speeds.iter().sum::<f64>() * f64::from(self.servers)
    }
}

/// How a backend serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Each server one request at a time, the rest in a queue.
    Queue(Discipline),
    /// All requests at once, sharing the cores.
    Sharing,
}

/// What comes in.
#[derive(Clone, Debug)]
pub enum Traffic {
    /// Requests that do not wait for each other.
    Open {
        /// How they follow each other.
        arrivals: Arrivals,
        /// Their mean number a second.
        rate: f64,
        /// The service each needs.
        service: Demand,
    },
    /// Clients that send one request at a time.
    Closed {
        /// How many.
        clients: u32,
        /// How long each waits between an answer and its next request.
        think: Demand,
        /// The service each request needs.
        service: Demand,
    },
    /// Requests as recorded.
    Trace {
        /// The recording.
        trace: Arc<Trace>,
        /// Recorded time is divided by this.
        speedup: f64,
        /// Where requests with the same stamp go.
        ties: Ties,
        /// The service each needs, where the recording does not say.
        service: Demand,
    },
}

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// In each replication, warm-up included.
    pub requests: u64,
    /// What is left out of them.
    pub warmup: Warmup,
    /// How often, with other random numbers.
    pub replications: u32,
    /// Add replications until the mean response time's 95 % interval is within this share of it.
    pub precision: Option<f64>,
    /// How many requests of the first replication are kept one by one.
    pub timeline: usize,
}

/// How much of the beginning is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warmup {
    /// As much as the marginal standard error rule says.
    Auto,
    /// This many requests.
    Requests(u64),
}

impl Scenario {
    /// The mean service that a request needs, in seconds at speed 1.
    pub fn mean_demand_seconds(&self) -> f64 {
        match &self.traffic {
            Traffic::Open { service, .. } | Traffic::Closed { service, .. } => {
                service.mean_seconds()
            }
            Traffic::Trace { trace, service, .. } => trace
                .mean_demand_seconds()
                .unwrap_or_else(|| service.mean_seconds()),
        }
    }

    /// The requests/s that the fleet can serve when nobody is ever idle.
    pub fn limit_per_second(&self) -> f64 {
        self.fleet.capacity() / self.mean_demand_seconds()
    }

    /// The share of the fleet's capacity that the traffic asks for; `None` in a closed loop, where it
    /// follows from the response times.
    pub fn offered_load(&self) -> Option<f64> {
        let rate = match &self.traffic {
            Traffic::Open { rate, .. } => *rate,
            Traffic::Trace { trace, speedup, .. } => trace.rate() * speedup,
            Traffic::Closed { .. } => return None,
        };
        Some(rate * self.mean_demand_seconds() / self.fleet.capacity())
    }

    /// Whether there is a beginning to leave out. A recording has no steady state to wait for, and its beginning is as
    /// true as its end; where something happens at a time, every time counts.
    pub fn has_warmup(&self) -> bool {
        !matches!(self.traffic, Traffic::Trace { .. }) && self.operations.is_none()
    }

    /// Whether something keeps the queues short whatever the load: a limit, who is turned away, or clients who leave
    /// them. A shared processor does not notice who gave up.
    pub fn is_bounded(&self) -> bool {
        let sharing = self.fleet.queue == Service::Sharing;
        let operations = self.operations.as_ref();
        let abandoned = operations.map(|operations| {
            let requests = &operations.requests;
            requests.abandoned != Abandoned::Serve || requests.deadlines_travel
        });
        let leaves = abandoned.unwrap_or(true) && !sharing;
        let turned_away = operations.is_some_and(|it| self.turns_away(&it.admission));
        self.fleet.queue_limit.is_some() || (self.timeout.is_some() && leaves) || turned_away
    }

    /// Whether those let in are so few that the fleet keeps up. A rate is so only below what the fleet can serve; who
    /// has no slot does not wait for ever.
    fn turns_away(&self, admission: &AdmissionControls) -> bool {
        let limit = self.limit_per_second();
        let is_low = |rate: &Rate| {
            let each = rate.interval().as_seconds();
            f64::from(self.dispatchers) < limit * each
        };
        let AdmissionControls {
            rate,
            concurrency,
            codel,
            slots,
        } = admission;
        let of_number = concurrency.is_some() || codel.is_some() || slots.is_some();
        of_number || rate.as_ref().is_some_and(is_low)
    }

    /// Whether everything that comes is served once and in the end, by all backends there are.
    pub fn serves_all(&self) -> bool {
        let nothing_ends = |operations: &Operations| {
            let requests = &operations.requests;
            operations.faults.is_empty()
                && operations.pool.is_none()
                && requests.attempt_timeout.is_none()
                && requests.hedge.is_none()
        };
        let operations = self.operations.as_deref();
        self.timeout.is_none() && !self.is_bounded() && operations.is_none_or(nothing_ends)
    }

    /// Whether every replication of `strategy` would be the same, so that one is all there is.
    pub fn is_fixed(&self, strategy: StrategyName) -> bool {
        let Traffic::Trace { trace, ties, .. } = &self.traffic else {
            return false;
        };
        if self.operations.is_some() {
            return false;
        }
        let spread = *ties == Ties::Spread && trace.report.ties > 0;
        let keys_drawn = strategy.about().keyed && trace.keys.is_none();
        let drawn = spread || keys_drawn || strategy.about().random || self.dispatchers > 1;
        trace.demands.is_some() && !drawn
    }
}
