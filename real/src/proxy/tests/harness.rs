//! A balancer in this thread, backends made of closures, clients that say bytes.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use policy::shared::Board;
use policy::standing::Panic;
use policy::strategy::{Options, StrategyName};
use policy::time::Duration;
use policy::{Owner, Weight, backoff, supervise};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::task::spawn_local;

use crate::clock::Clock;
use crate::http::{self, BodyReader, Method, RequestHead, ResponseHead};
use crate::proxy::{Proxy, Shared};
use crate::serve::{Context, Peer, serve_connection};
use crate::settings::*;
use crate::stats::{Layout, Page};

pub(super) const LONG: Duration = Duration::from_millis(60_000);
pub(super) const SHORT: Duration = Duration::from_millis(120);

/// All that may be waited for here is long, and nothing is watched, retried or limited.
pub(super) fn settings(upstreams: &[SocketAddr]) -> Settings {
    Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        admin: None,
        backlog: 128,
        accept: Accept::Proxy,
        balancers: 1,
        shared_board: false,
        concurrency: 1,
        accept_delay: Duration::ZERO,
        balancing: Balancing {
            strategy: StrategyName::RoundRobin,
            options: Options::default(),
            key: Key::Client,
            sticky: None,
        },
        behind: Behind::Upstreams(upstreams.iter().map(upstream).collect()),
        pool: pool(),
        limits: limits(),
        admission: Admission {
            slots: 100,
            wait: backoff::Config::default(),
            rate: None,
            concurrency: None,
        },
        controls: controls(),
        tls: Tls::default(),
        proxy_protocol: false,
        trusted: Vec::new(),
        files: None,
        access_log: None,
        log: "warn".to_owned(),
        drain_delay: Duration::ZERO,
        drain: LONG,
        seed: 1,
        testing_routes: false,
    }
}

pub(super) fn upstream(address: &SocketAddr) -> Upstream {
    Upstream {
        authority: address.to_string(),
        tls: false,
        weight: Weight::ONE,
    }
}

fn pool() -> Pool {
    Pool {
        workers: 0,
        sizing: None,
        sizing_interval: LONG,
        supervisor: supervise::Config::default(),
        lifetime: None,
        max_rss: None,
        pin: false,
        ready_timeout: LONG,
    }
}

fn limits() -> Limits {
    Limits {
        head_bytes: 8192,
        headers: 50,
        body_bytes: 64 << 20,
        head_timeout: LONG,
        idle_timeout: LONG,
        stall_timeout: LONG,
        request_timeout: LONG,
        connections: 100,
        requests_per_connection: None,
    }
}

fn controls() -> Controls {
    Controls {
        connect_timeout: LONG,
        attempt_timeout: LONG,
        retries: None,
        budget: None,
        hedge: None,
        probes: None,
        probe_path: "/".to_owned(),
        passive: None,
        breaker: None,
        outlier: None,
        panic: Panic::NEVER,
        slow_start: None,
        connections: policy::lifo::Config::default(),
    }
}

/// The balancer under test.
pub(super) struct Front {
    pub(super) proxy: Rc<Proxy>,
    pub(super) address: SocketAddr,
}

impl Front {
    pub(super) async fn start(settings: &Settings) -> Front {
        Front::on(settings, None).await
    }

    /// One of several that count on a board.
    pub(super) async fn on(settings: &Settings, board: Option<(Board<'static>, Owner)>) -> Front {
        let page = Page::alone(Layout {
            processes: 1,
            balancers: 1,
            backends: 16,
        })
        .unwrap();
        let context = Context::new(settings.limits, page.process(0), None);
        let shared = Shared {
            page: Some((page, 0)),
            board,
        };
        let proxy = Rc::new(Proxy::new(settings, &context, shared).unwrap());
        let deadlines = Rc::clone(&context.deadlines);
        spawn_local(async move { deadlines.keep(Clock).await });
        spawn_local(Rc::clone(&proxy).keep_up());
        let serving = Rc::clone(&proxy);
        let address = listen(move |stream| {
            let (proxy, context) = (Rc::clone(&serving), Rc::clone(&context));
            async move {
                let peer = Peer {
                    address: stream.peer_addr().unwrap(),
                    tls: false,
                };
                serve_connection(stream, peer, &*proxy, &context).await;
            }
        })
        .await;
        Front { proxy, address }
    }

    pub(super) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// One request over a connection of its own.
    pub(super) async fn ask(&self, request: impl AsRef<[u8]>) -> String {
        let mut client = self.connect().await;
        client.say(request).await;
        client.answer().await
    }

    /// Whether nothing is counted as in flight any more.
    pub(super) async fn settles(&self) {
        for _ in 0..1_000 {
            if self.proxy.control.is_idle() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("something that was taken was not given back");
    }
}

/// Runs `test` where tasks are local.
pub(super) fn run(test: impl Future<Output = ()>) {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().build_local(LocalOptions::default());
    runtime.unwrap().block_on(async {
        let limit = std::time::Duration::from_secs(60);
        let ended = tokio::time::timeout(limit, test).await;
        ended.expect("the test hangs");
    });
}

/// Serves each connection by `serve`; where.
pub(super) async fn listen<F: Future<Output = ()> + 'static>(
    serve: impl Fn(TcpStream) -> F + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            spawn_local(serve(stream));
        }
    });
    address
}

