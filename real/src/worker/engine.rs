//! The life of a process that serves: it takes connections in, does as it is told, and ends.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;

use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, spawn_local};

use super::seat::Seat;
use super::source::Source;
use crate::accept::intake::Taken;
use crate::accept::room::Room;
use crate::channel::message::{Order, Report, Workers};
use crate::stats::ProcessRow;

/// What is done with connections.
pub(crate) trait Server: 'static {
    /// Serves all requests of `stream`.
    fn connection(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()>;
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
    pub(crate) async fn run(self, orders: mpsc::UnboundedReceiver<Order>) -> io::Result<()> {
        let server = Rc::clone(&self.server);
        let ended = self.obey(orders).await;
        server.ended();
        ended
    }

    async fn obey(mut self, mut orders: mpsc::UnboundedReceiver<Order>) -> io::Result<()> {
        loop {
            let order = tokio::select! {
                order = orders.recv() => order,
                ended = &mut self.accepting => return self.without_source(ended, orders).await,
            };
            match order {
                Some(Order::Drain { last }) => return self.drain(last, orders).await,
                Some(Order::Settings(document)) => self.server.settings(&document),
                Some(Order::Workers(workers)) => {
                    let version = workers.version;
                    self.server.workers(workers);
                    (self.report)(Report::Applied(version));
                }
                Some(Order::Reopen) => self.server.reopen(),
                Some(Order::Start(_)) => {}
                Some(Order::Quit) | None => return Ok(()),
            }
        }
    }

    /// Ends with what there is, unless it is told to end at once.
    async fn drain(self, last: bool, orders: mpsc::UnboundedReceiver<Order>) -> io::Result<()> {
        self.row.ready(false);
        self.server.drain();
        self.stop.last.set(last);
        self.stop.asked.notify_one();
        let Engine {
            accepting, room, ..
        } = self;
        let ended = async {
            accepting.await.map_err(io::Error::other)??;
            room.emptied().await;
            Ok(())
        };
        tokio::select! {
            ended = ended => ended,
            () = quit(orders) => Ok(()),
        }
    }

    /// The master passes nothing any more, or it cannot be accepted.
    async fn without_source(
        self,
        ended: Result<io::Result<()>, tokio::task::JoinError>,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> io::Result<()> {
        ended.map_err(io::Error::other)??;
        self.row.ready(false);
        self.server.drain();
        tokio::select! {
            () = self.room.emptied() => Ok(()),
            () = quit(orders) => Ok(()),
        }
    }
}

async fn quit(mut orders: mpsc::UnboundedReceiver<Order>) {
    while !matches!(orders.recv().await, Some(Order::Quit) | None) {}
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
    }
    while stop.last.get()
        && let Some(taken) = source.next_of_queue()
    {
        serve(taken, &server);
    }
    Ok(())
}

fn serve<S: Server>((connection, peer, place): Taken, server: &Rc<S>) {
    let stream = TcpStream::from_std(std::net::TcpStream::from(connection));
    let server = Rc::clone(server);
    spawn_local(async move {
        match stream {
            Ok(stream) => server.connection(stream, peer).await,
            Err(error) => tracing::warn!(%error, "a connection cannot be watched"),
        }
        drop(place);
    });
}
