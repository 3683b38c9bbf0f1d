//! What the master looks at from time to time: how much there is to do, for how many workers there should be; and how
//! much each worker has done and grown, for whether it should be replaced.

use std::collections::VecDeque;
use std::fs;
use std::net::SocketAddr;

use policy::sizing::{Controller, Observation};
use policy::supervise::{Life, Worker};
use policy::time::{Duration, Instant};

use super::Master;
use super::child::Stage;
use super::sockets::Sockets;
use crate::channel::message::Role;
use crate::settings::Settings;
use crate::stats::{BackendCount, BackendGauge, Count, Gauge, ProcessRow};

/// How often workers are looked at for whether they should be replaced.
const AGE: Duration = Duration::from_millis(100);
/// How often a sizer is asked that wants to be asked as soon as a request has to wait.
const ON_NEED: Duration = Duration::from_millis(20);

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Look {
    controller: Option<Controller>,
    interval: Duration,
    next_size: Instant,
    next_age: Instant,
    last: Seen,
    /// Those who are to be replaced, in the order in which it was noticed.
    aged: VecDeque<Worker>,
}

/// All that was counted by some time.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    at: Instant,
    arrivals: u64,
    completions: u64,
    busy_seconds: f64,
}

/// What is so at the moment.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    busy: u32,
    waiting: u32,
}

impl Look {
    pub(super) fn new(settings: &Settings, now: Instant) -> Look {
        let pool = &settings.pool;
        let on_need = pool
            .sizing
            .as_ref()
            .is_some_and(|sizing| sizing.name().about().on_need);
        let interval = match on_need {
            true => ON_NEED.min(pool.sizing_interval),
            false => pool.sizing_interval,
        };
        let never_unless = |wanted: bool, at: Instant| if wanted { at } else { Instant::NEVER };
        let ages = pool.lifetime.is_some() || pool.max_rss.is_some();
        Look {
            controller: pool.sizing.clone(),
            interval,
            next_size: never_unless(pool.sizing.is_some(), now + interval),
            next_age: never_unless(ages, now + AGE),
            last: Seen {
                at: now,
                ..Seen::default()
            },
            aged: VecDeque::new(),
        }
    }

    pub(super) fn next_deadline(&self) -> Instant {
        self.next_size.min(self.next_age)
    }
}

impl Master {
    /// Looks, if it is time to.
    pub(super) fn look_around(&mut self, now: Instant) {
        if self.phase.is_ending() {
            self.look.next_size = Instant::NEVER;
            self.look.next_age = Instant::NEVER;
            return;
        }
        if self.look.next_size <= now {
            self.look.next_size = now + self.look.interval;
            self.size(now);
        }
        if self.look.next_age <= now {
            self.look.next_age = now + AGE;
            self.notice_the_aged();
        }
        // One after the other: whoever cannot be replaced now has another turn.
        if let Some(&worker) = self.look.aged.front() {
            let child = self.workers.get_mut(worker);
            let gone = child.is_none_or(|child| child.stage.is_leaving());
            let alone = !gone && !self.workers.has_room();
            if alone {
                self.part(Role::Worker, worker, now);
            }
            if gone || alone || self.workers.replace(worker, now) {
                self.look.aged.pop_front();
            }
        }
    }

    /// Asks the controller how many workers there should be.
    fn size(&mut self, now: Instant) {
        let (seen, load) = self.observe(now);
        let last = std::mem::replace(&mut self.look.last, seen);
        let count = |stage: fn(Stage) -> bool| {
            let children = self.workers.alive();
            children.filter(|child| stage(child.stage)).count() as u32
        };
        let observation = Observation {
            now,
            span: now - last.at,
            ready: count(|stage| stage == Stage::Ready),
            starting: count(|stage| matches!(stage, Stage::Starting { .. }))
                + self.waiting_to_start(),
            busy: load.busy,
            waiting: load.waiting,
            arrivals: seen.arrivals.saturating_sub(last.arrivals),
            completions: seen.completions.saturating_sub(last.completions),
            busy_time: Duration::from_seconds(seen.busy_seconds - last.busy_seconds),
        };
        if let Some(controller) = &mut self.look.controller {
            let wanted = controller.want(&observation);
            self.resize(wanted, now);
        }
    }

