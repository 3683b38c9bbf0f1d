//! Stations with servers and one queue.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use policy::admission::codel::{self, CoDel, Verdict};
use policy::time::{Duration, Instant};

use super::{Dropped, Job, Taken, VariableStations};
use crate::attempt::AttemptKey;
use crate::station::{Discipline, Limits};

/// `servers` at a station, each with one attempt; the rest wait together. O(log servers) an operation, but O(queue)
/// for one that leaves early and O(servers) for a change of speed.
#[derive(Clone, Debug)]
pub struct Queueing {
    stations: Vec<Station>,
    servers: u32,
    limits: Limits,
}

#[derive(Clone, Debug)]
struct Station {
    speed: f64,
    /// Services, the first to end first; of equal ends, the one that began first.
    serving: BinaryHeap<Reverse<Service>>,
    waiting: VecDeque<Job>,
    codel: Option<CoDel>,
    begun: u64,
    /// Until when `busy_ns` counts.
    counted: Instant,
    busy_ns: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Service {
    ends: Instant,
    order: u64,
    /// What is left of it where its end is not known, because the station stands still.
    left: Duration,
    whole: Duration,
    key: AttemptKey,
}

impl Queueing {
    /// `n` idle stations of `servers` servers each, whose queue is minded by `codel`, if given.
    pub fn new(n: u32, servers: u32, limits: Limits, codel: Option<codel::Config>) -> Self {
        let idle = || Station {
            speed: 1.0,
            serving: BinaryHeap::new(),
            waiting: VecDeque::new(),
            codel: codel.map(CoDel::new),
            begun: 0,
            counted: Instant::ZERO,
            busy_ns: 0,
        };
        Queueing {
            stations: (0..n).map(|_| idle()).collect(),
            servers,
            limits,
        }
    }
}

impl Station {
    fn busy_until(&self, now: Instant) -> u64 {
        if self.speed == 0.0 {
            return self.busy_ns;
        }
        let since = (now - self.counted).0;
        self.busy_ns
            .saturating_add(since.saturating_mul(self.serving.len() as u64))
    }

    fn count(&mut self, now: Instant) {
        self.busy_ns = self.busy_until(now);
        self.counted = now;
    }

    fn serve(&mut self, job: Job, now: Instant) {
        self.begun += 1;
        self.serving.push(Reverse(Service {
            ends: ends(job.service, self.speed, now),
            order: self.begun,
            left: job.service,
            whole: job.service,
            key: job.key,
        }));
    }

    /// Free servers take who is next.
    fn fill(
        &mut self,
        servers: u32,
        order: Discipline,
        now: Instant,
        dropped: &mut Vec<(AttemptKey, Dropped)>,
    ) {
        while (self.serving.len() as u32) < servers {
            let next = match order {
                Discipline::Fifo => self.waiting.pop_front(),
                Discipline::Lifo => self.waiting.pop_back(),
            };
            let Some(job) = next else { break };
            match self.verdict(&job, now) {
                None => self.serve(job, now),
                Some(reason) => dropped.push((job.key, reason)),
            }
        }
        self.mind();
    }

    /// A queue may have emptied, not all of it by being served.
    fn mind(&mut self) {
        if let (true, Some(codel)) = (self.waiting.is_empty(), &mut self.codel) {
            codel.emptied();
        }
    }

    /// Whether `job`, whose turn it is, is dropped instead.
    fn verdict(&mut self, job: &Job, now: Instant) -> Option<Dropped> {
        if job.deadline.is_past(now) {
            return Some(Dropped::Late);
        }
        let codel = self.codel.as_mut()?;
        let left = self.waiting.len() as u32;
        (codel.dequeue(now - job.since, left, now) == Verdict::Drop).then_some(Dropped::Shed)
    }

    /// What `service` was given until `now`, at full speed.
    fn given(&self, service: &Service, now: Instant) -> Duration {
        Duration(
            service
                .whole
                .0
                .saturating_sub(self.remaining(service, now).0),
        )
    }

