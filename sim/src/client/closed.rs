//! Clients that wait for an answer before they send again: what hey, wrk and ab are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use policy::time::Instant;
use workload::demand::Sampler;
use workload::stream::Stream;

use super::open::RequestKeys;
use super::{Client, Sent};

/// A closed loop: each client thinks, sends, waits for the end, and thinks again.
///
/// Client c's i-th request has the same demand and the same thinking before it under every strategy,
/// whenever it is sent.
#[derive(Clone, Debug)]
pub struct ClosedLoop<'a> {
    clients: Vec<Thinker>,
    /// Who sends when; of equal times, the lower number first.
    thinking: BinaryHeap<Reverse<(Instant, u32)>>,
    demand: Sampler,
    think: Sampler,
    keys: RequestKeys<'a>,
    sent: u64,
    requests: u64,
}

#[derive(Clone, Copy, Debug)]
struct Thinker {
    demands: Stream,
    thinks: Stream,
    sent: u64,
}

/// The streams a closed loop draws from; each client has its part of them.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    /// For service demands.
    pub demands: Stream,
    /// For think times.
    pub thinks: Stream,
}

impl<'a> ClosedLoop<'a> {
    /// `clients` that begin by thinking and send `requests` in all.
    pub fn new(
        clients: u32,
        (demand, think): (Sampler, Sampler),
        streams: Streams,
        keys: RequestKeys<'a>,
        requests: u64,
    ) -> Self {
        let thinker = |client: u32| Thinker {
            demands: streams.demands.part(u64::from(client)),
            thinks: streams.thinks.part(u64::from(client)),
            sent: 0,
        };
        let clients: Vec<Thinker> = (0..clients).map(thinker).collect();
        let mut closed = ClosedLoop {
            clients,
            thinking: BinaryHeap::new(),
            demand,
            think,
            keys,
            sent: 0,
            requests,
        };
        for client in 0..closed.clients.len() as u32 {
            closed.think(client, Instant::ZERO);
        }
        closed
    }

    fn think(&mut self, client: u32, now: Instant) {
        let Thinker { thinks, sent, .. } = self.clients[client as usize];
        let span = self.think.sample(&mut thinks.at(sent));
        self.thinking.push(Reverse((now + span, client)));
    }
}

impl Client for ClosedLoop<'_> {
    #[inline]
    fn next_time(&self) -> Instant {
        match self.thinking.peek() {
            Some(Reverse((time, _))) if self.sent < self.requests => *time,
            _ => Instant::NEVER,
        }
    }

    #[inline]
    fn send(&mut self) -> Sent {
        let Some(Reverse((time, client))) = self.thinking.pop() else {
            unreachable!("a request is due only while somebody thinks")
        };
        let thinker = &mut self.clients[client as usize];
        let demand = self.demand.sample(&mut thinker.demands.at(thinker.sent));
        thinker.sent += 1;
        let number = self.sent;
        self.sent += 1;
        Sent {
            time,
            number,
            client,
            demand,
            key: self.keys.at(number),
        }
    }

    #[inline]
    fn ended(&mut self, client: u32, now: Instant) {
        self.think(client, now);
    }

    #[inline]
    fn is_exhausted(&self) -> bool {
        self.sent >= self.requests
    }

    fn stop(&mut self) {
        self.requests = self.sent;
    }
}
