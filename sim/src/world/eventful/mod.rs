//! A world in which things go wrong and are controlled.
//!
//! A request may take several attempts. It ends once: answered, or failed for a reason; an attempt may outlive it where
//! the backend is not told. What befalls a backend comes from [`crate::fault`], what is decided from [`crate::control`],
//! which asks `policy`.

mod attempts;
mod ends;
mod parts;
mod requests;
mod trouble;
mod workers;

use std::sync::atomic::Ordering;

use policy::supervise::Worker;
use policy::time::{Duration, Instant};
use slotmap::SlotMap;

pub use parts::Counts;
use parts::draw;
pub(crate) use parts::{Draws, Parts};

use super::{LOOK_EVERY, Oversight, Speeds};
use crate::accept::PolicyRng;
use crate::attempt::{Attempt, AttemptKey, Pending, PendingKey};
use crate::client::{Client, Redraw};
use crate::control::{Dispatcher, Gate, Pool};
use crate::fault::{Conditions, Schedule};
use crate::operations::RequestControls;
use crate::probe::{Chronicle, Gauge, Happening, Recorded, Recorder};
use crate::station::{Dropped, VariableStations};
use crate::timers::{InTurn, Timers};
use policy::agenda::Agenda;

/// What a timer is for.
#[derive(Clone, Copy, Debug)]
enum Timer {
    /// A request is sent again.
    Retry(PendingKey),
    /// A request is sent a second time, beside the first.
    Hedge(PendingKey),
    /// A request asks for a slot again.
    Slot(PendingKey),
    /// A worker that was started is ready.
    Ready(Worker),
}

/// Components that wake up, before a component for each dispatcher.
const FAULTS: u32 = 0;
const BOARD: u32 = 1;
const POOL: u32 = 2;
const SIZING: u32 = 3;
const DISPATCHERS: u32 = 4;

/// Clients, balancers, backends and what befalls them, from the first request to the last.
pub struct Eventful<'a, C> {
    now: Instant,
    client: C,
    patience: Option<Duration>,
    controls: RequestControls,
    redraw: Redraw,
    draws: Draws,
    picks: PolicyRng,

    dispatchers: Vec<Dispatcher>,
    board: Option<Duration>,
    gate: Option<Gate>,
    pool: Option<Pool>,

    stations: Box<dyn VariableStations>,
    speeds: Speeds,
    conditions: Conditions,
    schedule: Schedule,
    /// By slot, whether it is up and part of the fleet.
    there: Vec<bool>,
    /// By slot, what was taken and will not be served.
    swallowed: Vec<Vec<AttemptKey>>,

    pending: SlotMap<PendingKey, Pending>,
    attempts: SlotMap<AttemptKey, Attempt>,

    /// The stations' departures.
    departures: Agenda,
    /// The components that wake up by themselves.
    wakes: Agenda,
    timers: Timers<Timer>,
    /// When clients give up.
    patience_ends: InTurn<PendingKey>,
    /// When balancers give up on attempts.
    giving_up: InTurn<AttemptKey>,
    /// Of the event under way.
    dropped: Vec<(AttemptKey, Dropped)>,
    /// How many wait at each station.
    waiting: Vec<u32>,
    /// How many wait for a slot.
    waiting_for_slots: u32,

    counts: Counts,
    /// Services that ended, wanted or not.
    departures_so_far: u64,
    /// When the last request so far ended.
    last_ended: Instant,
    recorder: Recorder,
    chronicle: Chronicle,
    oversight: &'a Oversight,
}

