//! What W1 costs when nothing else is wanted: an event loop written by hand for exactly this work (open loop,
//! Poisson arrivals, FIFO single servers, exponential service, one balancer with exact counts), with a
//! record for each request. The simulator's loop, with all its features, is held against it.
//!
//! It has what pays: the next arrival outside the event list, a binary heap of 16-byte entries replaced in
//! place, records reused through a free list, least connections in O(1), xoshiro256++ with the ziggurat, a
//! log-linear histogram. It has no trace hash, no waiting times, no shares, no warm-up, no batch means, no
//! seeks by request number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const NONE: u32 = u32::MAX;
pub(crate) const MEAN_SERVICE_SECONDS: f64 = 0.01;

/// Mean response time and 99th percentile in seconds.
pub(crate) fn simulate(strategy: &str, backends: u32, requests: u64) -> Option<(f64, f64)> {
    Some(match strategy {
        "random" => run(Random, backends, requests),
        "round-robin" => run(RoundRobin(0), backends, requests),
        "two-choices" => run(TwoChoices, backends, requests),
        "least-connections" => run(LeastConnections::new(backends), backends, requests),
        _ => return None,
    })
}

/// The strategies of the reference: told of every start and end, as the policy crate's are.
pub(crate) trait Choose {
    fn choose(
        &mut self,
        backends: u32,
        in_system: impl Fn(u32) -> u32,
        rng: &mut Xoshiro256PlusPlus,
    ) -> u32;
    fn started(&mut self, _station: u32, _in_system: u32) {}
    fn finished(&mut self, _station: u32, _in_system: u32) {}
}

#[derive(Clone, Copy)]
struct Station {
    serving: u32,
    first: u32,
    last: u32,
    in_system: u32,
}

struct Record {
    arrived: f64,
    service: f64,
    next: u32,
}

fn run(mut strategy: impl Choose, backends: u32, requests: u64) -> (f64, f64) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mean_gap = MEAN_SERVICE_SECONDS / (0.9 * f64::from(backends));
    let idle = Station {
        serving: NONE,
        first: NONE,
        last: NONE,
        in_system: 0,
    };
    let mut stations = vec![idle; backends as usize];
    let (mut records, mut free): (Vec<Record>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut events: BinaryHeap<Reverse<u128>> = BinaryHeap::new();
    let mut scheduled = 0u64;
    let mut event = |time: f64, station: u32| {
        scheduled += 1;
        Reverse(
            u128::from(time.to_bits()) << 64 | u128::from(scheduled) << 24 | u128::from(station),
        )
    };
    let time_of = |event: u128| f64::from_bits((event >> 64) as u64);
    let (mut histogram, mut sum, mut sent) = (Histogram::default(), 0.0, 0);
    let exp1 = |rng: &mut Xoshiro256PlusPlus| -> f64 { Exp1.sample(rng) };
    let mut next_arrival = mean_gap * exp1(&mut rng);
    loop {
        let first = events.peek_mut();
        let departure = first
            .as_ref()
            .map_or(f64::INFINITY, |first| time_of(first.0));
        if sent < requests && next_arrival < departure {
            drop(first);
            let now = next_arrival;
            sent += 1;
            next_arrival = now + mean_gap * exp1(&mut rng);
            let service = MEAN_SERVICE_SECONDS * exp1(&mut rng);
            let in_system = |station: u32| stations[station as usize].in_system;
            let chosen = strategy.choose(backends, in_system, &mut rng);
            let record = Record {
                arrived: now,
                service,
                next: NONE,
            };
            let id = match free.pop() {
                Some(id) => {
                    records[id as usize] = record;
                    id
                }
                None => {
                    records.push(record);
                    records.len() as u32 - 1
                }
            };
            let station = &mut stations[chosen as usize];
            station.in_system += 1;
            if station.serving == NONE {
                station.serving = id;
                events.push(event(now + service, chosen));
            } else {
                match station.last {
                    NONE => station.first = id,
                    last => records[last as usize].next = id,
                }
                station.last = id;
            }
            strategy.started(chosen, station.in_system);
        } else if let Some(mut first) = first {
            let now = departure;
            let chosen = first.0 as u32 & 0xFF_FFFF;
            let station = &mut stations[chosen as usize];
            let done = station.serving;
            let response = now - records[done as usize].arrived;
            sum += response;
            histogram.record(response);
            free.push(done);
            station.in_system -= 1;
            station.serving = station.first;
            if station.serving == NONE {
                PeekMut::pop(first);
            } else {
                let next = &records[station.serving as usize];
                station.first = next.next;
                if station.first == NONE {
                    station.last = NONE;
                }
                *first = event(now + next.service, chosen);
            }
            strategy.finished(chosen, station.in_system);
        } else {
            return (sum / requests as f64, histogram.quantile(0.99));
        }
    }
}

