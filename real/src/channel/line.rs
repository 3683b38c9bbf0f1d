//! Lines of JSON over a Unix socket.

use std::io;
use std::marker::PhantomData;
use std::os::unix::net::UnixStream as Socket;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

/// Sends messages, in order, without waiting: a task does.
#[derive(Debug)]
pub(crate) struct Sender<T> {
    lines: mpsc::UnboundedSender<String>,
    message: PhantomData<fn(T)>,
}

/// Receives messages.
#[derive(Debug)]
pub(crate) struct Receiver<T> {
    lines: BufReader<OwnedReadHalf>,
    line: String,
    message: PhantomData<fn() -> T>,
}

/// Both directions of `socket`, within a local runtime.
///
/// # Errors
/// If the socket cannot be watched.
pub(crate) fn open<Out, In>(socket: Socket) -> io::Result<(Sender<Out>, Receiver<In>)> {
    socket.set_nonblocking(true)?;
    let (input, output) = UnixStream::from_std(socket)?.into_split();
    let (lines, queue) = mpsc::unbounded_channel();
    spawn_local(write(output, queue));
    let sender = Sender {
        lines,
        message: PhantomData,
    };
    let receiver = Receiver {
        lines: BufReader::new(input),
        line: String::new(),
        message: PhantomData,
    };
    Ok((sender, receiver))
}

/// Until there are no senders any more, or nobody who reads.
async fn write(mut output: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = queue.recv().await {
        if output.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender {
            lines: self.lines.clone(),
            message: PhantomData,
        }
    }
}

impl<T: Serialize> Sender<T> {
    /// Sends `message`. To whoever is gone it is lost, which the receiver's end says.
    pub(crate) fn send(&self, message: &T) {
        let mut line = serde_json::to_string(message).expect("messages have only what JSON has");
        line.push('\n');
        // Only if the other side is gone.
        let _ = self.lines.send(line);
    }
}

impl<T: DeserializeOwned> Receiver<T> {
    /// The next message; `None` once the other side is gone.
    ///
    /// # Errors
    /// If what comes is no message.
    pub(crate) async fn next(&mut self) -> io::Result<Option<T>> {
        self.line.clear();
        match self.lines.read_line(&mut self.line).await {
            // Whoever was killed while it had something unread is gone, too.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            Err(error) => Err(error),
            Ok(_) if !self.line.ends_with('\n') => Ok(None),
            Ok(_) => Ok(Some(serde_json::from_str(&self.line)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "local")]
    async fn messages_come_whole_and_in_order_and_then_the_end() {
        let (one, other) = Socket::pair().unwrap();
        let (send, _) = open::<Vec<u32>, ()>(one).unwrap();
        let (_, mut receive) = open::<(), Vec<u32>>(other).unwrap();
        let long: Vec<u32> = (0..200_000).collect();
        send.send(&long);
        send.send(&vec![1]);
        assert_eq!(receive.next().await.unwrap(), Some(long));
        assert_eq!(receive.next().await.unwrap(), Some(vec![1]));
    }

    #[tokio::test(flavor = "local")]
    async fn half_a_line_is_the_end_and_nonsense_an_error() {
        use std::io::Write;
        let (mut one, other) = Socket::pair().unwrap();
        let (_send, mut receive) = open::<(), u32>(other).unwrap();
        one.write_all(b"7\nseven\n12").unwrap();
        drop(one);
        assert_eq!(receive.next().await.unwrap(), Some(7));
        assert!(receive.next().await.is_err());
        assert_eq!(receive.next().await.unwrap(), None);
    }
}
