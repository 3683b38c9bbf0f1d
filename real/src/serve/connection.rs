//! One client's connection: what is read from it, what is written to it, and how far its request got.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll, ready};

use policy::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};

use super::buffer::Buffer;
use super::context::Context;
use super::deadlines::{Expired, Watch};
use crate::http::{self, BodyReader, Refused, RequestHead};
use crate::settings::Limits;

/// What a connection runs over.
pub trait Transport: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Transport for T {}

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The client's address: what a PROXY header says, if one is expected.
    pub address: SocketAddr,
    /// Whether it came over TLS.
    pub tls: bool,
}

/// Why a connection cannot go on.
#[derive(Debug)]
pub enum Broken {
    /// The client went away, or did not take its answer.
    Closed,
    /// It was too slow.
    Expired,
    /// What it sent is refused.
    Refused(Refused),
}

impl From<Expired> for Broken {
    fn from(_: Expired) -> Self {
        Broken::Expired
    }
}

impl From<Refused> for Broken {
    fn from(refused: Refused) -> Self {
        Broken::Refused(refused)
    }
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Broken::Closed
    }
}

/// What was answered to the request at hand.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Its status; 0 as long as there is none.
    pub status: u16,
    /// Bytes sent, heads included.
    pub sent: u64,
    /// How long it was worked on; waiting for a turn is not counted.
    pub service: Duration,
    /// Who answered behind a balancer.
    pub backend: Option<Rc<str>>,
    /// How many were asked.
    pub attempts: u32,
}

/// One client's connection: what is read from it, what is written to it, and how far its request got.
pub struct Connection<T> {
    /// What it runs over.
    pub stream: T,
    /// Read and not used.
    pub input: Buffer,
    /// Written and not sent.
    pub output: Vec<u8>,
    /// Of the request at hand. Its spans lie at the front of `input` until the body is asked for.
    pub head: RequestHead,
    /// Who is at the other end.
    pub peer: Peer,
    /// What became of the request at hand.
    pub answer: Answer,
    /// When the request at hand was there.
    pub arrived: Instant,
    /// What all connections share.
    pub context: Rc<Context>,
    /// What this client may do.
    pub limits: Limits,
    /// How long may be waited.
    pub watch: Watch,
    /// Of the request at hand.
    pub(super) body: BodyReader,
    pub(super) head_taken: bool,
    pub(super) received: u64,
    /// How much of what is sent from the request's beginning on belongs to answers before it, or is interim.
    pub(super) before: u64,
    pub(super) requests: u64,
    /// Whether there will be no other request.
    pub(super) closing: bool,
}

impl<T: Transport> Connection<T> {
    /// `stream`, from which nothing was read.
    pub fn new(stream: T, peer: Peer, context: &Rc<Context>) -> Self {
        Connection {
            stream,
            input: Buffer::default(),
            output: Vec::new(),
            head: RequestHead::default(),
            peer,
            answer: Answer::default(),
            arrived: Instant::ZERO,
            context: Rc::clone(context),
            limits: context.limits.get(),
            watch: context.deadlines.watch(),
            body: BodyReader::new(http::Framing::None, 0),
            head_taken: false,
            received: 0,
            before: 0,
            requests: 0,
            closing: false,
        }
    }

    /// Whether the connection may serve another request after this one.
    #[inline]
    pub fn persists(&self) -> bool {
        let limit = self.limits.requests_per_connection;
        !self.closing
            && self.head.persistent()
            && !self.context.is_draining()
            && limit.is_none_or(|limit| self.requests < limit)
    }

    /// What a codec is told of the limits.
    #[inline]
    pub fn message_limits(&self) -> http::Limits {
        http::Limits {
            head_bytes: self.limits.head_bytes,
            headers: self.limits.headers,
            body_bytes: self.limits.body_bytes,
        }
    }

    /// Reads once; the number of bytes, 0 at the end. No longer than the connection's deadline.
    pub async fn fill(&mut self) -> Result<usize, Broken> {
        let (input, stream, memory) = (&mut self.input, &mut self.stream, &self.context.memory);
        let read = poll_fn(|cx| input.poll_fill(stream, memory, cx));
        Ok(self.watch.during(read).await??)
    }

    /// Sends all of `output`. Each time the client takes something it gets `stall_timeout` for more, until the request's
    /// own deadline.
    pub async fn flush(&mut self) -> Result<(), Broken> {
        if self.output.is_empty() {
            return Ok(());
        }
        let deadline = self.watch.at();
        let (stream, output) = (&mut self.stream, &self.output[..]);
        let (watch, clock) = (&self.watch, self.context.clock);
        let stall = self.limits.stall_timeout;
        let (mut sent, mut stalled_at) = (0, None);
        let write = poll_fn(|cx| {
            while sent < output.len() {
                match Pin::new(&mut *stream).poll_write(cx, &output[sent..])? {
                    Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(n) => sent += n,
                    Poll::Pending => {
                        if stalled_at.replace(sent) != Some(sent) {
                            watch.set(deadline.min(clock.now() + stall));
                        }
                        return Poll::Pending;
                    }
                }
            }
            Pin::new(&mut *stream).poll_flush(cx)
        });
        let result = self.watch.during(write).await;
        if stalled_at.is_some() {
            self.watch.set(deadline);
        }
        self.answer.sent += sent as u64;
        self.output.clear();
        Ok(result??)
    }