/// 128 buckets to the octave.
#[derive(Default)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// The top seven bits of the fraction and the exponent of a double are its place on a log-linear scale.
    pub(crate) fn record(&mut self, seconds: f64) {
        let bucket = (seconds.to_bits() >> 45) as usize - (900 << 7);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    pub(crate) fn quantile(&self, quantile: f64) -> f64 {
        let rank = (quantile * self.total as f64) as u64;
        let mut below = 0;
        let bucket = self.counts.iter().position(|count| {
            below += count;
            below > rank
        });
        f64::from_bits((bucket.unwrap_or(0) as u64 + (900 << 7)) << 45)
    }
}

fn below(n: u32, rng: &mut Xoshiro256PlusPlus) -> u32 {
    ((u128::from(rng.next_u64()) * u128::from(n)) >> 64) as u32
}

pub(crate) struct Random;

impl Choose for Random {
    fn choose(&mut self, n: u32, _: impl Fn(u32) -> u32, rng: &mut Xoshiro256PlusPlus) -> u32 {
        below(n, rng)
    }
}

pub(crate) struct RoundRobin(pub u32);

impl Choose for RoundRobin {
    fn choose(&mut self, n: u32, _: impl Fn(u32) -> u32, _: &mut Xoshiro256PlusPlus) -> u32 {
        let chosen = self.0;
        self.0 = if chosen + 1 == n { 0 } else { chosen + 1 };
        chosen
    }
}

pub(crate) struct TwoChoices;

impl Choose for TwoChoices {
    fn choose(
        &mut self,
        n: u32,
        in_system: impl Fn(u32) -> u32,
        rng: &mut Xoshiro256PlusPlus,
    ) -> u32 {
        let first = below(n, rng);
        let second = below(n - 1, rng);
        let second = if second >= first { second + 1 } else { second };
        if in_system(second) < in_system(first) {
            second
        } else {
            first
        }
    }
}

/// Stations sorted by what they have in the system, with the place where each level begins.
pub(crate) struct LeastConnections {
    sorted: Vec<u32>,
    place: Vec<u32>,
    begins: Vec<u32>,
}

impl LeastConnections {
    pub(crate) fn new(backends: u32) -> Self {
        let sorted: Vec<u32> = (0..backends).collect();
        LeastConnections {
            place: sorted.clone(),
            sorted,
            begins: vec![0, backends],
        }
    }

    fn swap(&mut self, station: u32, to: u32) {
        let from = self.place[station as usize];
        let other = self.sorted[to as usize];
        self.sorted[from as usize] = other;
        self.sorted[to as usize] = station;
        self.place[other as usize] = from;
        self.place[station as usize] = to;
    }
}

impl Choose for LeastConnections {
    fn choose(
        &mut self,
        _: u32,
        in_system: impl Fn(u32) -> u32,
        rng: &mut Xoshiro256PlusPlus,
    ) -> u32 {
        let least = in_system(self.sorted[0]);
        self.sorted[below(self.begins[least as usize + 1], rng) as usize]
    }

    fn started(&mut self, station: u32, in_system: u32) {
        let level = in_system as usize;
        if self.begins.len() == level + 1 {
            self.begins.push(self.sorted.len() as u32);
        }
        self.begins[level] -= 1;
        self.swap(station, self.begins[level]);
    }

    fn finished(&mut self, station: u32, in_system: u32) {
        let above = in_system as usize + 1;
        self.swap(station, self.begins[above]);
        self.begins[above] += 1;
    }
}
