//! Stations that serve everybody at once: processor sharing, as a time-slicing CPU does in the limit.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use policy::time::{Duration, Instant};

use super::{Accepted, Stations};
use crate::request::{RequestId, Requests, State};

/// All requests at a station share its cores equally; none gets more than one core. O(log n) an operation,
/// for n at the station.
///
/// Kept in virtual time (Kleinrock's attained service): it advances at the rate each request is served, so
/// a request ends when it has advanced by its service time, and an arrival moves nobody else's end.
#[derive(Clone, Debug)]
pub struct ProcessorSharing {
    stations: Vec<Station>,
    cores: f64,
    limit: u32,
}

#[derive(Clone, Debug)]
struct Station {
    serving: BinaryHeap<Reverse<Ending>>,
    /// Service that each request here has attained since the station was last idle, in nanoseconds.
    attained: f64,
    updated: Instant,
    begun: u64,
    /// Service given until `updated`, to all, in nanoseconds of one core.
    given: f64,
}

/// When a request ends in its station's virtual time; of equal ends, the one that came first.
#[derive(Clone, Copy, Debug)]
struct Ending {
    attained: f64,
    order: u64,
    id: RequestId,
}

impl Ord for Ending {
    fn cmp(&self, other: &Self) -> Ordering {
        self.attained
            .total_cmp(&other.attained)
            .then(self.order.cmp(&other.order))
    }
}

impl PartialOrd for Ending {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ending {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ending {}

impl ProcessorSharing {
    /// `n` idle stations of `cores` cores, each for at most `limit` requests at a time.
    pub fn new(n: u32, cores: u32, limit: u32) -> Self {
        let idle = || Station {
            serving: BinaryHeap::new(),
            attained: 0.0,
            updated: Instant::ZERO,
            begun: 0,
            given: 0.0,
        };
        ProcessorSharing {
            stations: (0..n).map(|_| idle()).collect(),
            cores: f64::from(cores),
            limit,
        }
    }
}

impl Station {
    /// How fast each request is served, as a share of one core.
    fn rate(&self, cores: f64) -> f64 {
        (cores / self.serving.len() as f64).min(1.0)
    }

    /// What each request here has been given since the last update.
    fn each_since_update(&self, cores: f64, now: Instant) -> f64 {
        if self.serving.is_empty() {
            return 0.0;
        }
        (now - self.updated).0 as f64 * self.rate(cores)
    }

    /// Brings virtual time up to `now`.
    fn advance(&mut self, cores: f64, now: Instant) {
        let each = self.each_since_update(cores, now);
        self.given += each * self.serving.len() as f64;
        self.attained = if self.serving.is_empty() {
            0.0
        } else {
            self.attained + each
        };
        self.updated = now;
    }

    /// When the first of those here has attained its service, if nobody else comes.
    fn next_departure(&self, cores: f64) -> Instant {
        self.serving
            .peek()
            .map_or(Instant::NEVER, |Reverse(first)| {
                let missing = (first.attained - self.attained).max(0.0) / self.rate(cores);
                self.updated + Duration((missing + 0.5) as u64)
            })
    }
}

impl Stations for ProcessorSharing {
    fn accept(
        &mut self,
        slot: u32,
        id: RequestId,
        requests: &mut Requests,
        now: Instant,
    ) -> Accepted {
        let station = &mut self.stations[slot as usize];
        if station.serving.len() as u64 >= u64::from(self.limit) {
            return Accepted::Refused;
        }
        station.advance(self.cores, now);
        station.begun += 1;
        let request = &mut requests[id];
        request.state = State::InService;
        let attained = station.attained + request.service.0 as f64;
        station.serving.push(Reverse(Ending {
            attained,
            order: station.begun,
            id,
        }));
        Accepted::Serving(station.next_departure(self.cores))
    }

    fn depart(&mut self, slot: u32, _: &mut Requests, now: Instant) -> (RequestId, Instant) {
        let station = &mut self.stations[slot as usize];
        station.advance(self.cores, now);
        let Some(Reverse(done)) = station.serving.pop() else {
            unreachable!("a departure from an idle station")
        };
        // Departures are rounded to whole nanoseconds; virtual time must not fall behind an end it reached.
        station.attained = station.attained.max(done.attained);
        (done.id, station.next_departure(self.cores))
    }

    /// A processor that is shared does not notice who left.
    fn abandon(&mut self, _: u32, _: RequestId, _: &mut Requests) -> bool {
        false
    }

    fn work_done(&self, slot: u32, now: Instant, _: Instant) -> u64 {
        let station = &self.stations[slot as usize];
        (station.given + station.each_since_update(self.cores, now) * station.serving.len() as f64)
            as u64
    }

    fn in_system(&self, slot: u32) -> u32 {
        self.stations[slot as usize].serving.len() as u32
    }
}