/// A backend that answers each request by what `answer` makes of it, and closes after an answer that is cut off
/// (ends in `!`).
pub(super) async fn backend(answer: impl Fn(&str) -> String + 'static) -> Backend {
    let answer = Rc::new(answer);
    let (connections, requests) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let counts = (Rc::clone(&connections), Rc::clone(&requests));
    let address = listen(move |stream| {
        counts.0.set(counts.0.get() + 1);
        let (answer, requests) = (Rc::clone(&answer), Rc::clone(&counts.1));
        async move {
            let mut client = Client::over(stream);
            while let Some(request) = client.request().await {
                requests.set(requests.get() + 1);
                let said = answer(&request);
                let cut = said.ends_with('!');
                client.say(said.trim_end_matches('!')).await;
                if cut {
                    return;
                }
            }
        }
    })
    .await;
    Backend {
        address,
        connections,
        requests,
    }
}

/// One that answers `200` with a body.
pub(super) async fn saying(body: &'static str) -> Backend {
    backend(move |_| ok(body)).await
}

/// An answer with a body.
pub(super) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// See [`backend`].
pub(super) struct Backend {
    pub(super) address: SocketAddr,
    pub(super) connections: Rc<Cell<u32>>,
    pub(super) requests: Rc<Cell<u32>>,
}

/// One end of a connection that reads what it is told as HTTP.
pub(super) struct Client {
    pub(super) stream: TcpStream,
    bytes: Vec<u8>,
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Client {
        Client::over(TcpStream::connect(address).await.unwrap())
    }

    pub(super) fn over(stream: TcpStream) -> Client {
        stream.set_nodelay(true).unwrap();
        Client {
            stream,
            bytes: Vec::new(),
        }
    }

    pub(super) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        // Who has closed is found out by what it answers.
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// The next answer to GET, its body decoded; what there is of it if the connection ends.
    pub(super) async fn answer(&mut self) -> String {
        self.answer_to(Method::Get).await
    }

    pub(super) async fn answer_to(&mut self, method: Method) -> String {
        let mut head = ResponseHead::default();
        let limits = http::Limits::default();
        while !head.parse(&self.bytes, &limits, method).unwrap() {
            if !self.read().await {
                return String::from_utf8(std::mem::take(&mut self.bytes)).unwrap();
            }
        }
        self.whole(head.len(), head.framing()).await
    }

    /// The next request, its body decoded.
    pub(super) async fn request(&mut self) -> Option<String> {
        let mut head = RequestHead::default();
        let limits = http::Limits::default();
        while self.bytes.is_empty() || !head.parse(&self.bytes, &limits).unwrap() {
            if !self.read().await {
                return None;
            }
        }
        Some(self.whole(head.len(), head.framing()).await)
    }

    async fn whole(&mut self, head: usize, framing: http::Framing) -> String {
        let mut text: Vec<u8> = self.bytes.drain(..head).collect();
        let mut body = BodyReader::new(framing, u64::MAX);
        while !body.is_done() {
            let piece = body.read(&self.bytes).unwrap();
            text.extend_from_slice(&self.bytes[piece.data.clone()]);
            self.bytes.drain(..piece.consumed);
            if piece.consumed == 0 && !self.read().await {
                if !body.ends_at_close() {
                    text.extend_from_slice(b"<cut>");
                }
                break;
            }
        }
        for (name, value) in body.trailers() {
            text.extend_from_slice(&[b"<", name, b"=", value, b">"].concat());
        }
        String::from_utf8(text).unwrap()
    }

    /// Whether there was more.
    pub(super) async fn read(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.bytes).await, Ok(1..))
    }

    /// Until `text` was said.
    pub(super) async fn hear(&mut self, text: &str) {
        let heard = |bytes: &[u8]| {
            bytes
                .windows(text.len())
                .position(|some| some == text.as_bytes())
        };
        loop {
            if let Some(at) = heard(&self.bytes) {
                self.bytes.drain(..at + text.len());
                return;
            }
            assert!(
                self.read().await,
                "{text:?} was never said: {:?}",
                String::from_utf8_lossy(&self.bytes)
            );
        }
    }

    /// Whether the connection was closed, with nothing more said.
    pub(super) async fn is_closed(&mut self) -> bool {
        self.bytes.is_empty() && !self.read().await
    }
}

/// The status of an answer.
pub(super) fn status(answer: &str) -> u16 {
    let status = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    status
        .unwrap_or_else(|| panic!("no answer: {answer:?}"))
        .parse()
        .unwrap()
}

/// The body of an answer.
pub(super) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head").1
}

pub(super) const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
