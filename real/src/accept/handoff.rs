//! The master accepts, chooses a worker for each connection and passes it on, before a byte of it is read.
//!
//! It chooses by the configured strategy over the shared board, where it counts the connections that each worker has: it is
//! the only one who writes there. That a connection was closed comes back through the worker's row of counters, which
//! the master looks at before it chooses: no message, and nobody is woken for it.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use policy::shared::{BackendList, BoardView, InFlight, Lane, Mapped};
use policy::strategy::AnyChooser;
use policy::{BackendId, Owner, Request, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use super::intake::Intake;
use crate::channel::passing;
use crate::clock::Clock;
use crate::proxy::of_address;
use crate::settings::Balancing;
use crate::stats::{Count, Gauge, ProcessRow};

/// How long is waited when no worker takes any more: their sockets hold some hundred connections each.
const PAUSE: Duration = Duration::from_millis(1);

/// Hands the connections of a listening socket to workers. See the [module](self).
#[derive(Clone)]
pub(crate) struct Handoff {
    targets: Rc<RefCell<Targets>>,
    changed: Rc<Notify>,
    stop: Rc<Notify>,
    stopped: Rc<Notify>,
    /// Whether nobody else takes what waits at the socket.
    last: Rc<Cell<bool>>,
}

/// The workers, and what is known of them.
struct Targets {
    list: BackendList,
    chooser: AnyChooser,
    shared: Mapped<'static>,
    lane: Lane<'static>,
    /// By the slot of the list.
    targets: Vec<Option<Target>>,
    rng: Xoshiro256PlusPlus,
}

/// A worker that takes connections.
struct Target {
    worker: u32,
    id: BackendId,
    socket: OwnedFd,
    row: ProcessRow,
    /// Of each connection that it has or is about to have.
    held: Vec<InFlight<'static>>,
    /// How many were closed when this was looked at last.
    closed: u64,
    /// How many were passed to it, and how many its row had accepted before the first.
    passed: u64,
    accepted_before: u64,
}

impl Handoff {
    /// Begins to take connections from `intake`.
    pub(crate) fn start(
        intake: Intake,
        balancing: &Balancing,
        shared: Mapped<'static>,
        rng: Xoshiro256PlusPlus,
    ) -> Handoff {
        let rows = shared.layout().backends;
        let targets = Targets {
            list: BackendList::empty(rows),
            chooser: AnyChooser::new(balancing.strategy, &balancing.options),
            shared,
            lane: shared.board().lane(Owner::SOLE),
            targets: (0..rows).map(|_| None).collect(),
            rng,
        };
        let handoff = Handoff {
            targets: Rc::new(RefCell::new(targets)),
            changed: Rc::default(),
            stop: Rc::default(),
            stopped: Rc::default(),
            last: Rc::default(),
        };
        spawn_local(handoff.clone().run(intake));
        handoff
    }

    /// `worker` takes connections from now on, over `socket`, and counts in `row`.
    pub(crate) fn add(&self, worker: u32, socket: OwnedFd, row: ProcessRow) {
        self.targets.borrow_mut().add(worker, socket, row);
        self.changed.notify_one();
    }

    /// `worker` takes no more. How many connections it was passed and has not taken yet: if it is dead, they are lost.
    pub(crate) fn remove(&self, worker: u32) -> u64 {
        self.targets.borrow_mut().remove(worker)
    }

    /// Closes the listening socket; hands on what waits at it before, if `last`.
    pub(crate) async fn stop(&self, last: bool) {
        self.last.set(last);
        self.stop.notify_one();
        self.stopped.notified().await;
    }

    async fn run(self, mut intake: Intake) {
        loop {
            self.somebody().await;
            let taken = tokio::select! {
                biased;
                () = self.stop.notified() => break,
                taken = intake.next() => taken,
            };
            match taken {
                Ok((connection, peer, _)) => {
                    self.place(connection, peer).await;
                    intake.passed_on();
                }
                Err(error) => {
                    tracing::error!(%error, "no connections are accepted any more");
                    break;
                }
            }
        }
        while self.last.get()
            && let Some((connection, peer, _)) = intake.next_of_queue()
        {
            self.place(connection, peer).await;
            intake.passed_on();
        }
        drop(intake);
        self.stopped.notify_one();
    }

    /// Waits until there is a worker. Connections wait in the kernel so long.
    async fn somebody(&self) {
        while self.targets.borrow().list.members().is_empty() {
            tokio::select! {
                () = self.changed.notified() => {}
                () = self.stop.notified() => return self.stop.notify_one(),
            }
        }
    }

    /// Passes `connection` on to whoever takes it.
    async fn place(&self, connection: OwnedFd, peer: SocketAddr) {
        while !self.targets.borrow_mut().place(&connection, peer) {
            self.somebody().await;
            if self.targets.borrow().list.members().is_empty() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Targets {
    fn add(&mut self, worker: u32, socket: OwnedFd, row: ProcessRow) {
        let remaining = self.list.members().iter();
        let identities = remaining.map(|member| member.identity);
        let identity = identity(worker);
        let identities: Vec<u64> = identities.chain([identity]).collect();
        self.reload(identities);
        let id = self
            .list
            .members()
            .iter()
            .find(|member| member.identity == identity);
        let Some(id) = id.map(|member| member.id) else {
            return;
        };
        self.shared.health().set(id.slot);
        self.targets[id.slot as usize] = Some(Target {
            worker,
            id,
            socket,
            row,
            held: Vec::new(),
            closed: closed(row),
            passed: 0,
            accepted_before: row.count(Count::Accepted),
        });
    }

    fn remove(&mut self, worker: u32) -> u64 {
        let gone = |target: &&mut Option<Target>| {
            target
                .as_ref()
                .is_some_and(|target| target.worker == worker)
        };
        let Some(target) = self.targets.iter_mut().find(gone).and_then(Option::take) else {
            return 0;
        };
        self.shared.health().clear(target.id.slot);
        let taken = target.row.count(Count::Accepted) - target.accepted_before;
        let untaken = target.passed.saturating_sub(taken);
        // What it held is given back with it.
        drop(target);
        let remaining = self.list.members().iter().map(|member| member.identity);
        let remaining = remaining
            .filter(|&other| other != identity(worker))
            .collect();
        self.reload(remaining);
        untaken
    }

    fn reload(&mut self, identities: Vec<u64>) {
        let wanted = identities
            .into_iter()
            .map(|identity| (Weight::ONE, identity));
        let board = self.shared.board();
        match self.list.reload(wanted, |row| board.vacant(row)) {
            Ok(list) => self.list = list,
            Err(error) => tracing::error!(%error, "the list of workers stays as it was"),
        }
    }

    /// Passes `connection` to the worker that the strategy chooses, or if that has no room, to whoever has the fewest.
    /// Whether somebody took it.
    fn place(&mut self, connection: &OwnedFd, peer: SocketAddr) -> bool {
        self.hear_of_the_closed();
        let board = self.shared.board();
        let view = BoardView::new(&self.list, self.shared.health(), board);
        let request = Request {
            key: of_address(peer.ip()),
        };
        let Some(chosen) = self
            .chooser
            .pick(&request, &view, Clock.now(), &mut self.rng)
        else {
            return false;
        };
        if self.pass(chosen.slot, connection, peer) {
            return true;
        }
        let mut others: Vec<u32> = self.list.members().iter().map(|m| m.id.slot).collect();
        others.sort_by_key(|&slot| board.in_flight(slot));
        others
            .into_iter()
            .any(|slot| self.pass(slot, connection, peer))
    }

    fn pass(&mut self, slot: u32, connection: impl AsFd, peer: SocketAddr) -> bool {
        let Some(target) = &mut self.targets[slot as usize] else {
            return false;
        };
        let passed = passing::pass(&target.socket, connection, peer).unwrap_or(false);
        if passed {
            target.passed += 1;
            target.held.extend(self.lane.start(slot));
        }
        passed
    }

    fn hear_of_the_closed(&mut self) {
        for target in self.targets.iter_mut().flatten() {
            let closed = closed(target.row);
            let more = closed.saturating_sub(target.closed) as usize;
            if more > 0 {
                target.held.truncate(target.held.len().saturating_sub(more));
                target.closed = closed;
            }
        }
    }
}

/// How many connections a process had and has no longer.
fn closed(row: ProcessRow) -> u64 {
    let open = row.gauge(Gauge::Connections);
    row.count(Count::Accepted).saturating_sub(open)
}

/// What a worker is to strategies that go by identity: the same for all incarnations.
fn identity(worker: u32) -> u64 {
    policy::hash::mix(u64::from(worker) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accept::listener;
    use crate::accept::room::Room;
    use crate::channel::passing::Received;
    use crate::settings::Key;
    use crate::stats::{self, Page};
    use crate::sys;
    use policy::shared::Layout;
    use policy::strategy::StrategyName;
    use rand_xoshiro::rand_core::SeedableRng;
    use std::net::TcpStream;

    const WORKERS: u32 = 3;

    struct Server {
        handoff: Handoff,
        page: Page,
        shared: Mapped<'static>,
        address: SocketAddr,
        workers: Vec<OwnedFd>,
    }

    /// A master of so many workers that do nothing yet.
    fn server(workers: u32) -> Server {
        let layout = stats::Layout {
            processes: WORKERS + 1,
            balancers: 0,
            backends: 0,
        };
        let page = Page::alone(layout).unwrap();
        let layout = Layout {
            backends: 2 * WORKERS,
            balancers: 1,
            slots: 0,
        };
        let memory = sys::shared_memory("test", layout.initial().unwrap()).unwrap();
        let shared = Mapped::open(sys::map(&memory).unwrap()).unwrap();
        let socket = listener::listen("127.0.0.1:0".parse().unwrap(), 64, false).unwrap();
        let address = listener::address(&socket).unwrap();
        let row = page.process(WORKERS);
        let intake = Intake::new(socket, Room::new(99), row, Duration::ZERO, 1).unwrap();
        let balancing = Balancing {
            strategy: StrategyName::LeastConnections,
            options: Default::default(),
            key: Key::Client,
            sticky: None,
        };
        let rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let handoff = Handoff::start(intake, &balancing, shared, rng);
        let workers = (0..workers).map(|worker| {
            let (ours, theirs) = passing::pair().unwrap();
            handoff.add(worker, ours, page.process(worker));
            theirs
        });
        Server {
            workers: workers.collect(),
            handoff,
            page,
            shared,
            address,
        }
    }

    impl Server {
        async fn connect(&self, connections: usize) -> Vec<TcpStream> {
            let connect = |_| TcpStream::connect(self.address).unwrap();
            let clients = (0..connections).map(connect).collect();
            // Each is one turn of the loop, and there is nothing to wait for but the loop.
            tokio::time::sleep(Duration::from_millis(50)).await;
            clients
        }

        /// As a worker does it: what was passed to `worker`, counted in its row.
        fn take(&self, worker: usize) -> Vec<OwnedFd> {
            let row = self.page.process(worker as u32);
            let received = std::iter::from_fn(|| match passing::receive(&self.workers[worker]) {
                Ok(Received::Connection(connection, _)) => Some(connection),
                _ => None,
            });
            received.inspect(|_| row.accepted(1)).collect()
        }
    }

    #[tokio::test(flavor = "local")]
    async fn connections_go_to_who_has_the_fewest_and_closed_ones_count_no_longer() {
        let server = server(3);
        let _clients = server.connect(9).await;
        let taken: Vec<_> = (0..3).map(|worker| server.take(worker)).collect();
        assert!(taken.iter().all(|taken| taken.len() == 3));
        assert_eq!(server.shared.board().total(), 9);

        // The second closes all of its own, and gets the next three.
        (0..3).for_each(|_| server.page.process(1).closed());
        let _more = server.connect(3).await;
        assert_eq!(server.take(1).len(), 3);
        assert_eq!(server.shared.board().total(), 9);
    }

    #[tokio::test(flavor = "local")]
    async fn nobody_is_turned_away_for_want_of_workers_and_the_dead_count_nothing() {
        let mut server = server(0);
        let _clients = server.connect(2).await;
        for worker in [0, 1] {
            let (ours, theirs) = passing::pair().unwrap();
            server
                .handoff
                .add(worker, ours, server.page.process(worker));
            server.workers.push(theirs);
        }
        let _more = server.connect(2).await;
        assert_eq!(server.take(0).len() + server.take(1).len(), 4);
        assert_eq!(server.handoff.remove(0), 0);
        let _rest = server.connect(3).await;
        assert_eq!((server.take(0).len(), server.take(1).len()), (0, 3));
        assert_eq!(server.shared.board().total(), 5);
        let _untaken = server.connect(2).await;
        assert_eq!(server.handoff.remove(1), 2);
    }

    #[tokio::test(flavor = "local")]
    async fn the_last_master_hands_on_what_waits() {
        let server = server(1);
        let connect = |_| TcpStream::connect(server.address).unwrap();
        let _clients: Vec<_> = (0..5).map(connect).collect();
        server.handoff.stop(true).await;
        assert_eq!(server.take(0).len(), 5);
        assert!(TcpStream::connect(server.address).is_err());
    }
}
