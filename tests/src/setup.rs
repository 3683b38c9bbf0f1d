//! Scenarios: a fleet, its traffic, and nothing else out of the ordinary.

use policy::retry::{Delays, Retries, decide};
use policy::strategy::{Options, StrategyName};
use sim::accept::Knowledge;
use sim::fault::Fault;
use sim::operations::Operations;
use sim::scenario::{Effort, FleetSpec, Scenario, Service, Traffic, Warmup};
use sim::station::Discipline;
use workload::demand::Demand;

/// The mean service of every test, and its unit of time.
pub const UNIT_SECONDS: f64 = 0.01;

/// Exponential service.
pub const EXPONENTIAL: &str = "exp:10ms";

/// First come, first served, without a limit.
pub fn fifo(backends: usize, servers: u32) -> FleetSpec {
    FleetSpec {
        weights: vec![1.0; backends],
        speeds: vec![1.0; backends],
        servers,
        queue: Service::Queue(Discipline::Fifo),
        queue_limit: None,
    }
}

/// Last come, first served; a service that began is finished.
pub fn lifo(backends: usize, servers: u32) -> FleetSpec {
    FleetSpec {
        queue: Service::Queue(Discipline::Lifo),
        ..fifo(backends, servers)
    }
}

/// Everybody at once.
pub fn sharing(backends: usize, servers: u32) -> FleetSpec {
    FleetSpec {
        queue: Service::Sharing,
        ..fifo(backends, servers)
    }
}

/// `arrivals` that ask for `load` of the fleet's capacity.
pub fn open(fleet: FleetSpec, arrivals: &str, service: &str, load: f64) -> Scenario {
    let service: Demand = service.parse().expect("a demand");
    let traffic = Traffic::Open {
        arrivals: arrivals.parse().expect("arrivals"),
        rate: load * fleet.capacity() / service.mean_seconds(),
        service,
    };
    scenario(fleet, traffic)
}

/// Poisson arrivals, exponential service.
pub fn markovian(fleet: FleetSpec, load: f64) -> Scenario {
    open(fleet, "poisson", EXPONENTIAL, load)
}

/// `clients` that think between an answer and the next request.
pub fn closed(fleet: FleetSpec, clients: u32, think: &str, service: &str) -> Scenario {
    let traffic = Traffic::Closed {
        clients,
        think: think.parse().expect("a think time"),
        service: service.parse().expect("a demand"),
    };
    scenario(fleet, traffic)
}

/// `scenario` with these controls and whatever else is in `operations`.
pub fn operated(scenario: Scenario, operations: Operations) -> Scenario {
    Scenario {
        operations: Some(Box::new(operations)),
        ..scenario
    }
}

/// `scenario` in which `faults` happen, and nobody does anything about them.
pub fn befallen(scenario: Scenario, faults: &str) -> Scenario {
    let operations = Operations {
        faults: faulty(faults),
        ..Operations::default()
    };
    operated(scenario, operations)
}

/// Faults as they are written.
pub fn faulty(faults: &str) -> Vec<Fault> {
    Fault::list(faults).expect("faults")
}

/// So many retries at once, of whatever can be repeated.
pub fn retries_at_once(retries: u32) -> Retries {
    let options = decide::Options {
        retries,
        delays: Delays::NONE,
        ..decide::Options::default()
    };
    Retries::new(options).expect("retries")
}

/// The seed of all of it is 1, and was before the first run.
fn scenario(fleet: FleetSpec, traffic: Traffic) -> Scenario {
    Scenario {
        strategies: vec![StrategyName::RoundRobin],
        options: Options::default(),
        secure_rng: false,
        fleet,
        traffic,
        keys: "uniform:1e15".parse().expect("keys"),
        timeout: None,
        dispatchers: 1,
        knowledge: Knowledge::Own,
        operations: None,
        effort: Effort {
            requests: 0,
            warmup: Warmup::Requests(0),
            replications: 1,
            precision: None,
            timeline: 0,
        },
        seed: 1,
    }
}