impl<'a, C: Client> Eventful<'a, C> {
    /// At time zero, with nobody in the system, and whatever befalls at time zero about to.
    pub(crate) fn new(parts: Parts<C>, oversight: &'a Oversight) -> Self {
        let backends = parts.backends;
        let components = DISPATCHERS + parts.dispatchers.len() as u32;
        let mut world = Eventful {
            now: Instant::ZERO,
            client: parts.client,
            patience: parts.patience,
            controls: parts.controls,
            redraw: parts.redraw,
            draws: parts.draws,
            picks: parts.picks,
            dispatchers: parts.dispatchers,
            board: parts.board,
            gate: parts.gate,
            pool: parts.pool,
            stations: parts.stations,
            speeds: parts.speeds,
            conditions: Conditions::new(backends),
            schedule: parts.schedule,
            there: vec![true; backends as usize],
            swallowed: vec![Vec::new(); backends as usize],
            pending: SlotMap::with_key(),
            attempts: SlotMap::with_key(),
            departures: Agenda::new(backends),
            wakes: Agenda::new(components),
            timers: Timers::default(),
            patience_ends: InTurn::default(),
            giving_up: InTurn::default(),
            dropped: Vec::new(),
            waiting: vec![0; backends as usize],
            waiting_for_slots: 0,
            counts: Counts::default(),
            departures_so_far: 0,
            last_ended: Instant::ZERO,
            recorder: parts.recorder,
            chronicle: parts.chronicle,
            oversight,
        };
        world.open();
        world
    }

    /// What is so from the beginning.
    fn open(&mut self) {
        self.open_fleet();
        if let Some(interval) = self.board {
            self.wakes.schedule(BOARD, Instant::ZERO + interval);
        }
        self.plan_faults();
        for dispatcher in 0..self.dispatchers.len() {
            self.plan_dispatcher(dispatcher);
        }
    }

    /// Runs until the clients have sent all they had and every request has ended.
    pub fn run(mut self) -> Recorded {
        while self.step() {}
        self.finish()
    }

    /// The next event. `false` if there is none.
    pub fn step(&mut self) -> bool {
        let sending = self.client.next_time();
        let departing = self.departures.next_time();
        let waking = self.wakes.next_time();
        let timed = waking.min(self.next_timer());
        // As in a steady world: departures come first and arrivals last.
        if sending < departing && sending < timed {
            self.arrival();
        } else if departing <= timed && departing != Instant::NEVER {
            self.at(departing);
            self.departure(self.departures.next_component());
        } else if timed != Instant::NEVER && !self.is_over() {
            self.at(timed);
            if waking == timed {
                self.wake(self.wakes.next_component());
            } else {
                self.timer(timed);
            }
        } else {
            return false;
        }
        true
    }

    /// What there is of requests now.
    pub fn counts(&self) -> Counts {
        Counts {
            in_flight: self.pending.len() as u64,
            ..self.counts
        }
    }

    /// What was recorded.
    pub fn finish(mut self) -> Recorded {
        let now = self.now;
        debug_assert!(!self.pending.is_empty() || self.is_clean());
        self.chronicle.finish(self.last_ended);
        let totals = &mut self.chronicle.totals;
        for dispatcher in &self.dispatchers {
            totals.merge(&dispatcher.totals());
        }
        let work = |slot| self.stations.work_done(slot, now);
        self.recorder.finish(now, work, Some(self.chronicle))
    }

    /// Whether whatever requests took was given back, once all have ended.
    fn is_clean(&self) -> bool {
        let wanted = |attempt: &Attempt| attempt.request.is_some();
        self.waiting_for_slots == 0
            && self.gate.as_ref().is_none_or(Gate::is_idle)
            && self
                .dispatchers
                .iter()
                .all(|dispatcher| dispatcher.policy.is_idle())
            && !self.attempts.values().any(wanted)
    }

    /// Whether the series goes on: it ends with the last request, when backends may still work through what nobody
    /// waits for.
    fn is_watched(&self) -> bool {
        !(self.client.is_exhausted() && self.pending.is_empty())
    }

    /// Whether nobody is left to be served, nor work to be finished.
    fn is_over(&self) -> bool {
        self.client.is_exhausted()
            && self.pending.is_empty()
            && self.departures.next_time() == Instant::NEVER
    }

    fn at(&mut self, now: Instant) {
        debug_assert!(self.now <= now, "time runs forward");
        self.now = now;
    }

