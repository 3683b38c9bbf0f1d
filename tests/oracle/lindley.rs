//! The engine.

use policy::time::{Duration, Instant};
use sim::probe::Histogram;
use sim::scenario::{Scenario, Traffic};
use workload::arrivals::Process;
use workload::demand::Sampler;
use workload::key::KeySampler;
use workload::stream::{Purpose, Stream};

/// One request, as it comes in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) number: u64,
    pub(crate) time: Instant,
    pub(crate) key: u64,
    demand: Duration,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Answer {
    pub(crate) arrived: Instant,
    pub(crate) slot: u32,
    pub(crate) response: Duration,
    pub(crate) service: Duration,
}

impl Answer {
    /// When its service began.
    pub(crate) fn began(&self) -> Instant {
        Instant(self.departed().0 - self.service.0)
    }

    /// When it was answered.
    pub(crate) fn departed(&self) -> Instant {
        self.arrived + self.response
    }
}

/// What came, in the order of coming.
pub(crate) struct Arrivals {
    process: Process,
    demand: Sampler,
    demands: Stream,
    key: KeySampler,
    keys: Stream,
    requests: u64,
    number: u64,
}

impl Arrivals {
    /// Replication `replication` of an open loop.
    pub(crate) fn new(scenario: &Scenario, replication: u32) -> Arrivals {
        let Traffic::Open {
            arrivals,
            rate,
            service,
        } = &scenario.traffic
        else {
            panic!("an open loop");
        };
        let stream = |purpose| Stream::new(scenario.seed, replication, purpose);
        Arrivals {
            process: arrivals
                .process(*rate, stream(Purpose::Arrivals))
                .expect("arrivals"),
            demand: service.sampler(),
            demands: stream(Purpose::Demands),
            key: scenario.keys.sampler(),
            keys: stream(Purpose::Keys),
            requests: scenario.effort.requests,
            number: 0,
        }
    }
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let number = self.number;
        if number == self.requests {
            return None;
        }
        self.number += 1;
        Some(Arrival {
            number,
            time: self.process.next()?,
            key: self.key.sample(&mut self.keys.at(number)),
            demand: self.demand.sample(&mut self.demands.at(number)),
        })
    }
}

/// The backends: when each server is free again.
pub(crate) struct Servers {
    free_at: Vec<Vec<Instant>>,
    speeds: Vec<f64>,
}

impl Servers {
    pub(crate) fn new(scenario: &Scenario) -> Servers {
        let idle = vec![Instant::ZERO; scenario.fleet.servers as usize];
        Servers {
            free_at: vec![idle; scenario.fleet.len() as usize],
            speeds: scenario.fleet.speeds.clone(),
        }
    }

    /// What becomes of `arrival` at `slot`.
    pub(crate) fn serve(&mut self, arrival: &Arrival, slot: u32) -> Answer {
        let servers = &mut self.free_at[slot as usize];
        let first = servers.iter_mut().min().expect("a server");
        let service = at_speed(arrival.demand, self.speeds[slot as usize]);
        *first = arrival.time.max(*first) + service;
        Answer {
            arrived: arrival.time,
            slot,
            response: *first - arrival.time,
            service,
        }
    }
}

/// To the nearest nanosecond.
fn at_speed(demand: Duration, speed: f64) -> Duration {
    match speed {
        1.0 => demand,
        speed => Duration((demand.0 as f64 * (1.0 / speed) + 0.5) as u64),
    }
}

/// Sums over all answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) responses: Histogram,
    pub(crate) waits: Histogram,
    pub(crate) response_ns: u128,
    pub(crate) wait_ns: u128,
    pub(crate) requests: Vec<u64>,
    pub(crate) busy_ns: Vec<u64>,
}

impl Summary {
    pub(crate) fn of(answers: &[Answer], backends: u32) -> Summary {
        let mut summary = Summary {
            responses: Histogram::default(),
            waits: Histogram::default(),
            response_ns: 0,
            wait_ns: 0,
            requests: vec![0; backends as usize],
            busy_ns: vec![0; backends as usize],
        };
        for answer in answers {
            let wait = Duration(answer.response.0 - answer.service.0);
            summary.responses.record(answer.response);
            summary.waits.record(wait);
            summary.response_ns += u128::from(answer.response.0);
            summary.wait_ns += u128::from(wait.0);
            summary.requests[answer.slot as usize] += 1;
            summary.busy_ns[answer.slot as usize] += answer.service.0;
        }
        summary
    }
}
