//! The process that starts, watches and ends all others. It serves no requests itself.
//!
//! All that it does follows from an event or a deadline, one at a time: [`Master::run`] waits for the next of either,
//! [`react`] says what an event means, and `policy::supervise` what is to be done about the processes.

mod alone;
mod child;
mod ending;
mod event;
mod inherited;
mod launch;
mod look;
mod notify;
mod overview;
mod pages;
mod pool;
mod probe;
mod process;
mod react;
mod reload;
mod roster;
mod signals;
mod sockets;
mod spawn;
mod upgrade;

use std::io;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use policy::supervise::Action;
use policy::time::Instant;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use spec::{Failure, Status};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc;

pub(crate) use self::alone::Alone;
use self::child::Stage;
use self::ending::Phase;
pub(crate) use self::event::{Event, Events, Signal};
use self::inherited::Inherited;
use self::overview::Shown;
use self::pages::{Capacity, Pages};
use self::pool::Pool;
use self::roster::Roster;
use self::sockets::Sockets;
use self::upgrade::{Program, Successor};
use crate::accept::handoff::Handoff;
use crate::accept::intake::Intake;
use crate::accept::room::Room;
use crate::accept::single;
use crate::channel::message::Role;
use crate::clock::Clock;
use crate::config::Document;
use crate::settings::{Accept, Behind, Settings};

/// How often is looked whether a worker that leaves has answered all that it was sent.
const SETTLE: policy::time::Duration = policy::time::Duration::from_millis(10);

/// Runs the server until it is told to end.
///
/// # Errors
/// If it cannot begin, or nobody is left who serves.
pub(crate) fn run(document: Document, settings: Settings) -> Result<Status, Failure> {
    if settings.accept == Accept::Single {
        return single::run(document, settings);
    }
    crate::log::start(&settings.log, "master", true).map_err(Failure::usage)?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let served = runtime.and_then(|runtime| {
        runtime.block_on(async { Master::begin(document, settings)?.run().await })
    });
    served.map_err(|error| Failure::Running(error.to_string()))?
}

/// See the [module](self).
struct Master {
    document: Document,
    settings: Rc<Settings>,
    clock: Clock,
    rng: Xoshiro256PlusPlus,
    pages: Pages,
    /// `None` once nobody is to connect any more.
    sockets: Option<Sockets>,
    workers: Pool,
    balancers: Pool,
    roster: Roster,
    handoff: Option<Handoff>,
    phase: Phase,
    /// Whether it is about to end, and says so.
    leaving: bool,
    look: look::Look,
    shown: Shown,
    program: Program,
    /// Who is to take this one's place.
    successor: Option<Successor>,
    /// Whose place this one takes.
    predecessor: Option<UnixStream>,
    events: Events,
    inbox: mpsc::UnboundedReceiver<Event>,
    /// Whether a worker has served yet.
    warm: bool,
    /// Whether everybody has.
    complete: bool,
}

impl Master {
    /// Opens what is inherited by all and starts nobody yet.
    fn begin(document: Document, settings: Settings) -> io::Result<Master> {
        raise_descriptor_limit();
        let clock = Clock;
        let inherited = Inherited::take()?;
        let now = clock.now();
        let settings = Rc::new(settings);
        let (events, inbox) = mpsc::unbounded_channel();
        signals::watch(&events)?;
        let capacity = Capacity::of(&settings);
        let pages = Pages::new(capacity, settings.admission.slots)?;
        let mut sockets = Sockets::open(&settings, inherited.listeners)?;
        let address = sockets.address()?;
        tracing::info!("listening on {address}");
        let target = workers(&settings);
        if let Sockets::Each(group) = &mut sockets {
            group.extend(target)?;
        }
        let shown = Shown::start(&settings, inherited.admin, pages.page())?;
        shown.listens(address);
        reload::watch(&document, events.clone());
        let supervisor = settings.pool.supervisor;
        let pool = |target, capacity| Pool::new(supervisor, target, capacity, now);
        let mut master = Master {
            clock,
            rng: Xoshiro256PlusPlus::seed_from_u64(settings.seed),
            workers: pool(target, capacity.workers),
            balancers: pool(capacity.balancers, capacity.balancers),
            pages,
            sockets: Some(sockets),
            roster: Roster::default(),
            handoff: None,
            phase: Phase::Serving,
            leaving: false,
            look: look::Look::new(&settings, now),
            shown,
            program: Program::this()?,
            successor: None,
            predecessor: inherited.predecessor,
            events,
            inbox,
            warm: false,
            complete: false,
            document,
            settings,
        };
        master.handoff = master.hand_off()?;
        Ok(master)
    }

