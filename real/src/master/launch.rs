//! Starting a child, with all that it needs.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use policy::supervise::{Exit, Worker};
use policy::time::Instant;

use super::Master;
use super::child::{Child, Stage};
use super::event;
use super::probe;
use super::process::Process;
use super::spawn::{self, Inheritance};
use crate::channel::message::{Order, Report, Role, Source, Start};
use crate::channel::{self, Sender, passing};
use crate::settings::{Accept, Behind, Exec};
use crate::worker;

impl Master {
    /// Starts `worker` in its slot. One that could not be started has crashed.
    pub(super) fn launch(&mut self, role: Role, worker: Worker, now: Instant) {
        let launched = match (role, &self.settings.behind) {
            (Role::Worker, Behind::Exec(exec)) => self.launch_program(exec, worker, now),
            _ => self.launch_ourselves(role, worker, now),
        };
        match launched {
            Ok(mut child) => {
                let lifetime = self.settings.pool.lifetime.filter(|_| role == Role::Worker);
                child.lifetime = lifetime.map(|lifetime| lifetime.draw(&mut self.rng));
                let pid = child.pid.as_raw_pid();
                tracing::debug!(?role, slot = worker.slot, pid, "started");
                self.pool(role).started(child);
            }
            Err(error) => {
                tracing::error!(?role, slot = worker.slot, %error, "cannot be started");
                self.follow_up(role, worker, Exit::Crash, now);
            }
        }
    }

    fn launch_ourselves(&mut self, role: Role, worker: Worker, now: Instant) -> io::Result<Child> {
        let mut with = Inheritance::default();
        let (counters, shared) = self.pages.descriptors();
        let (counters, shared) = (with.add(counters)?, with.add(shared)?);
        let (source, passing) = self.source(role, worker, &mut with)?;
        let start = Start {
            role,
            slot: worker.slot,
            incarnation: worker.incarnation,
            row: self.row(role, worker.slot),
            counters,
            shared,
            source,
            settings: self.document.to_json(),
            workers: self.roster.told.clone(),
            cpu: self.cpu(role, worker.slot),
        };
        let name = match role {
            Role::Worker => worker::WORKER,
            Role::Balancer => worker::BALANCER,
        };
        let (process, line) = spawn::ourselves(name, with)?;
        let (orders, reports) = channel::open::<Order, Report>(line)?;
        orders.send(&Order::Start(Box::new(start)));
        event::listen(reports, (role, worker), self.events.clone());
        let mut child = self.child(role, worker, process, now)?;
        child.orders = Some::<Sender<Order>>(orders);
        child.passing = passing;
        Ok(child)
    }

    fn launch_program(&self, exec: &Exec, worker: Worker, now: Instant) -> io::Result<Child> {
        let port = spawn::free_port()?;
        let process = spawn::program(exec, port, self.cpu(Role::Worker, worker.slot))?;
        let mut child = self.child(Role::Worker, worker, process, now)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        child.address = Some(address);
        let (path, events) = (exec.ready_path.clone(), self.events.clone());
        child.asking = Some(probe::until_ready(address, path, worker, events));
        Ok(child)
    }

    fn child(
        &self,
        role: Role,
        worker: Worker,
        process: Process,
        now: Instant,
    ) -> io::Result<Child> {
        let pid = process.pid();
        event::watch_exit(pid, (role, worker), self.events.clone())?;
        let row = self.pages.page().process(self.row(role, worker.slot));
        Ok(Child {
            worker,
            pid,
            stage: Stage::Starting {
                until: now + self.settings.pool.ready_timeout,
            },
            address: None,
            requests_before: row.requests(),
            lifetime: None,
            passing: None,
            process,
            orders: None,
            asking: None,
        })
    }

    /// Where a child's connections come from, and our end of it if that is us.
    fn source(
        &self,
        role: Role,
        worker: Worker,
        with: &mut Inheritance,
    ) -> io::Result<(Source, Option<std::os::fd::OwnedFd>)> {
        if self.settings.accept == Accept::Handoff {
            let (ours, theirs) = passing::pair()?;
            return Ok((Source::Passed(with.add(&theirs)?), Some(ours)));
        }
        if role == Role::Worker && self.settings.accept == Accept::Proxy {
            return Ok((Source::Own, None));
        }
        let Some(sockets) = &self.sockets else {
            return Err(io::Error::other("the server is ending"));
        };
        // Who stands in for another takes its connections.
        let slot = self.workers.stands_in(worker.slot).unwrap_or(worker.slot);
        Ok((Source::Listener(with.add(sockets.for_slot(slot))?), None))
    }

    /// The row in which a child counts.
    pub(super) fn row(&self, role: Role, slot: u32) -> u32 {
        match role {
            Role::Worker => self.pages.worker_row(slot),
            Role::Balancer => self.pages.balancer_row(slot),
        }
    }

    /// The CPU of a child, if each has one: workers first, then balancers.
    fn cpu(&self, role: Role, slot: u32) -> Option<u32> {
        let nth = match role {
            Role::Worker => slot,
            Role::Balancer => self.workers.target() + slot,
        };
        self.settings.pool.pin.then_some(nth)
    }
}
