//! An answer on its way to the client.
//!
//! What the backend sends is passed on as it comes: head and body together if they come together, nothing held back, and
//! no more read than the client takes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use policy::time::Instant;

use super::attempt::Attempt;
use super::failure::Failure;
use super::outbound::{Outbound, chunk};
use crate::http::{BodyReader, Framing, Method, Version, write};
use crate::serve::{Broken, Connection, LARGE, Transport};

/// How an answer's body gets to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delivery {
    /// In chunks.
    pub(super) chunked: bool,
    /// `Content-Length` says something true.
    pub(super) length: bool,
    /// It ends with the connection, because the client knows no chunks.
    pub(super) until_close: bool,
}

impl Delivery {
    /// For a body that comes with `framing`.
    pub(super) fn of(framing: Framing, status: u16, method: Method, version: Version) -> Delivery {
        let unknown = matches!(framing, Framing::Chunked | Framing::Close);
        let told = framing == Framing::None && (status == 304 || method == Method::Head);
        Delivery {
            chunked: unknown && version == Version::Http11,
            length: told || matches!(framing, Framing::Length(_)),
            until_close: unknown && version == Version::Http10,
        }
    }
}

/// The body, part of which may have been sent.
pub(super) struct Inbound {
    body: BodyReader,
    chunked: bool,
    /// Of the connection's output.
    sent: usize,
    ended: bool,
    /// It did not all come at once.
    pub(super) waited: bool,
}

impl Inbound {
    pub(super) fn new(framing: Framing, chunked: bool) -> Self {
        Inbound {
            // An answer may be as long as it likes: nothing of it is kept.
            body: BodyReader::new(framing, u64::MAX),
            chunked,
            sent: 0,
            ended: false,
            waited: false,
        }
    }

    /// Passes everything on, and what is left of the request meanwhile. At the end the last of it is in the connection's
    /// output, not yet sent.
    pub(super) async fn pass_on<T: Transport>(
        &mut self,
        connection: &mut Connection<T>,
        attempt: &mut Attempt<'_>,
        outbound: &mut Outbound,
        until: Instant,
    ) -> Result<(), Failure> {
        // As nearly always: it came at once.
        if self.take(connection, attempt)? {
            return Ok(());
        }
        self.waited = true;
        let clock = connection.context.clock;
        let stall = connection.limits.stall_timeout;
        let mut moved = None;
        let passed = connection.poll_until(|connection, cx| {
            attempt.send(cx, connection, outbound)?;
            let polled = self.poll_pass(cx, connection, attempt);
            let now_moved = connection.answer.sent + outbound.moved();
            if polled.is_pending() && moved != Some(now_moved) {
                moved = Some(now_moved);
                connection.watch.set(until.min(clock.now() + stall));
            }
            polled
        });
        let passed = passed.await;
        connection.output.drain(..self.sent);
        self.sent = 0;
        match passed {
            Ok(passed) => passed,
            // The backend is blamed only if the client took all there was.
            Err(_) if connection.output.is_empty() => Err(Failure::Timeout),
            Err(_) => Err(Broken::Expired.into()),
        }
    }

    fn poll_pass<T: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<T>,
        attempt: &mut Attempt<'_>,
    ) -> Poll<Result<(), Failure>> {
        loop {
            if self.take(connection, attempt)? {
                return Poll::Ready(Ok(()));
            }
            let waiting = connection.output.len() - self.sent;
            if waiting < LARGE && self.poll_read(cx, connection, attempt)?.is_ready() {
                continue;
            }
            if waiting == 0 {
                // TLS may hold back what it took, and nobody comes by here until the backend says more.
                ready!(Pin::new(&mut connection.stream).poll_flush(cx)).map_err(Broken::from)?;
                return Poll::Pending;
            }
            ready!(self.poll_write(cx, connection)).map_err(Broken::from)?;
        }
    }

    /// Reads once; ready also when the body has ended with that.
    fn poll_read<T: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &Connection<T>,
        attempt: &mut Attempt<'_>,
    ) -> Result<Poll<()>, Failure> {
        let memory = &connection.context.memory;
        match attempt.input.poll_fill(&mut attempt.link, memory, cx) {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(Ok(1..)) => Ok(Poll::Ready(())),
            Poll::Ready(Ok(0)) if self.body.ends_at_close() => {
                self.ended = true;
                Ok(Poll::Ready(()))
            }
            Poll::Ready(_) => Err(Failure::Reset { heard: true }),
        }
    }

    fn poll_write<T: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<T>,
    ) -> Poll<io::Result<()>> {
        let bytes = &connection.output[self.sent..];
        let written = ready!(Pin::new(&mut connection.stream).poll_write(cx, bytes))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.sent += written;
        connection.answer.sent += written as u64;
        if self.sent == connection.output.len() {
            connection.output.clear();
            self.sent = 0;
            ready!(Pin::new(&mut connection.stream).poll_flush(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Takes what the backend said. Whether that was the end.
    fn take<T: Transport>(
        &mut self,
        connection: &mut Connection<T>,
        attempt: &mut Attempt<'_>,
    ) -> Result<bool, Failure> {
        let input = &mut attempt.input;
        while !self.body.is_done()
            && !input.is_empty()
            && connection.output.len() < self.sent + LARGE
        {
            let piece = self.body.read(input.filled())?;
            let data = &input.filled()[piece.data.clone()];
            match self.chunked {
                false => connection.output.extend_from_slice(data),
                true => chunk(&mut connection.output, data),
            }
            input.consume(piece.consumed);
            if piece.consumed == 0 {
                break;
            }
        }
        let done = self.body.is_done() || self.ended;
        if done && self.chunked {
            write::last_chunk(&mut connection.output, self.body.trailers());
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_delivered_as_the_client_understands_it() {
        let of = |framing, status, method, version| {
            let it = Delivery::of(framing, status, method, version);
            (it.chunked, it.length, it.until_close)
        };
        use Framing::{Chunked, Close, Length, None};
        use Version::{Http10, Http11};
        assert_eq!(
            of(Length(3), 200, Method::Get, Http11),
            (false, true, false)
        );
        assert_eq!(
            of(Length(3), 200, Method::Get, Http10),
            (false, true, false)
        );
        for framing in [Chunked, Close] {
            assert_eq!(of(framing, 200, Method::Get, Http11), (true, false, false));
            assert_eq!(of(framing, 200, Method::Get, Http10), (false, false, true));
        }
        assert_eq!(of(None, 200, Method::Head, Http11), (false, true, false));
        assert_eq!(of(None, 304, Method::Get, Http11), (false, true, false));
        assert_eq!(of(None, 204, Method::Get, Http11), (false, false, false));
    }
}
