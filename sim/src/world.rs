//! The one place where things happen: clients send, stations serve, and the agenda says who is next.
//!
//! Components keep their own state and answer what happens next; only the world schedules. The arrival that
//! comes next is kept outside the agenda, so each request costs one entry in it, its departure.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use policy::BackendId;
use policy::time::{Duration, Instant};

use crate::accept::Proxy;
use crate::agenda::Agenda;
use crate::client::{Client, Sent};
use crate::probe::{Recorded, Recorder};
use crate::request::{Origin, RequestId, Requests, State};
use crate::station::{Accepted, Stations};
use crate::timeouts::Timeouts;

/// A run's connection to the outside: neither changes what happens, except that a stop ends it early.
#[derive(Debug, Default)]
pub struct Oversight {
    /// Set it, and running worlds send no more requests, finish those they have, and end.
    pub stop: AtomicBool,
    /// Requests sent so far by all worlds, to the nearest 65,536.
    pub sent: AtomicU64,
}

/// How often a world looks at its [`Oversight`], in requests.
const LOOK_EVERY: u64 = 1 << 16;

/// How fast each backend works.
#[derive(Clone, Debug)]
pub enum Speeds {
    /// All at speed 1.
    Equal,
    /// By slot, the time a unit of work takes.
    Each(Vec<f64>),
}

impl Speeds {
    /// From relative service rates, by slot.
    pub fn new(rates: &[f64]) -> Speeds {
        if rates.iter().all(|&rate| rate == 1.0) {
            return Speeds::Equal;
        }
        Speeds::Each(rates.iter().map(|rate| 1.0 / rate).collect())
    }

    /// What `demand` takes at `slot`.
    #[inline]
    pub fn service(&self, demand: Duration, slot: u32) -> Duration {
        match self {
            Speeds::Equal => demand,
            Speeds::Each(slowness) => {
                Duration((demand.0 as f64 * slowness[slot as usize] + 0.5) as u64)
            }
        }
    }
}

/// Clients, balancers and backends, from the first request to the last.
pub struct World<'a, S, C> {
    now: Instant,
    agenda: Agenda,
    client: C,
    proxy: Proxy,
    stations: S,
    backends: u32,
    speeds: Speeds,
    requests: Requests,
    timeouts: Option<Timeouts>,
    recorder: Recorder,
    oversight: &'a Oversight,
}

