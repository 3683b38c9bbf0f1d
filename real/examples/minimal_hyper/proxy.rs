//! A proxy without any balancing: each client's connection has one to an upstream.

use std::net::SocketAddr;

use hyper::Request;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// Forwards a client's requests to `upstream` until either closes.
pub(crate) async fn forward(client: TcpStream, upstream: SocketAddr) {
    let Ok(sender) = connect(upstream).await else {
        return;
    };
    let sender = Mutex::new(sender);
    let service = service_fn(async |mut request: Request<Incoming>| {
        let via = HeaderValue::from_static("1.1 minimal");
        request
            .headers_mut()
            .insert(HeaderName::from_static("via"), via);
        sender.lock().await.send_request(request).await
    });
    let connection = hyper::server::conn::http1::Builder::new();
    // Whichever side goes away, the other is closed by going out of scope.
    let _ = connection
        .serve_connection(TokioIo::new(client), service)
        .await;
}

async fn connect(
    upstream: SocketAddr,
) -> Result<SendRequest<Incoming>, Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(upstream).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    Ok(sender)
}
