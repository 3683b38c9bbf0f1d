//! After an upgrade: bytes both ways, whatever they mean.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use policy::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

use super::link::Link;
use crate::serve::{Broken, Buffer, Connection, Memory, Transport};

/// One direction.
#[derive(Debug, Default)]
struct Pipe {
    /// Nothing more comes.
    ended: bool,
    /// That was passed on.
    closed: bool,
    moved: u64,
}

impl Pipe {
    /// Moves what there is. Ready when this direction has ended and the other end knows.
    fn poll<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut R,
        buffer: &mut Buffer,
        to: &mut W,
        memory: &Memory,
    ) -> Poll<io::Result<()>> {
        while !self.closed {
            while !buffer.is_empty() {
                let written = ready!(Pin::new(&mut *to).poll_write(cx, buffer.filled()))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                buffer.consume(written);
                self.moved += written as u64;
            }
            if self.ended {
                ready!(Pin::new(&mut *to).poll_shutdown(cx))?;
                self.closed = true;
                break;
            }
            match buffer.poll_fill(from, memory, cx) {
                Poll::Ready(read) => self.ended = read? == 0,
                Poll::Pending => {
                    ready!(Pin::new(&mut *to).poll_flush(cx))?;
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Passes on what either says until both have ended, one fails, or nothing was said for `idle`. An end in one direction
/// leaves the other open.
pub(super) async fn run<T: Transport>(
    connection: &mut Connection<T>,
    mut link: Link,
    mut heard: Buffer,
    idle: Duration,
) -> Result<(), Broken> {
    let (mut up, mut down) = (Pipe::default(), Pipe::default());
    let mut moved = None;
    let both = connection.poll_until(|connection, cx| {
        let context = &connection.context;
        let (stream, input) = (&mut connection.stream, &mut connection.input);
        let up_done = up.poll(cx, stream, input, &mut link, &context.memory)?;
        let down_done = down.poll(cx, &mut link, &mut heard, stream, &context.memory)?;
        if moved != Some((up.moved, down.moved)) {
            moved = Some((up.moved, down.moved));
            connection.watch.set(context.clock.now() + idle);
        }
        match up_done.is_ready() && down_done.is_ready() {
            true => Poll::Ready(io::Result::Ok(())),
            false => Poll::Pending,
        }
    });
    both.await??;
    Ok(())
}