impl<'a, S: Stations, C: Client> World<'a, S, C> {
    /// At time zero, with nobody in the system. `stations` has one for each of `backends`.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a component; a struct of them would be this one"
    )]
    pub fn new(
        client: C,
        proxy: Proxy,
        stations: S,
        backends: u32,
        speeds: Speeds,
        patience: Option<Duration>,
        recorder: Recorder,
        oversight: &'a Oversight,
    ) -> Self {
        World {
            now: Instant::ZERO,
            // One for each station, one for timeouts, one for the dispatchers' board.
            agenda: Agenda::new(backends + 2),
            client,
            proxy,
            stations,
            backends,
            speeds,
            requests: Requests::default(),
            timeouts: patience.map(Timeouts::new),
            recorder,
            oversight,
        }
    }

    /// Runs until the clients have sent all they had and every request has left.
    pub fn run(mut self) -> Recorded {
        if let Some(interval) = self.proxy.refresh_interval() {
            self.agenda.schedule(self.board(), Instant::ZERO + interval);
        }
        loop {
            let sending = self.client.next_time();
            let happening = self.agenda.next_time();
            // What ends at the very instant of an arrival ends before it.
            if sending < happening {
                self.arrival();
            } else if happening != Instant::NEVER {
                self.now = happening;
                match self.agenda.next_component() {
                    slot if slot < self.backends => self.departure(slot),
                    component if component == self.patience() => self.timeout(),
                    _ => self.refresh(),
                }
            } else {
                return self.recorder.finish();
            }
        }
    }

    #[inline]
    fn arrival(&mut self) {
        let sent = self.client.send();
        self.now = sent.time;
        if sent.number % LOOK_EVERY == LOOK_EVERY - 1 {
            self.look_up();
        }
        let segment = self.recorder.arrived(sent.number, self.now);
        let (dispatcher, chosen) = self.proxy.pick(&sent);
        match chosen {
            Some(backend) => self.send(&sent, segment, dispatcher, backend),
            None => self.turn_away(&sent, segment, None),
        }
    }

    #[inline]
    fn send(&mut self, sent: &Sent, segment: u8, dispatcher: u16, backend: BackendId) {
        self.recorder.sent(segment, backend, self.now);
        let service = self.speeds.service(sent.demand, backend.slot);
        let origin = Origin {
            tag: sent.tag,
            dispatcher,
            segment,
        };
        let id = self.requests.insert(self.now, service, backend, origin);
        let accepted = self
            .stations
            .accept(backend.slot, id, &mut self.requests, self.now);
        match accepted {
            Accepted::Serving => self
                .agenda
                .schedule(backend.slot, self.stations.next_departure(backend.slot)),
            Accepted::Waiting => {}
            Accepted::Refused => {
                self.requests.remove(id);
                return self.turn_away(sent, segment, Some(backend));
            }
        }
        self.proxy.started(dispatcher, backend);
        if self.timeouts.is_some() {
            self.watch(id);
        }
    }

    #[inline]
    fn departure(&mut self, slot: u32) {
        let id = self.stations.depart(slot, &mut self.requests, self.now);
        self.agenda
            .schedule(slot, self.stations.next_departure(slot));
        let request = self.requests[id];
        self.requests.remove(id);
        if request.state == State::Abandoned {
            return self.recorder.wasted(&request, self.now);
        }
        let response = self.now - request.arrived;
        self.proxy.ended(&request, Some(response), self.now);
        self.recorder.completed(&request, response, self.now);
        self.client.ended(request.tag, self.now);
    }

    fn turn_away(&mut self, sent: &Sent, segment: u8, by: Option<BackendId>) {
        self.recorder.turned_away(segment, by, self.now);
        self.client.ended(sent.tag, self.now);
    }

    fn watch(&mut self, id: RequestId) {
        let Some(timeouts) = &mut self.timeouts else {
            return;
        };
        let deadline = timeouts.watch(id, self.now);
        if timeouts.next_deadline(&self.requests) == deadline {
            self.agenda.schedule(self.patience(), deadline);
        }
    }

    /// A deadline has come; its request may have ended in time.
    fn timeout(&mut self) {
        let Some(timeouts) = &mut self.timeouts else {
            return;
        };
        if timeouts.next_deadline(&self.requests) == self.now
            && let Some(id) = timeouts.expire()
        {
            let request = self.requests[id];
            self.proxy.ended(&request, None, self.now);
            self.recorder.timed_out(&request, self.now);
            if self
                .stations
                .abandon(request.backend.slot, id, &mut self.requests)
            {
                self.requests.remove(id);
            } else {
                self.requests[id].state = State::Abandoned;
            }
            self.client.ended(request.tag, self.now);
        }
        if let Some(timeouts) = &mut self.timeouts {
            let next = timeouts.next_deadline(&self.requests);
            self.agenda.schedule(self.patience(), next);
        }
    }

    fn refresh(&mut self) {
        let in_flight: Vec<u32> = (0..self.backends)
            .map(|slot| self.stations.in_system(slot))
            .collect();
        self.proxy.refresh(&in_flight);
        self.recorder.refreshed(self.now);
        let over = self.requests.is_empty() && self.client.next_time() == Instant::NEVER;
        let next = match self.proxy.refresh_interval() {
            Some(interval) if !over => self.now + interval,
            _ => Instant::NEVER,
        };
        self.agenda.schedule(self.board(), next);
    }

    #[cold]
    fn look_up(&mut self) {
        self.oversight.sent.fetch_add(LOOK_EVERY, Ordering::Relaxed);
        if self.oversight.stop.load(Ordering::Relaxed) {
            self.client.stop();
        }
    }

    /// The agenda's component for clients' patience.
    fn patience(&self) -> u32 {
        self.backends
    }

    /// The agenda's component for the dispatchers' board.
    fn board(&self) -> u32 {
        self.backends + 1
    }
}
