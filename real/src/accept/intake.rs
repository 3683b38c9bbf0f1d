//! Taking connections in, one after the other, for as long as there is room for them.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use policy::time::Instant;
use tokio::time::sleep;

use super::delay::delay;
use super::listener;
use super::peers::{Peers, lead};
use super::reserve::Reserve;
use super::room::{Place, Room};
use super::shared::{Waking, Watch};
use crate::clock::Clock;
use crate::stats::{Gauge, ProcessRow, Refusal};

/// How long nothing is accepted when there is no descriptor left: others may have some, and some may be closed.
const PAUSE: Duration = Duration::from_millis(20);

/// A connection, where it is from, and its place.
pub(crate) type Taken = (OwnedFd, SocketAddr, Place);

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Intake {
    watch: Watch,
    reserve: Reserve,
    room: Rc<Room>,
    row: ProcessRow,
    /// By how much it puts off accepting at most, and when it is that busy.
    delay: Duration,
    concurrency: u32,
    /// Who else accepts there.
    peers: Peers,
    /// How many connections it had when it last gave way to them.
    gave_way_with: u64,
    /// Whether it leaves the next ones to them.
    waits: bool,
    next_warning: Instant,
}

/// How often is said that there are no descriptors left.
const WARNING: policy::time::Duration = policy::time::Duration::from_millis(1_000);

/// For how long connections are left to others: for them to wake up.
const WAIT: Duration = Duration::from_millis(1);

impl Intake {
    /// From `socket`, into `room`. A busy worker puts it off by up to `delay`; it then leaves the connections to any of
    /// those who wait for them too, and so all are woken.
    ///
    /// # Errors
    /// If the socket cannot be watched.
    pub(crate) fn new(
        socket: OwnedFd,
        room: Rc<Room>,
        row: ProcessRow,
        delay: Duration,
        concurrency: u32,
    ) -> io::Result<Intake> {
        let waking = match delay.is_zero() {
            true => Waking::One,
            false => Waking::All,
        };
        Ok(Intake {
            watch: Watch::new(socket, waking)?,
            reserve: Reserve::new(),
            room,
            row,
            delay,
            concurrency,
            peers: Peers::default(),
            gave_way_with: 0,
            waits: false,
            next_warning: Instant::ZERO,
        })
    }

    /// Leaves some of the connections to these, who accept from the same socket.
    pub(crate) fn beside(mut self, peers: Peers) -> Intake {
        self.peers = peers;
        self
    }

    /// The next connection.
    ///
    /// # Errors
    /// If there will be none.
    pub(crate) async fn next(&mut self) -> io::Result<Taken> {
        loop {
            if std::mem::take(&mut self.waits) {
                self.pause(WAIT).await?;
            }
            let place = self.place().await?;
            let woken = self.watch.woken().await?;
            self.row.woken();
            let put_off = delay(
                self.delay,
                self.row.gauge(Gauge::InFlight),
                self.concurrency,
            );
            if !put_off.is_zero() {
                sleep(put_off).await;
            }
            match woken.take(|socket| listener::accept(socket)) {
                Ok(Some((connection, peer))) => {
                    self.row.accepted(1);
                    self.give_way()?;
                    return Ok((connection, peer, place));
                }
                Ok(None) => {}
                Err(error) => self.without_descriptors(&error).await?,
            }
        }
    }

    /// A connection that already waits, if there is one and a place for it.
    pub(crate) fn next_of_queue(&mut self) -> Option<Taken> {
        let place = self.room.try_enter()?;
        let (connection, peer) = listener::accept(self.watch.socket()).ok()??;
        self.row.accepted(1);
        Some((connection, peer, place))
    }

    /// One that was taken is somebody else's from now on, and counts there.
    pub(crate) fn passed_on(&self) {
        self.row.closed();
    }

    /// The kernel wakes the first of those who wait, in the order in which they began to, and that is always the same one
    /// as long as it waits at all. So whoever has got more to do goes to the end (nginx does so, too), and whoever is far
    /// ahead leaves the next ones to the others. Who has as much as before, where connections are short, saves the
    /// system calls.
    fn give_way(&mut self) -> io::Result<()> {
        let open = self.row.gauge(Gauge::Connections);
        self.gave_way_with = self.gave_way_with.min(open);
        if open < self.gave_way_with + lead(self.gave_way_with) {
            return Ok(());
        }
        self.gave_way_with = open;
        self.waits = self.peers.are_behind(open);
        if !self.waits {
            self.watch.pause()?;
            self.watch.resume()?;
        }
        Ok(())
    }

    /// A place for one more. Until there is one, wake-ups are for others.
    async fn place(&self) -> io::Result<Place> {
        if let Some(place) = self.room.try_enter() {
            return Ok(place);
        }
        self.watch.pause()?;
        let place = self.room.enter().await;
        self.watch.resume()?;
        Ok(place)
    }

    #[cold]
    async fn without_descriptors(&mut self, error: &io::Error) -> io::Result<()> {
        if self.reserve.turn_away(self.watch.socket())? {
            self.row.refused(Refusal::Descriptors);
        }
        let now = Clock.now();
        if now >= self.next_warning {
            self.next_warning = now + WARNING;
            let so_far = self.row.refusals(Refusal::Descriptors);
            tracing::warn!(%error, so_far, "connections are turned away");
        }
        self.pause(PAUSE).await
    }

    /// Is not woken for so long.
    async fn pause(&self, time: Duration) -> io::Result<()> {
        self.watch.pause()?;
        sleep(time).await;
        self.watch.resume()
    }
}
