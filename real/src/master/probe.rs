//! Whether somebody else's program is ready.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use policy::supervise::Worker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{sleep, timeout};

use super::event::{Event, Events};

/// Between the first two questions; from then on twice as long each time.
const INTERVAL: Duration = Duration::from_millis(10);
/// Between two questions at most.
const LONGEST: Duration = Duration::from_millis(250);
/// For one answer.
const PATIENCE: Duration = Duration::from_millis(1_000);

/// Somebody is asked, until this is dropped.
#[derive(Debug)]
pub(super) struct Asking(AbortHandle);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Asks `address` until it accepts a connection or, with a `path`, answers a GET of it with 2xx or 3xx; then tells
/// `events`.
#[must_use]
pub(super) fn until_ready(
    address: SocketAddr,
    path: Option<String>,
    worker: Worker,
    events: Events,
) -> Asking {
    let asking = spawn_local(async move {
        let mut interval = INTERVAL;
        loop {
            let ready = timeout(PATIENCE, is_ready(address, path.as_deref())).await;
            if matches!(ready, Ok(Ok(true))) {
                // Only if the master is gone.
                let _ = events.send(Event::Answers(worker));
                return;
            }
            sleep(interval).await;
            interval = LONGEST.min(2 * interval);
        }
    });
    Asking(asking.abort_handle())
}

async fn is_ready(address: SocketAddr, path: Option<&str>) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let Some(path) = path else {
        return Ok(true);
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut beginning = [0; 12];
    stream.read_exact(&mut beginning).await?;
    Ok(says_ready(&beginning))
}

/// Of a status line's beginning: `HTTP/1.1 204`.
fn says_ready(line: &[u8; 12]) -> bool {
    let version = line.starts_with(b"HTTP/1.") && line[8] == b' ';
    version && matches!(line[9], b'2' | b'3')
}

#[cfg(test)]
mod tests {
    use super::says_ready;

    #[test]
    fn only_success_and_redirections_are_ready() {
        for ready in [b"HTTP/1.1 200", b"HTTP/1.0 301", b"HTTP/1.1 204"] {
            assert!(says_ready(ready));
        }
        for not in [
            b"HTTP/1.1 503",
            b"HTTP/1.1 404",
            b"SSH-2.0-Open",
            b"HTTP/1.1  20",
        ] {
            assert!(!says_ready(not));
        }
    }
}
