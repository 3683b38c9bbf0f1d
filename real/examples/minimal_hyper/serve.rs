//! Processes, connections, and the origin.

use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::proxy;

/// In place of an address: the listening socket is the standard input.
const INHERITED: &str = "inherited";

/// Serves until it is killed.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, workers, upstreams @ ..] = arguments.as_slice() else {
        return Err("usage: minimal_hyper ADDRESS WORKERS [UPSTREAM...]".into());
    };
    let upstreams = upstreams
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<SocketAddr>, _>>()?;
    if address == INHERITED {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let listener = TcpListener::from(std::io::stdin().as_fd().try_clone_to_owned()?);
        return serve(listener, upstreams);
    }
    let listener = listen(address.parse()?)?;
    let _siblings = spawn_siblings(&listener, workers.parse()?, &arguments[2..])?;
    serve(listener, upstreams)
}

/// A backlog that does not decide what is measured.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(address),
        socket2::Type::STREAM,
        None,
    )?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// The workers beside this one.
fn spawn_siblings(
    listener: &TcpListener,
    workers: u32,
    upstreams: &[String],
) -> std::io::Result<Vec<Child>> {
    let program = std::env::current_exe()?;
    let sibling = |_| {
        let socket = Stdio::from(listener.as_fd().try_clone_to_owned()?);
        Command::new(&program)
            .args([INHERITED, "1"])
            .args(upstreams)
            .stdin(socket)
            .spawn()
    };
    (1..workers).map(sibling).collect()
}

/// One runtime without threads, one task a connection.
fn serve(listener: TcpListener, upstreams: Vec<SocketAddr>) -> Result<(), Box<dyn Error>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(LocalSet::new().run_until(accept(listener, upstreams)))
}

async fn accept(listener: TcpListener, upstreams: Vec<SocketAddr>) -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let turn = Cell::new(0);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        match upstreams.as_slice() {
            [] => tokio::task::spawn_local(answer(stream)),
            many => tokio::task::spawn_local(proxy::forward(
                stream,
                many[turn.replace(turn.get() + 1) % many.len()],
            )),
        };
    }
}

async fn answer(stream: TcpStream) {
    let connection = hyper::server::conn::http1::Builder::new();
    // A client that goes away is none of our business.
    let _ = connection
        .serve_connection(TokioIo::new(stream), service_fn(hello))
        .await;
}

/// The same body and fields as the others'.
async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    fields.insert(
        HeaderName::from_static("x-worker"),
        HeaderValue::from_static("0"),
    );
    Ok(response)
}
