//! A connection that was just accepted: who it is, by a PROXY header if one is expected, and over TLS if that is spoken.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use policy::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::client::Client;
use super::connection::Peer;
use super::context::Context;
use super::run::{Service, serve_connection};
use crate::http::proxy_protocol;
use crate::stats::Refusal;

/// How connections begin.
#[derive(Clone, Default)]
pub struct Front {
    /// Speaks TLS.
    pub tls: Option<TlsAcceptor>,
    /// Whether a PROXY header comes first.
    pub proxy_protocol: bool,
}

/// Serves `stream`, which came from `address`, from its first byte to its last. That it does not wait for more to send
/// (TCP_NODELAY) it has from the socket it was accepted at.
pub async fn arrive<S: Service>(
    stream: Client,
    address: SocketAddr,
    front: &Front,
    service: &S,
    context: &Rc<Context>,
) {
    if front.tls.is_none() && !front.proxy_protocol {
        let peer = Peer {
            address,
            tls: false,
        };
        return serve_connection(stream, peer, service, context).await;
    }
    let Ok(stream) = stream.into_watched() else {
        return context.row.closed();
    };
    // Apart, for it is large, and most connections have nothing of the kind.
    if let Err(why) = Box::pin(dress(stream, address, front, service, context)).await {
        context.row.refused(why);
        context.row.closed();
    }
}

async fn dress<S: Service>(
    mut stream: TcpStream,
    address: SocketAddr,
    front: &Front,
    service: &S,
    context: &Rc<Context>,
) -> Result<(), Refusal> {
    let watch = context.deadlines.watch();
    watch.set(context.clock.now() + context.limits.get().head_timeout);
    let address = match front.proxy_protocol {
        true => match watch.during(announced(&mut stream)).await {
            Ok(Ok(source)) => source.unwrap_or(address),
            _ => return Err(Refusal::ProxyHeader),
        },
        false => address,
    };
    let Some(tls) = &front.tls else {
        drop(watch);
        let peer = Peer {
            address,
            tls: false,
        };
        serve_connection(stream, peer, service, context).await;
        return Ok(());
    };
    let Ok(Ok(stream)) = watch.during(tls.accept(stream)).await else {
        return Err(Refusal::Handshake);
    };
    drop(watch);
    let peer = Peer { address, tls: true };
    serve_connection(stream, peer, service, context).await;
    Ok(())
}

/// Who a PROXY header says the client is; `None` if it says nothing. Takes from `stream` the header and no byte more.
async fn announced(stream: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    use tokio::io::AsyncReadExt;
    /// Longer than any header this reads.
    const ROOM: usize = 4096;
    let mut bytes = [0; ROOM];
    let mut known = 0;
    loop {
        let there = stream.peek(&mut bytes).await?;
        if let Some(header) = proxy_protocol::parse(&bytes[..there])
            .map_err(|refused| io::Error::other(refused.to_string()))?
        {
            stream.read_exact(&mut bytes[..header.len]).await?;
            return Ok(header.addresses.map(|addresses| addresses.source));
        }
        if there == 0 || there == ROOM {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if there == known {
            // What is there was looked at, and a socket with something unread is always ready.
            super::sleep::sleep(Duration::from_millis(1)).await;
        }
        known = there;
    }
}