    /// Until everybody has ended.
    async fn run(mut self) -> io::Result<Result<Status, Failure>> {
        loop {
            self.act();
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            let wait = self.next_deadline() - self.clock.now();
            tokio::select! {
                event = self.inbox.recv() => if let Some(event) = event {
                    self.react(event);
                },
                () = tokio::time::sleep(Duration::from_nanos(wait.0)) => {}
            }
        }
    }

    /// Does what is due.
    fn act(&mut self) {
        let now = self.clock.now();
        self.look_around(now);
        self.settle(now);
        for role in [Role::Balancer, Role::Worker] {
            while let Some(action) = self.due(role, now) {
                match action {
                    Action::Start(worker) => self.launch(role, worker, now),
                    Action::Stop(worker) => self.part(role, worker, now),
                }
            }
        }
        self.lose_patience(now);
        self.show();
        let complete = self.balancers.is_complete() && self.workers.is_complete();
        if complete && !self.complete && !self.phase.is_ending() {
            self.complete = true;
            upgrade::announce(self.predecessor.take());
        }
    }

    fn due(&mut self, role: Role, now: Instant) -> Option<Action> {
        match role {
            Role::Balancer if !self.is_warm() => None,
            _ => self.pool(role).due(now),
        }
    }

    /// Whether balancers find somebody behind them. Until then they are not started: whoever connects waits in the
    /// kernel, and is not told that there is nobody.
    fn is_warm(&mut self) -> bool {
        let upstreams = matches!(self.settings.behind, Behind::Upstreams(_));
        self.warm |= upstreams || self.phase.is_ending();
        self.warm |= (self.workers.alive()).any(|child| child.stage == Stage::Ready);
        self.warm
    }

    fn next_deadline(&self) -> Instant {
        let balancers = match self.warm {
            true => self.balancers.next_deadline(),
            false => Instant::NEVER,
        };
        let pools = self.workers.next_deadline().min(balancers);
        let settle = match self.parting().is_empty() {
            true => Instant::NEVER,
            false => self.clock.now() + SETTLE,
        };
        pools.min(self.look.next_deadline()).min(settle)
    }

    fn pool(&mut self, role: Role) -> &mut Pool {
        match role {
            Role::Worker => &mut self.workers,
            Role::Balancer => &mut self.balancers,
        }
    }

    /// Begins to hand connections to workers, if that is how they come to them.
    fn hand_off(&mut self) -> io::Result<Option<Handoff>> {
        let (Accept::Handoff, Some(sockets)) = (self.settings.accept, &self.sockets) else {
            return Ok(None);
        };
        let socket = sockets.for_slot(0).try_clone_to_owned()?;
        // How many connections there may be is the workers' business.
        let room = Room::new(u32::MAX >> 4);
        let row = self.pages.own_row();
        let intake = Intake::new(socket, room, row, Duration::ZERO, 1)?;
        let rng = Xoshiro256PlusPlus::from_rng(&mut self.rng);
        let (balancing, shared) = (&self.settings.balancing, self.pages.shared());
        Ok(Some(Handoff::start(intake, balancing, shared, rng)))
    }
}

/// As many descriptors as may be had, for this process and all that it starts: each connection is one.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of descriptors stays as it is");
    }
}

/// How many workers there are to be at first.
fn workers(settings: &Settings) -> u32 {
    match (&settings.behind, &settings.pool.sizing) {
        (Behind::Upstreams(_), _) => 0,
        (_, Some(sizing)) => sizing.bounds().clamp(settings.pool.workers),
        (_, None) => settings.pool.workers,
    }
}
