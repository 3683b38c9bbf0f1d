//! A request on its way to a backend: its head, and its body as it comes.
//!
//! What is sent first is kept until more of the body has to be read: so long the request can be sent again, to another
//! backend, or to two at once.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::failure::Failure;
use super::link::Link;
use super::request_head::{self, Rewrite};
use crate::http::{Framing, Refused, write};
use crate::serve::{Broken, Connection, LARGE, Transport};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Outbound {
    bytes: Vec<u8>,
    sent: usize,
    /// All of the body was taken from the client, its end included.
    complete: bool,
    /// What was sent first is gone.
    partly_gone: bool,
    /// Bytes that were sent and are gone.
    before: u64,
    /// All of it was sent.
    flushed: bool,
}

impl Outbound {
    /// The head, rewritten, and what of the body has come. `bytes` is memory to be used.
    pub(super) fn new<T: Transport>(
        connection: &mut Connection<T>,
        rewrite: &Rewrite,
        bytes: Vec<u8>,
    ) -> Result<Outbound, Refused> {
        let mut outbound = Outbound {
            bytes,
            ..Outbound::default()
        };
        outbound.bytes.clear();
        let head = connection.input.filled();
        request_head::write(&mut outbound.bytes, &connection.head, head, rewrite);
        connection.skip_head();
        outbound.take(connection)?;
        Ok(outbound)
    }

    /// Gives the memory back.
    pub(super) fn into_memory(self) -> Vec<u8> {
        self.bytes
    }

    /// All that is sent, where [`Outbound::is_whole`].
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the whole request is here.
    pub(super) fn is_whole(&self) -> bool {
        self.complete && !self.partly_gone
    }

    /// Whether everything was sent.
    #[inline]
    pub(super) fn is_sent(&self) -> bool {
        self.flushed
    }

    /// Somebody else sent it all.
    pub(super) fn was_sent(&mut self) {
        self.sent = self.bytes.len();
        self.flushed = true;
    }

    /// How much was sent, as far as one can tell that something was.
    #[inline]
    pub(super) fn moved(&self) -> u64 {
        self.before + self.sent as u64
    }

    /// Whether nothing can be sent until the client gives more of its body.
    pub(super) fn waits_for_client(&self) -> bool {
        !self.complete && self.sent == self.bytes.len()
    }

    /// Whether it can be sent from the beginning once more.
    pub(super) fn can_begin_again(&self) -> bool {
        !self.partly_gone
    }

    /// From the beginning.
    pub(super) fn begin_again(&mut self) {
        debug_assert!(self.can_begin_again());
        self.sent = 0;
        self.flushed = false;
    }

    /// Sends until everything is sent, reading the body from the client as the backend takes it.
    pub(super) fn poll_send<T: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<T>,
        link: &mut Link,
    ) -> Poll<Result<(), Failure>> {
        loop {
            ready!(poll_write_all(cx, link, &self.bytes, &mut self.sent))
                .map_err(Failure::cut(false))?;
            if self.complete {
                ready!(Pin::new(link).poll_flush(cx)).map_err(Failure::cut(false))?;
                self.flushed = true;
                return Poll::Ready(Ok(()));
            }
            if self.poll_more(cx, connection)?.is_pending() {
                // TLS may hold back what it took, and nobody comes by here until the client says more.
                ready!(Pin::new(link).poll_flush(cx)).map_err(Failure::cut(false))?;
                return Poll::Pending;
            }
        }
    }

    /// Takes what the client sent meanwhile, and waits for it if that is nothing.
    fn poll_more<T: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<T>,
    ) -> Poll<Result<(), Broken>> {
        loop {
            if self.take_next(connection)? {
                return Poll::Ready(Ok(()));
            }
            if ready!(connection.poll_fill(cx))? == 0 {
                return Poll::Ready(Err(Broken::Closed));
            }
        }
    }

    /// Takes what is there in the place of what was sent. Whether that is anything.
    fn take_next<T: Transport>(&mut self, connection: &mut Connection<T>) -> Result<bool, Refused> {
        if connection.input.is_empty() {
            return Ok(false);
        }
        self.before += self.bytes.len() as u64;
        self.bytes.clear();
        self.sent = 0;
        self.partly_gone = true;
        self.take(connection)?;
        Ok(self.complete || !self.bytes.is_empty())
    }

    fn take<T: Transport>(&mut self, connection: &mut Connection<T>) -> Result<(), Refused> {
        let chunked = connection.head.framing() == Framing::Chunked;
        while !connection.body_is_done() && self.bytes.len() < LARGE {
            let piece = connection.piece()?;
            let data = &connection.input.filled()[piece.data.clone()];
            match chunked {
                false => self.bytes.extend_from_slice(data),
                true => chunk(&mut self.bytes, data),
            }
            connection.consume(piece.consumed);
            if piece.consumed == 0 {
                return Ok(());
            }
        }
        if connection.body_is_done() && !self.complete {
            self.complete = true;
            if chunked {
                write::last_chunk(&mut self.bytes, connection.trailers());
            }
        }
        Ok(())
    }
}

/// A chunk, unless it would be the last.
pub(super) fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        write::chunk(out, data);
    }
}

/// Writes `bytes` from `sent` on.
pub(super) fn poll_write_all(
    cx: &mut Context<'_>,
    to: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    sent: &mut usize,
) -> Poll<io::Result<()>> {
    while *sent < bytes.len() {
        match ready!(Pin::new(&mut *to).poll_write(cx, &bytes[*sent..]))? {
            0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => *sent += written,
        }
    }
    Poll::Ready(Ok(()))
}
