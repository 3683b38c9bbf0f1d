//! Stations with several servers and one queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use policy::time::Instant;

use super::{Accepted, Limits, Stations};
use crate::request::{Queue, RequestId, Requests, State};

/// `servers` at a station, each with one request; the rest wait together. O(log servers) an operation.
#[derive(Clone, Debug)]
pub struct SeveralServers {
    stations: Vec<Station>,
    servers: u32,
    limits: Limits,
}

#[derive(Clone, Debug)]
struct Station {
    /// Departures, earliest first; of equal times, the service that began first.
    serving: BinaryHeap<Reverse<(Instant, u64, RequestId)>>,
    waiting: Queue,
    begun: u64,
    /// All services that ever began, in nanoseconds.
    begun_ns: u64,
}

impl SeveralServers {
    /// `n` idle stations of `servers` servers each.
    pub fn new(n: u32, servers: u32, limits: Limits) -> Self {
        let idle = || Station {
            serving: BinaryHeap::new(),
            waiting: Queue::EMPTY,
            begun: 0,
            begun_ns: 0,
        };
        SeveralServers {
            stations: (0..n).map(|_| idle()).collect(),
            servers,
            limits,
        }
    }
}

impl Station {
    #[inline]
    fn serve(&mut self, id: RequestId, requests: &mut Requests, now: Instant) {
        let request = &mut requests[id];
        request.state = State::InService;
        self.begun += 1;
        self.begun_ns = self.begun_ns.saturating_add(request.service.0);
        self.serving
            .push(Reverse((now + request.service, self.begun, id)));
    }

    #[inline]
    fn next_departure(&self) -> Instant {
        self.serving
            .peek()
            .map_or(Instant::NEVER, |Reverse(first)| first.0)
    }
}

impl Stations for SeveralServers {
    #[inline]
    fn accept(
        &mut self,
        slot: u32,
        id: RequestId,
        requests: &mut Requests,
        now: Instant,
    ) -> Accepted {
        let station = &mut self.stations[slot as usize];
        if (station.serving.len() as u32) < self.servers {
            station.serve(id, requests, now);
            Accepted::Serving(station.next_departure())
        } else if self.limits.admit(&station.waiting) {
            station.waiting.push(requests, id);
            Accepted::Waiting
        } else {
            Accepted::Refused
        }
    }

    #[inline]
    fn depart(&mut self, slot: u32, requests: &mut Requests, now: Instant) -> (RequestId, Instant) {
        let station = &mut self.stations[slot as usize];
        let Some(Reverse((_, _, done))) = station.serving.pop() else {
            unreachable!("a departure from an idle station")
        };
        if let Some(next) = self.limits.next(&mut station.waiting, requests) {
            station.serve(next, requests, now);
        }
        (done, station.next_departure())
    }

    fn abandon(&mut self, slot: u32, id: RequestId, requests: &mut Requests) -> bool {
        let waiting = requests[id].state == State::Waiting;
        if waiting {
            self.stations[slot as usize].waiting.unlink(requests, id);
        }
        waiting
    }

    fn work_done(&self, slot: u32, now: Instant, _: Instant) -> u64 {
        let Station {
            serving, begun_ns, ..
        } = &self.stations[slot as usize];
        let to_come = serving.iter().map(|Reverse((end, ..))| (*end - now).0);
        to_come.fold(*begun_ns, u64::saturating_sub)
    }

    #[inline]
    fn in_system(&self, slot: u32) -> u32 {
        let station = &self.stations[slot as usize];
        station.waiting.len() + station.serving.len() as u32
    }
}