    /// The next piece of the request's body, at the front of `input`: its place there, and how much of `input` it takes.
    /// `None` at the end. The head is gone from then on. Reads if it must, each time for `stall_timeout` at most.
    pub async fn body(&mut self) -> Result<Option<http::Piece>, Broken> {
        self.invite();
        loop {
            if self.body.is_done() {
                return Ok(None);
            }
            let piece = self.body.read(self.input.filled())?;
            if !piece.data.is_empty() {
                return Ok(Some(piece));
            }
            self.consume(piece.consumed);
            if !self.body.is_done() && piece.consumed == 0 {
                self.more_body().await?;
            }
        }
    }

    /// Reads once; the number of bytes, 0 at the end. For who drives both ends of an exchange at once.
    pub fn poll_fill(&mut self, cx: &mut task::Context<'_>) -> Poll<io::Result<usize>> {
        self.input
            .poll_fill(&mut self.stream, &self.context.memory, cx)
    }

    /// `poll`'s result, unless the connection's deadline comes first: for who drives both ends of an exchange at once.
    /// `poll` may set another deadline.
    pub async fn poll_until<R>(
        &mut self,
        mut poll: impl FnMut(&mut Self, &mut task::Context<'_>) -> Poll<R>,
    ) -> Result<R, Expired> {
        poll_fn(|cx| match poll(self, cx) {
            Poll::Ready(done) => Poll::Ready(Ok(done)),
            Poll::Pending => self.watch.poll_expired(cx).map(Err),
        })
        .await
    }

    /// The head was used, and `100 Continue` is another's to say: what is left at the front of `input` is the body.
    pub fn skip_head(&mut self) {
        if !self.head_taken {
            self.head_taken = true;
            self.consume(self.head.len());
        }
    }

    /// The next piece of the request's body, of what was read already; to be [consumed](Connection::consume).
    pub fn piece(&mut self) -> Result<http::Piece, Refused> {
        self.body.read(self.input.filled())
    }

    /// The fields behind the body, once it is done.
    pub fn trailers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.body.trailers()
    }

    /// The piece that [`Connection::body`] gave was used.
    pub fn consume(&mut self, bytes: usize) {
        self.received += bytes as u64;
        self.input.consume(bytes);
    }

    /// Whether the whole request was read.
    pub fn body_is_done(&self) -> bool {
        self.body.is_done()
    }

    /// Nothing more is read of the head; a client that waits to be asked for its body is asked. Comes before the answer, or
    /// not at all.
    pub fn invite(&mut self) {
        let waits = self.head.expects_continue() && !self.head_taken && !self.body.is_done();
        self.take_head();
        if waits && self.input.is_empty() {
            let written = self.output.len();
            http::write::continue_response(&mut self.output);
            self.before += (self.output.len() - written) as u64;
        }
    }

    /// Takes back what was written of the request's answer, if none of it was sent; else it is too late.
    pub(super) fn take_back(&mut self) -> bool {
        let Some(unsent) = self.before.checked_sub(self.answer.sent) else {
            return false;
        };
        self.output.truncate(unsent as usize);
        self.answer.status = 0;
        true
    }

    /// Nothing more is read of the head.
    pub(super) fn take_head(&mut self) {
        if !self.head_taken {
            self.head_taken = true;
            self.consume(self.head.len());
        }
    }

    async fn more_body(&mut self) -> Result<(), Broken> {
        self.flush().await?;
        let deadline = self.watch.at();
        let stalled = self.context.clock.now() + self.limits.stall_timeout;
        self.watch.set(deadline.min(stalled));
        let read = self.fill().await;
        self.watch.set(deadline);
        match read? {
            0 => Err(Broken::Closed),
            _ => Ok(()),
        }
    }

    /// Reads what is left of the request's body, if that is little; `false` if it is not worth it.
    pub(super) async fn discard_body(&mut self) -> Result<bool, Broken> {
        const WORTH_READING: u64 = 64 * 1024;
        let until = self.received + WORTH_READING;
        // A client that waits to be asked for its body would wait for ever.
        if !self.head_taken && self.head.expects_continue() && !self.body.is_done() {
            return Ok(false);
        }
        while let Some(piece) = self.body().await? {
            self.consume(piece.consumed);
            if self.received > until {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Says goodbye: what was written arrives even if the client is still sending (RFC 9112 section 9.6).
    pub(super) async fn close(mut self, linger: bool) {
        const LINGER: Duration = Duration::from_millis(1_000);
        // With nothing unread, closing says all there is to say, but over TLS.
        if !linger && !self.peer.tls {
            return;
        }
        let until = self.context.clock.now() + LINGER;
        self.watch.set(until);
        let stream = &mut self.stream;
        let shut = poll_fn(|cx| Pin::new(&mut *stream).poll_shutdown(cx));
        let shut = self.watch.during(shut).await;
        if !linger || !matches!(shut, Ok(Ok(()))) {
            return;
        }
        let mut seen = 0;
        while let Ok(read @ 1..) = self.fill().await {
            seen += read;
            let unread = self.input.filled().len();
            self.input.consume(unread);
            if seen > 1 << 20 {
                return;
            }
        }
    }
}

/// Polls `work` to its end without letting a panic out.
pub(super) async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = std::pin::pin!(work);
    poll_fn(|cx| {
        let polled =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work.as_mut().poll(cx)));
        match polled {
            Ok(polled) => Poll::Ready(Ok(ready!(polled))),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

/// The work ended in a panic. Its message was printed where it happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panicked;
