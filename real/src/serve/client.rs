//! A client's connection, which the runtime watches only once there is something to wait for.
//!
//! Most requests are there by the time their connection is taken in, and their answers fit the socket's buffer. A
//! connection for one request then never is in the runtime's epoll: two system calls of seven less. Only the first read is
//! tried so: from the second on the runtime says when, and whose turn it is.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream as Unwatched};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A client's end of a connection, watched by the runtime once somebody has to wait for it.
#[derive(Debug)]
pub struct Client(State);

#[derive(Debug)]
enum State {
    /// Nothing was read yet.
    Fresh(Unwatched),
    /// The first read was tried.
    Tried(Unwatched),
    Watched(TcpStream),
    /// It could not be watched.
    Lost,
}

impl Client {
    /// `socket` must not block.
    pub fn new(socket: OwnedFd) -> Client {
        Client(State::Fresh(Unwatched::from(socket)))
    }

    /// As the runtime knows it.
    ///
    /// # Errors
    /// If it cannot be watched.
    pub fn into_watched(mut self) -> io::Result<TcpStream> {
        self.watched()?;
        match self.0 {
            State::Watched(stream) => Ok(stream),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn watched(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        if !matches!(self.0, State::Watched(_)) {
            self.watch()?;
        }
        match &mut self.0 {
            State::Watched(stream) => Ok(Pin::new(stream)),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    #[cold]
    fn watch(&mut self) -> io::Result<()> {
        self.0 = match std::mem::replace(&mut self.0, State::Lost) {
            State::Fresh(stream) | State::Tried(stream) => {
                State::Watched(TcpStream::from_std(stream)?)
            }
            other => other,
        };
        Ok(())
    }

    /// What the first read finds; `None` if it would have to wait, or is not the first.
    fn read_first(&mut self, into: &mut ReadBuf<'_>) -> Option<io::Result<()>> {
        let mut stream = match std::mem::replace(&mut self.0, State::Lost) {
            State::Fresh(stream) => stream,
            other => {
                self.0 = other;
                return None;
            }
        };
        let read = stream.read(into.initialize_unfilled());
        self.0 = State::Tried(stream);
        if let Ok(read) = read {
            into.advance(read);
        }
        unless_waiting(read.map(drop))
    }
}

/// `None` if `done` would have had to wait, or was interrupted: then it is done again once the socket is watched.
fn unless_waiting<T>(done: io::Result<T>) -> Option<io::Result<T>> {
    match done {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            None
        }
        done => Some(done),
    }
}

impl AsyncRead for Client {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.read_first(into) {
            Some(read) => Poll::Ready(read),
            None => self.watched()?.poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Client {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match &mut self.0 {
            State::Fresh(stream) | State::Tried(stream) => unless_waiting(stream.write(bytes)),
            _ => None,
        };
        match written {
            Some(written) => Poll::Ready(written),
            None => self.watched()?.poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A socket keeps nothing back.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.0 {
            State::Fresh(stream) | State::Tried(stream) => {
                Poll::Ready(stream.shutdown(Shutdown::Write))
            }
            _ => self.watched()?.poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Both ends of a connection.
    fn pair() -> (Client, Unwatched) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let far = Unwatched::connect(listener.local_addr().unwrap()).unwrap();
        let (near, _) = listener.accept().unwrap();
        near.set_nonblocking(true).unwrap();
        (Client::new(near.into()), far)
    }

    fn is_watched(client: &Client) -> bool {
        matches!(client.0, State::Watched(_))
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_request_that_is_there_is_answered_unwatched() {
        let (mut near, mut far) = pair();
        far.write_all(b"ask").unwrap();
        let mut heard = [0; 16];
        assert_eq!(near.read(&mut heard).await.unwrap(), 3);
        near.write_all(b"answer").await.unwrap();
        assert!(!is_watched(&near));
        near.shutdown().await.unwrap();
        let mut answer = Vec::new();
        far.read_to_end(&mut answer).unwrap();
        assert_eq!(answer, b"answer");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_comes_late_and_what_comes_next_is_waited_for() {
        let (mut near, mut far) = pair();
        let mut heard = [0; 3];
        let (read, ()) = tokio::join!(near.read_exact(&mut heard), async {
            tokio::task::yield_now().await;
            far.write_all(b"one").unwrap();
        });
        read.unwrap();
        assert!(is_watched(&near));
        far.write_all(b"two").unwrap();
        near.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"two");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn more_than_fits_is_written_all_the_same() {
        let (mut near, mut far) = pair();
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            far.read_to_end(&mut all).unwrap();
            all.len()
        });
        near.write_all(&vec![1; 20 << 20]).await.unwrap();
        assert!(is_watched(&near));
        drop(near);
        assert_eq!(reader.join().unwrap(), 20 << 20);
    }
}
