//! The worker's side of [`super::handoff`]: connections come over a socket from the master.

use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::io::unix::AsyncFd;

use super::intake::Taken;
use super::room::Room;
use crate::channel::passing::{self, Received};
use crate::stats::{ProcessRow, Refusal};
use crate::sys;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Passed {
    socket: AsyncFd<OwnedFd>,
    room: Rc<Room>,
    row: ProcessRow,
}

impl Passed {
    /// From `socket`, into `room`. As long as that is full the master is left with them, and finds somebody else.
    ///
    /// # Errors
    /// If the socket cannot be watched.
    pub(crate) fn new(socket: OwnedFd, room: Rc<Room>, row: ProcessRow) -> io::Result<Passed> {
        Ok(Passed {
            socket: sys::watch(socket)?,
            room,
            row,
        })
    }

    /// The next connection; `None` when there will be no more.
    ///
    /// # Errors
    /// If the socket is none.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Taken>> {
        let place = self.room.enter().await;
        loop {
            let mut ready = self.socket.readable().await?;
            match passing::receive(self.socket.get_ref())? {
                Received::Connection(connection, peer) => {
                    self.row.accepted(1);
                    return Ok(Some((connection, peer, place)));
                }
                Received::Lost => {
                    // It was accepted, and is over: the master takes it off its count by both.
                    self.row.accepted(1);
                    self.row.closed();
                    self.row.refused(Refusal::Descriptors);
                }
                Received::Nothing => {
                    ready.clear_ready();
                    self.row.woken();
                }
                Received::End => return Ok(None),
            }
        }
    }
}