    fn waiting_to_start(&self) -> u32 {
        if self.workers.gave_up() {
            return 0;
        }
        let slots = self.workers.slots().iter();
        slots
            .filter(|slot| matches!(slot.life, Life::Waiting { .. }))
            .count() as u32
    }

    fn observe(&self, now: Instant) -> (Seen, Load) {
        let mut seen = Seen {
            at: now,
            ..Seen::default()
        };
        let mut load = Load::default();
        let capacity = self.pages.capacity();
        let rows = 0..capacity.balancers + capacity.workers;
        let programs = self.workers.alive().any(|child| child.orders.is_none());
        let concurrency = f64::from(self.settings.concurrency);
        for row in rows {
            let counted = self.pages.page().process(row);
            load.waiting += counted.gauge(Gauge::Queued) as u32;
            if row >= capacity.balancers && !programs {
                load.busy += u32::from(counted.gauge(Gauge::InFlight) > 0);
                seen.add(counted, concurrency);
            }
        }
        if programs {
            self.observe_programs(&mut seen, &mut load);
        }
        load.waiting += self.sockets.as_ref().map_or(0, Sockets::waiting);
        (seen, load)
    }

    /// Somebody else's programs count nothing here; the balancers in front of them do.
    fn observe_programs(&self, seen: &mut Seen, load: &mut Load) {
        let children = self.workers.alive().filter_map(|child| child.address);
        load.busy = children.filter(|&at| self.in_flight_with(at) > 0).count() as u32;
        for balancer in 0..self.pages.capacity().balancers {
            for backend in self.pages.page().backends(balancer) {
                let answers = backend.responses();
                seen.arrivals += backend.count(BackendCount::Picked);
                seen.completions += answers.count();
                seen.busy_seconds += answers.sum_seconds();
            }
        }
    }

    /// How many requests balancers have sent to `address` that are not answered.
    pub(super) fn in_flight_with(&self, address: SocketAddr) -> u64 {
        let name = address.to_string();
        let page = self.pages.page();
        let balancers = 0..self.pages.capacity().balancers;
        let rows = balancers.flat_map(|balancer| page.backends(balancer));
        let of_it = rows
            .filter(|row| row.gauge(BackendGauge::InFlight) > 0)
            .filter(|row| row.occupant().is_some_and(|(_, occupant)| occupant == name));
        of_it.map(|row| row.gauge(BackendGauge::InFlight)).sum()
    }

    /// All workers that there are now are to be replaced, one after the other.
    pub(super) fn replace_all(&mut self) {
        let workers = self
            .workers
            .alive()
            .filter(|child| !child.stage.is_leaving());
        self.look.aged = workers.map(|child| child.worker).collect();
    }

    fn notice_the_aged(&mut self) {
        let max_rss = self.settings.pool.max_rss;
        for child in self.workers.alive() {
            if child.stage != Stage::Ready || self.look.aged.contains(&child.worker) {
                continue;
            }
            let row = self
                .pages
                .page()
                .process(self.row(Role::Worker, child.worker.slot));
            let requests = row.requests().saturating_sub(child.requests_before);
            let old = child.lifetime.is_some_and(|lifetime| requests >= lifetime);
            let large = max_rss.is_some_and(|max| resident_bytes(child.pid.as_raw_pid()) > max);
            if old || large {
                let slot = child.worker.slot;
                tracing::info!(slot, requests, large, "is replaced");
                self.look.aged.push_back(child.worker);
            }
        }
    }
}

impl Seen {
    fn add(&mut self, counted: ProcessRow, concurrency: f64) {
        self.arrivals += counted.count(Count::Began);
        self.completions += counted.requests();
        self.busy_seconds += counted.responses().sum_seconds() / concurrency;
    }
}

/// How much memory a process has, by the second number of its `statm`. 0 if it is gone.
fn resident_bytes(pid: i32) -> u64 {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::resident_bytes;

    #[test]
    fn this_process_has_some_memory_and_none_has_none() {
        let own = resident_bytes(std::process::id() as i32);
        assert!((100_000..100_000_000_000).contains(&own), "{own}");
        assert_eq!(resident_bytes(-1), 0);
    }
}