    fn wake(&mut self, component: u32) {
        match component {
            FAULTS => self.fault(),
            BOARD => self.refresh(),
            POOL => self.run_pool(),
            SIZING => self.size_pool(),
            dispatcher => self.wake_dispatcher((dispatcher - DISPATCHERS) as usize),
        }
    }

    /// When the next timer of a request goes off.
    fn next_timer(&mut self) -> Instant {
        let pending = &self.pending;
        let patience = self
            .patience_ends
            .next_time(|key| pending.contains_key(key));
        let attempts = &self.attempts;
        let wanted = |key| {
            attempts
                .get(key)
                .is_some_and(|attempt| attempt.request.is_some())
        };
        let attempt = self.giving_up.next_time(wanted);
        self.timers.next_time().min(patience).min(attempt)
    }

    /// The first timer that goes off `now`.
    fn timer(&mut self, now: Instant) {
        let pending = &self.pending;
        if self
            .patience_ends
            .next_time(|key| pending.contains_key(key))
            == now
        {
            if let Some(key) = self.patience_ends.pop() {
                self.give_up(key);
            }
            return;
        }
        if self.timers.next_time() > now {
            if let Some(key) = self.giving_up.pop() {
                self.attempt_timed_out(key);
            }
            return;
        }
        match self.timers.pop() {
            None => {}
            Some(timer) => self.go_off(timer),
        }
    }

    fn go_off(&mut self, timer: Timer) {
        match timer {
            Timer::Retry(request) | Timer::Slot(request) => self.proceed(request),
            Timer::Hedge(request) => self.hedge(request),
            Timer::Ready(worker) => self.worker_ready(worker),
        }
    }

    fn arrival(&mut self) {
        let sent = self.client.send();
        self.at(sent.time);
        if sent.number % LOOK_EVERY == LOOK_EVERY - 1 {
            self.look_up();
        }
        if self.recorder.arrived(sent.number) {
            let (stations, now) = (&self.stations, self.now);
            self.recorder
                .begin_part(sent.number, now, |slot| stations.work_done(slot, now));
        }
        self.counts.sent += 1;
        self.chronicle.series.arrived(self.now);
        self.request(sent);
        if self.client.is_exhausted() {
            let (stations, now) = (&self.stations, self.now);
            self.recorder
                .exhausted(now, |slot| stations.work_done(slot, now));
        }
    }

    fn refresh(&mut self) {
        let here = self.swallowed.iter().zip(0..);
        let in_flight: Vec<u32> = here
            .map(|(swallowed, slot)| self.stations.in_system(slot) + swallowed.len() as u32)
            .collect();
        for dispatcher in &mut self.dispatchers {
            dispatcher.policy.observe(&in_flight);
        }
        self.recorder.happened(Happening::Refreshed, 0, self.now);
        let next = self
            .board
            .map_or(Instant::NEVER, |interval| self.now + interval);
        self.wakes.schedule(BOARD, next);
    }

    /// Something changed at `slot`'s station.
    fn plan_station(&mut self, slot: u32) {
        let next = self.stations.next_departure(slot);
        // Of departures at the same instant the one planned first comes first, so what changes nothing plans nothing.
        if self.departures.time_of(slot) != next {
            self.departures.schedule(slot, next);
        }
        let waiting = self.stations.waiting(slot);
        let known = &mut self.waiting[slot as usize];
        let delta = waiting as i32 - *known as i32;
        *known = waiting;
        self.gauge(Gauge::Waiting, delta);
    }

    fn gauge(&mut self, gauge: Gauge, delta: i32) {
        if delta != 0 && self.is_watched() {
            self.chronicle.series.gauge(self.now, gauge, delta);
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

/// How long all servers have been at work.
fn served_ns(stations: &dyn VariableStations, backends: u32, now: Instant) -> u128 {
    (0..backends)
        .map(|slot| u128::from(stations.work_done(slot, now)))
        .sum()
}
