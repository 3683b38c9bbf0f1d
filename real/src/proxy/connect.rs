//! Connecting to a backend.

use std::io;
use std::net::SocketAddr;

use policy::time::Duration;
use tokio::net::TcpStream;

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
    match tokio::time::timeout(time, establish(backend, tls)).await {
        Ok(link) => link.map_err(Failure::Unconnected),
        Err(_) => Err(Failure::ConnectTimeout),
    }
}

async fn establish(backend: &Backend, tls: Option<&Connector>) -> io::Result<Link> {
    let addresses = backend.addresses.get().await?;
    let stream = first_that_answers(&addresses).await?;
    stream.set_nodelay(true)?;
    if !backend.endpoint.tls {
        return Ok(Link::Plain(stream));
    }
    let tls = tls.ok_or_else(|| io::Error::other("nobody to believe: TLS is not set up"))?;
    let stream = tls.connect(backend.addresses.host(), stream).await?;
    Ok(Link::Tls(Box::new(stream)))
}

async fn first_that_answers(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the backend's name has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
