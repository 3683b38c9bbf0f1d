//! Stations that serve one request at a time.

use policy::time::Instant;

use super::{Accepted, Limits, Stations};
use crate::request::{NONE, Queue, RequestId, Requests, State};

/// One server a station, the rest wait. Every operation is O(1).
#[derive(Clone, Debug)]
pub struct SingleServer {
    stations: Vec<Station>,
    limits: Limits,
}

/// 24 bytes: with many backends these miss the cache.
#[derive(Clone, Copy, Debug)]
struct Station {
    serving: RequestId,
    waiting: Queue,
    /// All services that ever began, in nanoseconds.
    begun_ns: u64,
}

impl SingleServer {
    /// `n` idle stations.
    pub fn new(n: u32, limits: Limits) -> Self {
        let idle = Station {
            serving: NONE,
            waiting: Queue::EMPTY,
            begun_ns: 0,
        };
        SingleServer {
            stations: vec![idle; n as usize],
            limits,
        }
    }
}

impl Station {
    /// `id` is served from `now` on. When its service ends.
    #[inline(always)]
    fn serve(&mut self, id: RequestId, requests: &mut Requests, now: Instant) -> Instant {
        let request = &mut requests[id];
        request.state = State::InService;
        self.serving = id;
        self.begun_ns = self.begun_ns.saturating_add(request.service.0);
        now + request.service
    }
}

impl Stations for SingleServer {
    #[inline(always)]
    fn accept(
        &mut self,
        slot: u32,
        id: RequestId,
        requests: &mut Requests,
        now: Instant,
    ) -> Accepted {
        let station = &mut self.stations[slot as usize];
        if station.serving == NONE {
            Accepted::Serving(station.serve(id, requests, now))
        } else if self.limits.admit(&station.waiting) {
            station.waiting.push(requests, id);
            Accepted::Waiting
        } else {
            Accepted::Refused
        }
    }

    #[inline(always)]
    fn depart(&mut self, slot: u32, requests: &mut Requests, now: Instant) -> (RequestId, Instant) {
        let station = &mut self.stations[slot as usize];
        let done = station.serving;
        let next_departure = match self.limits.next(&mut station.waiting, requests) {
            Some(next) => station.serve(next, requests, now),
            None => {
                station.serving = NONE;
                Instant::NEVER
            }
        };
        (done, next_departure)
    }

    fn abandon(&mut self, slot: u32, id: RequestId, requests: &mut Requests) -> bool {
        let station = &mut self.stations[slot as usize];
        let waiting = station.serving != id;
        if waiting {
            station.waiting.unlink(requests, id);
        }
        waiting
    }

    fn work_done(&self, slot: u32, now: Instant, departure: Instant) -> u64 {
        let Station {
            serving, begun_ns, ..
        } = self.stations[slot as usize];
        let to_come = if serving == NONE {
            0
        } else {
            (departure - now).0
        };
        begun_ns.saturating_sub(to_come)
    }

    #[inline]
    fn in_system(&self, slot: u32) -> u32 {
        let station = &self.stations[slot as usize];
        station.waiting.len() + u32::from(station.serving != NONE)
    }
}
