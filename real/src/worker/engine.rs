//! The life of a process that serves: it takes connections in, does as it is told, and ends.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;

use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, spawn_local, yield_now};

use super::seat::Seat;
use super::source::Source;
use crate::accept::intake::Taken;
use crate::accept::room::Room;
use crate::channel::message::{Order, Report, Workers};
use crate::clock::Clock;
use crate::serve::Client;
use crate::stats::ProcessRow;

/// How often a process says that it lives.
const BEAT: std::time::Duration = std::time::Duration::from_secs(1);

/// What is done with connections.
pub(crate) trait Server: 'static {
    /// Serves all requests of `stream`.
    fn connection(&self, stream: Client, peer: SocketAddr) -> impl Future<Output = ()>;
    /// These settings, a `Document`, are new.
    fn settings(&self, document: &str);
    /// These workers, and no others, can be sent requests.
    fn workers(&self, workers: Workers);
    /// Each answer is its connection's last from now on.
    fn drain(&self);
    /// Opens its files again.
    fn reopen(&self);
    /// There are no connections any more.
    fn ended(&self);
}

/// See the [module](self).
pub(crate) struct Engine<S> {
    server: Rc<S>,
    row: ProcessRow,
    room: Rc<Room>,
    stop: Rc<Stop>,
    accepting: JoinHandle<io::Result<()>>,
    report: Box<dyn Fn(Report)>,
}

/// What follows from an order.
enum Then {
    GoOn,
    Drain { last: bool },
    End,
}

type Orders = mpsc::UnboundedReceiver<Order>;

/// That no more connections are to be taken in.
#[derive(Default)]
struct Stop {
    asked: Notify,
    /// Whether nobody else takes what waits.
    last: Cell<bool>,
}

impl<S: Server> Engine<S> {
    /// Takes connections in from now on, for `server`.
    pub(crate) fn start(seat: Seat, server: Rc<S>, report: impl Fn(Report) + 'static) -> Self {
        let stop = Rc::<Stop>::default();
        let taking = take_in(seat.source, Rc::clone(&stop), Rc::clone(&server));
        seat.row.ready(true);
        spawn_local(beat(seat.row));
        report(Report::Ready(seat.address));
        report(Report::Applied(seat.workers.version));
        Engine {
            server,
            row: seat.row,
            room: seat.room,
            stop,
            accepting: spawn_local(taking),
            report: Box::new(report),
        }
    }

    /// Does as it is told, until it has ended.
    ///
    /// # Errors
    /// If no connections can be taken in any more.
    pub(crate) async fn run(self, orders: Orders) -> io::Result<()> {
        let server = Rc::clone(&self.server);
        let ended = self.obey(orders).await;
        server.ended();
        ended
    }

    async fn obey(mut self, mut orders: Orders) -> io::Result<()> {
        loop {
            let order = tokio::select! {
                order = orders.recv() => order,
                ended = &mut self.accepting => {
                    // The master passes nothing any more, or nothing can be accepted.
                    ended.map_err(io::Error::other)??;
                    self.accepting = spawn_local(async { Ok(()) });
                    return self.drain(false, orders).await;
                }
            };
            match heed(&*self.server, &self.report, order) {
                Then::GoOn => {}
                Then::Drain { last } => return self.drain(last, orders).await,
                Then::End => return Ok(()),
            }
        }
    }

    /// Ends with what there is, unless it is told to end at once.
    async fn drain(mut self, last: bool, mut orders: Orders) -> io::Result<()> {
        self.row.ready(false);
        self.server.drain();
        self.stop.last.set(last);
        self.stop.asked.notify_one();
        let accepting = &mut self.accepting;
        let mut ended = pin!(async {
            accepting.await.map_err(io::Error::other)??;
            self.room.emptied().await;
            Ok(())
        });
        loop {
            tokio::select! {
                ended = &mut ended => return ended,
                order = orders.recv() => {
                    if let Then::End = heed(&*self.server, &self.report, order) {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Says that the process lives, for as long as it does. One that serves a long request by itself is silent meanwhile.
async fn beat(row: ProcessRow) {
    loop {
        row.heartbeat(Clock.now());
        tokio::time::sleep(BEAT).await;
    }
}

/// Does what `order` says, as far as that does not end the process.
fn heed<S: Server>(server: &S, report: &dyn Fn(Report), order: Option<Order>) -> Then {
    match order {
        Some(Order::Drain { last }) => return Then::Drain { last },
        Some(Order::Quit) | None => return Then::End,
        Some(Order::Settings(document)) => server.settings(&document),
        Some(Order::Workers(workers)) => {
            let version = workers.version;
            server.workers(workers);
            report(Report::Applied(version));
        }
        Some(Order::Reopen) => server.reopen(),
        Some(Order::Start(_)) => {}
    }
    Then::GoOn
}

async fn take_in<S: Server>(mut source: Source, stop: Rc<Stop>, server: Rc<S>) -> io::Result<()> {
    let mut stopped = pin!(stop.asked.notified());
    loop {
        let taken = tokio::select! {
            biased;
            () = &mut stopped, if !source.ends_by_itself() => break,
            taken = source.next() => taken?,
        };
        match taken {
            Some(taken) => serve(taken, &server),
            None => return Ok(()),
        }
        // What was taken in is begun with before more is: who is busy by then leaves that to others.
        yield_now().await;
    }
    while stop.last.get()
        && let Some(taken) = source.next_of_queue()
    {
        serve(taken, &server);
    }
    Ok(())
}

fn serve<S: Server>((connection, peer, place): Taken, server: &Rc<S>) {
    let server = Rc::clone(server);
    spawn_local(async move {
        server.connection(Client::new(connection), peer).await;
        drop(place);
    });
}
