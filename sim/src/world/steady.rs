//! A world in which nothing goes wrong: clients send, stations serve, and the agenda says who is next.
//!
//! Components keep their own state and answer what happens next; only the world schedules. The arrival that
//! comes next is kept outside the agenda, so each request costs one entry in it, its departure.

use std::sync::atomic::Ordering;

use policy::time::{Duration, Instant};

use crate::accept::Proxy;
use crate::client::{Client, Sent};
use crate::probe::{Recorded, Recorder};
use crate::request::{Detail, Origin, RequestId, Requests, State};
use crate::station::{Accepted, Stations};
use crate::timeouts::Timeouts;
use crate::world::{LOOK_EVERY, Oversight, Speeds, backend_at};
use policy::agenda::Agenda;

/// Timers: the earliest deadline of a client, and the next refresh of the dispatchers' board.
const PATIENCE: u32 = 0;
const BOARD: u32 = 1;
const TIMERS: u32 = 2;

/// Clients, balancers and backends, from the first request to the last.
pub struct Steady<'a, S, C> {
    now: Instant,
    /// The stations' departures.
    agenda: Agenda,
    /// The few events that are none; apart, so that departures need not compete with them.
    timers: Agenda,
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

impl<'a, S: Stations, C: Client> Steady<'a, S, C> {
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
        requests: Requests,
        recorder: Recorder,
        oversight: &'a Oversight,
    ) -> Self {
        Steady {
            now: Instant::ZERO,
            agenda: Agenda::new(backends),
            timers: Agenda::new(TIMERS),
            client,
            proxy,
            stations,
            backends,
            speeds,
            requests,
            timeouts: patience.map(Timeouts::new),
            recorder,
            oversight,
        }
    }

    /// Runs until the clients have sent all they had and every request has left.
    pub fn run(mut self) -> Recorded {
        if let Some(interval) = self.proxy.refresh_interval() {
            self.timers.schedule(BOARD, Instant::ZERO + interval);
        }
        loop {
            let sending = self.client.next_time();
            let departing = self.agenda.next_time();
            let timed = self.timers.next_time();
            // Of what happens at the same instant, departures come first and arrivals last.
            if sending < departing && sending < timed {
                self.arrival();
            } else if departing <= timed && departing != Instant::NEVER {
                self.now = departing;
                self.departure(self.agenda.next_component());
            } else if timed != Instant::NEVER && !self.is_over() {
                self.now = timed;
                match self.timers.next_component() {
                    PATIENCE => self.timeout(),
                    _ => self.refresh(),
                }
            } else {
                let work = work_done(&self.stations, &self.agenda, self.now);
                return self.recorder.finish(self.now, work, None);
            }
        }
    }

    /// Whether only timers are left, which have nobody to serve.
    fn is_over(&self) -> bool {
        self.client.is_exhausted() && self.requests.is_empty()
    }

    #[inline(always)]
    fn arrival(&mut self) {
        let sent = self.client.send();
        self.now = sent.time;
        if sent.number % LOOK_EVERY == LOOK_EVERY - 1 {
            self.look_up();
        }
        if self.recorder.arrived(sent.number) {
            let work = work_done(&self.stations, &self.agenda, self.now);
            self.recorder.begin_part(sent.number, self.now, work);
        }
        let segment = self.recorder.part();
        let (dispatcher, chosen) = self.proxy.assign(&sent);
        match chosen {
            Some(backend) => self.send(&sent, (segment, dispatcher), backend.slot),
            None => self.turn_away(&sent, (segment, dispatcher), None),
        }
        if self.client.is_exhausted() {
            let work = work_done(&self.stations, &self.agenda, self.now);
            self.recorder.exhausted(self.now, work);
        }
    }

    #[inline(always)]
    fn send(&mut self, sent: &Sent, from: (u8, u16), slot: u32) {
        let (segment, dispatcher) = from;
        self.recorder.sent(slot, self.now);
        let service = self.speeds.service(sent.demand, slot);
        let origin = Origin {
            slot,
            client: sent.client,
            dispatcher,
            segment,
        };
        let id = self.requests.insert(self.now, service, origin);
        match self.stations.accept(slot, id, &mut self.requests, self.now) {
            Accepted::Serving(departure) => self.agenda.schedule(slot, departure),
            Accepted::Waiting => {}
            Accepted::Refused => {
                self.requests.remove(id);
                self.proxy
                    .ended(dispatcher, backend_at(slot), None, self.now);
                return self.turn_away(sent, from, Some(slot));
            }
        }
        if self.timeouts.is_some() {
            self.watch(id);
        }
    }

    #[inline(always)]
    fn departure(&mut self, slot: u32) {
        let (id, next) = self.stations.depart(slot, &mut self.requests, self.now);
        self.agenda.schedule(slot, next);
        let request = self.requests[id];
        self.requests.remove(id);
        if request.state == State::Abandoned {
            return self.recorder.wasted(&request, slot, self.now);
        }
        let response = self.now - request.arrived;
        self.proxy.ended(
            request.dispatcher,
            backend_at(slot),
            Some(response),
            self.now,
        );
        self.recorder.completed(&request, slot, response, self.now);
        self.client.ended(self.requests.client(id), self.now);
    }

    /// `from`: the part of the run, and the balancer.
    fn turn_away(&mut self, sent: &Sent, from: (u8, u16), by: Option<u32>) {
        self.recorder.turned_away(from, by, self.now);
        self.client.ended(sent.client, self.now);
    }

    fn watch(&mut self, id: RequestId) {
        let Some(timeouts) = &mut self.timeouts else {
            return;
        };
        let deadline = timeouts.watch(id, self.now);
        if timeouts.next_deadline(&self.requests) == deadline {
            self.timers.schedule(PATIENCE, deadline);
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
            let (request, Detail { slot, client, .. }) =
                (self.requests[id], *self.requests.detail(id));
            self.proxy
                .ended(request.dispatcher, backend_at(slot), None, self.now);
            let leaves = self.stations.abandon(slot, id, &mut self.requests);
            self.recorder.timed_out(&request, slot, leaves, self.now);
            if leaves {
                self.requests.remove(id);
            } else {
                self.requests[id].state = State::Abandoned;
            }
            self.client.ended(client, self.now);
        }
        if let Some(timeouts) = &mut self.timeouts {
            let next = timeouts.next_deadline(&self.requests);
            self.timers.schedule(PATIENCE, next);
        }
    }

    fn refresh(&mut self) {
        let in_flight: Vec<u32> = (0..self.backends)
            .map(|slot| self.stations.in_system(slot))
            .collect();
        self.proxy.refresh(&in_flight);
        self.recorder.refreshed(self.now);
        if let Some(interval) = self.proxy.refresh_interval() {
            self.timers.schedule(BOARD, self.now + interval);
        }
    }

    #[cold]
    fn look_up(&mut self) {
        self.oversight.sent.fetch_add(LOOK_EVERY, Ordering::Relaxed);
        if self.oversight.stop.load(Ordering::Relaxed) {
            self.client.stop();
        }
    }
}

/// The service that each backend has given until `now`, by slot.
fn work_done<S: Stations>(stations: &S, agenda: &Agenda, now: Instant) -> impl Fn(u32) -> u64 {
    move |slot| stations.work_done(slot, now, agenda.time_of(slot))
}
