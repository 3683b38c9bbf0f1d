//! Connecting to a backend.

use std::io;
use std::net::SocketAddr;

use policy::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::backend::Backend;
use super::failure::Failure;
use super::link::Link;
use super::tls::Connector;

/// Connects to `backend`, at the first of its addresses that answers, and shakes hands if it speaks TLS; within `time`
/// all together.
pub(super) async fn connect(
    backend: &Backend,
    tls: Option<&Connector>,
    time: Duration,
) -> Result<Link, Failure> {
    let time = std::time::Duration::from_nanos(time.0);
    match timeout(time, establish(backend, tls, time)).await {
        Ok(Err(Failure::Unconnected(error))) if error.kind() == io::ErrorKind::TimedOut => {
            Err(Failure::ConnectTimeout)
        }
        Ok(link) => link,
        Err(_) => Err(Failure::ConnectTimeout),
    }
}

async fn establish(
    backend: &Backend,
    tls: Option<&Connector>,
    time: std::time::Duration,
) -> Result<Link, Failure> {
    let stream = reach(backend, time).await.map_err(Failure::Unconnected)?;
    if !backend.endpoint.tls {
        return Ok(Link::Plain(stream));
    }
    let nobody = || io::Error::other("nobody to believe: TLS is not set up");
    let tls = tls.ok_or_else(nobody).map_err(Failure::Handshake)?;
    let stream = tls.connect(backend.addresses.host(), stream).await;
    Ok(Link::Tls(Box::new(stream.map_err(Failure::Handshake)?)))
}

async fn reach(backend: &Backend, time: std::time::Duration) -> io::Result<TcpStream> {
    let addresses = backend.addresses.get().await?;
    let stream = first_that_answers(&addresses, time).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Each address has its share of the time: one that swallows everything must not keep the next from being tried.
async fn first_that_answers(
    addresses: &[SocketAddr],
    time: std::time::Duration,
) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the backend's name has no address");
    let share = time / (addresses.len() as u32).max(1);
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_address_is_tried_when_one_refuses() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let good = listener.local_addr().unwrap();
        let refusing = {
            let gone = tokio::net::TcpListener::bind(("127.0.0.1", 0))
                .await
                .unwrap();
            gone.local_addr().unwrap()
        };
        let time = std::time::Duration::from_secs(60);
        let stream = first_that_answers(&[refusing, good], time).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
        assert!(first_that_answers(&[refusing], time).await.is_err());
        assert!(first_that_answers(&[], time).await.is_err());
    }
}