    fn remaining(&self, service: &Service, now: Instant) -> Duration {
        if self.speed == 0.0 {
            return service.left;
        }
        let wall = (service.ends - now).0;
        if self.speed == 1.0 {
            return Duration(wall);
        }
        Duration((wall as f64 * self.speed + 0.5) as u64).min(service.whole)
    }
}

/// When `service` ends that is begun or resumed at `now`.
fn ends(service: Duration, speed: f64, now: Instant) -> Instant {
    if speed == 1.0 {
        now + service
    } else if speed == 0.0 {
        Instant::NEVER
    } else {
        now + Duration((service.0 as f64 / speed + 0.5) as u64)
    }
}

impl VariableStations for Queueing {
    fn accept(&mut self, slot: u32, job: Job) -> Taken {
        let (servers, waiting) = (self.servers, self.limits.waiting);
        let station = &mut self.stations[slot as usize];
        if (station.serving.len() as u32) < servers {
            station.count(job.since);
            station.serve(job, job.since);
            Taken::Serving
        } else if (station.waiting.len() as u32) < waiting {
            station.waiting.push_back(job);
            Taken::Waiting
        } else {
            Taken::Refused
        }
    }

    fn next_departure(&self, slot: u32) -> Instant {
        let first = self.stations[slot as usize].serving.peek();
        first.map_or(Instant::NEVER, |Reverse(service)| service.ends)
    }

    fn depart(
        &mut self,
        slot: u32,
        now: Instant,
        dropped: &mut Vec<(AttemptKey, Dropped)>,
    ) -> AttemptKey {
        let (servers, order) = (self.servers, self.limits.discipline);
        let station = &mut self.stations[slot as usize];
        station.count(now);
        let Some(Reverse(done)) = station.serving.pop() else {
            unreachable!("a departure from an idle station")
        };
        station.fill(servers, order, now, dropped);
        done.key
    }

    fn leave(
        &mut self,
        slot: u32,
        key: AttemptKey,
        now: Instant,
        dropped: &mut Vec<(AttemptKey, Dropped)>,
    ) -> Duration {
        let (servers, order) = (self.servers, self.limits.discipline);
        let station = &mut self.stations[slot as usize];
        // Who gives up first is near the front.
        if let Some(at) = station.waiting.iter().position(|job| job.key == key) {
            station.waiting.remove(at);
            station.mind();
            return Duration::ZERO;
        }
        station.count(now);
        let leaving = station.serving.iter().find(|Reverse(s)| s.key == key);
        let given = leaving.map_or(Duration::ZERO, |Reverse(service)| {
            station.given(service, now)
        });
        station
            .serving
            .retain(|Reverse(service)| service.key != key);
        station.fill(servers, order, now, dropped);
        given
    }

    fn is_waiting(&self, slot: u32, key: AttemptKey) -> bool {
        let mut serving = self.stations[slot as usize].serving.iter();
        !serving.any(|Reverse(service)| service.key == key)
    }

    fn set_speed(&mut self, slot: u32, speed: f64, now: Instant) {
        let station = &mut self.stations[slot as usize];
        if station.speed == speed {
            return;
        }
        station.count(now);
        let services = std::mem::take(&mut station.serving).into_vec();
        let resumed = services.into_iter().map(|Reverse(service)| {
            let left = station.remaining(&service, now);
            Reverse(Service {
                ends: ends(left, speed, now),
                left,
                ..service
            })
        });
        station.serving = resumed.collect::<Vec<_>>().into();
        station.speed = speed;
    }

    fn clear(&mut self, slot: u32, now: Instant) -> Vec<(AttemptKey, Duration)> {
        let station = &mut self.stations[slot as usize];
        station.count(now);
        let serving = std::mem::take(&mut station.serving).into_sorted_vec();
        // Sorted by `Reverse`: the last is the first to end.
        let served = serving.iter().rev();
        let served = served.map(|Reverse(service)| (service.key, station.given(service, now)));
        let served: Vec<_> = served.collect();
        let waited = station.waiting.drain(..);
        let waited = waited.map(|job| (job.key, Duration::ZERO));
        let all = served.into_iter().chain(waited).collect();
        station.mind();
        all
    }

    fn waiting(&self, slot: u32) -> u32 {
        self.stations[slot as usize].waiting.len() as u32
    }

    fn in_system(&self, slot: u32) -> u32 {
        let station = &self.stations[slot as usize];
        (station.waiting.len() + station.serving.len()) as u32
    }

    fn work_done(&self, slot: u32, now: Instant) -> u64 {
        self.stations[slot as usize].busy_until(now)
    }
}

#[cfg(test)]
mod tests;
