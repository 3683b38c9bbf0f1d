//! What was asked for, resolved: every option has its value, every value was checked.

use std::net::SocketAddr;
use std::path::PathBuf;

use policy::admission::{Limiter, Rate};
use policy::recycle::Lifetime;
use policy::retry::{self, Hedge, Retries};
use policy::sizing::Controller;
use policy::standing::Panic;
use policy::strategy::{Options, StrategyName};
use policy::time::Duration;
use policy::{Owner, Weight, backoff, breaker, health, lifo, outlier, slow_start, supervise};

/// All of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where requests come in.
    pub listen: SocketAddr,
    /// Where the server is looked after; `None` for nowhere.
    pub admin: Option<SocketAddr>,
    /// How many connections may wait to be accepted.
    pub backlog: u32,
    /// How connections reach a worker.
    pub accept: Accept,
    /// Balancer processes.
    pub balancers: u32,
    /// Whether balancers count on one board; else each knows what it sent itself.
    pub shared_board: bool,
    /// How many requests a worker serves at once.
    pub concurrency: u32,
    /// By how much a busy worker puts off accepting, at most (puma); zero for not at all.
    pub accept_delay: Duration,
    /// How a backend is chosen, and by what a request is known.
    pub balancing: Balancing,
    /// What stands behind the balancers.
    pub behind: Behind,
    /// The processes.
    pub pool: Pool,
    /// What a client may do.
    pub limits: Limits,
    /// Who is let in.
    pub admission: Admission,
    /// What balancers do about requests and backends.
    pub controls: Controls,
    /// Certificates.
    pub tls: Tls,
    /// Whether each connection begins with a PROXY header.
    pub proxy_protocol: bool,
    /// Which addresses' `X-Forwarded-*` and `Forwarded` are kept.
    pub trusted: Vec<Network>,
    /// Files the built-in application serves.
    pub files: Option<Files>,
    /// Where requests are written down.
    pub access_log: Option<AccessLog>,
    /// What is said on stderr: a filter of `tracing-subscriber`.
    pub log: String,
    /// How long the server says that it is not ready before nobody may connect any more.
    pub drain_delay: Duration,
    /// How long requests in flight may take once the server is told to end.
    pub drain: Duration,
    /// Where all randomness comes from.
    pub seed: u64,
    /// Whether the built-in application has routes that only tests need: `/panic`.
    pub testing_routes: bool,
}

/// How connections reach a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accept {
    /// One process does everything.
    Single,
    /// Workers accept from one inherited socket.
    Shared,
    /// Each worker has its own socket; the kernel hashes.
    Reuseport(Steering),
    /// The master accepts, chooses and passes the connection on.
    Handoff,
    /// Balancers choose for each request.
    Proxy,
}

/// How the kernel chooses among the sockets of one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Steering {
    /// By a hash of the connection's addresses.
    Hash,
    /// By the CPU that received the connection (a classic BPF program).
    Cpu,
}

/// How a backend is chosen.
#[derive(Clone, Debug)]
pub struct Balancing {
    /// The strategy.
    pub strategy: StrategyName,
    /// Its parameters.
    pub options: Options,
    /// By what keyed strategies know a request.
    pub key: Key,
    /// Whether a client is kept at its backend, and how.
    pub sticky: Option<Sticky>,
}

/// By what a request is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Where it comes from.
    Client,
    /// What this header says.
    Header(String),
    /// What this cookie says.
    Cookie(String),
    /// What it asks for.
    Path,
}

/// A cookie that names the backend.
#[derive(Clone, Debug)]
pub struct Sticky {
    /// Of the cookie.
    pub name: String,
    /// Signs it; without one it is opaque: a number that says nothing and is checked against the list.
    pub secret: Option<Vec<u8>>,
    /// `Max-Age`; a session cookie without.
    pub max_age: Option<Duration>,
    /// `SameSite`.
    pub same_site: SameSite,
    /// Whether it is only sent over TLS.
    pub secure: bool,
}

/// A cookie's `SameSite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "RFC 6265bis names them")]
pub enum SameSite {
    Strict,
    Lax,
    None,
}

/// What stands behind the balancers.
#[derive(Clone, Debug)]
pub enum Behind {
    /// The built-in application, in `--workers` processes.
    Application,
    /// Another program, in `--workers` processes, each with a port.
    Exec(Exec),
    /// Servers that already run.
    Upstreams(Vec<Upstream>),
}

/// A program to run.
#[derive(Clone, Debug)]
pub struct Exec {
    /// Program and arguments; `{port}` stands for the port.
    pub command: Vec<String>,
    /// What it must answer with 2xx or 3xx before it gets traffic; a bare connect without.
    pub ready_path: Option<String>,
}

/// A server that already runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Upstream {
    /// Host and port as written: what it is known by, and what `Host` says.
    pub authority: String,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Its share.
    pub weight: Weight,
}

/// The processes.
#[derive(Clone, Debug)]
pub struct Pool {
    /// How many workers at first; 0 where others serve.
    pub workers: u32,
    /// At least and at most, and what decides; `None`: TTIN and TTOU only.
    pub sizing: Option<Controller>,
    /// How often it does.
    pub sizing_interval: Duration,
    /// When they are started again.
    pub supervisor: supervise::Config,
    /// After how many requests a worker is replaced.
    pub lifetime: Option<Lifetime>,
    /// Above how many bytes of resident memory a worker is replaced.
    pub max_rss: Option<u64>,
    /// Whether workers are bound to CPUs, round robin.
    pub pin: bool,
    /// How long a worker may take to be ready.
    pub ready_timeout: Duration,
}

impl Pool {
    /// The most workers or balancers: each has a number of one byte in what they share.
    pub const MOST: u32 = Owner::MAX as u32;
}

/// What a client may do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a head: request line and headers.
    pub head_bytes: usize,
    /// Header lines.
    pub headers: usize,
    /// Bytes of a body.
    pub body_bytes: u64,
    /// From a head's first byte to its last; also from the connection to its first byte.
    pub head_timeout: Duration,
    /// Between two requests of a connection.
    pub idle_timeout: Duration,
    /// Between two reads, or two writes, of a body.
    pub stall_timeout: Duration,
    /// From a head's end to the answer's end.
    pub request_timeout: Duration,
    /// Connections of one worker.
    pub connections: u32,
    /// Requests of one connection.
    pub requests_per_connection: Option<u64>,
}

/// Who is let in.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Slots of the pool all workers share.
    pub slots: u32,
    /// How a request waits for one; when that gives up, it is refused with 503.
    pub wait: backoff::Config,
    /// For each client key; else 429.
    pub rate: Option<Rate>,
    /// Requests at once, adapting; else 503.
    pub concurrency: Option<Limiter>,
}

/// What balancers do about requests and backends.
#[derive(Clone, Debug)]
pub struct Controls {
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// From sending a request to the first byte of its answer.
    pub attempt_timeout: Duration,
    /// Retries of idempotent requests.
    pub retries: Option<Retries>,
    /// How many of them at most.
    pub budget: Option<retry::Config>,
    /// When a second attempt is sent beside the first.
    pub hedge: Option<Hedge>,
    /// Health by probes.
    pub probes: Option<health::active::Config>,
    /// What they ask for.
    pub probe_path: String,
    /// Health by what becomes of requests.
    pub passive: Option<health::passive::Config>,
    /// Circuit breakers.
    pub breaker: Option<breaker::Config>,
    /// Ejection of backends that are worse than the others.
    pub outlier: Option<outlier::Config>,
    /// When too few are left, health is ignored.
    pub panic: Panic,
    /// How a backend that comes back is brought up to its share.
    pub slow_start: Option<slow_start::Config>,
    /// Idle connections to backends.
    pub connections: lifo::Config,
}

/// Certificates.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Certificate chain and key, PEM.
    pub front: Option<(PathBuf, PathBuf)>,
    /// Who may sign upstreams' certificates, PEM; the system's without.
    pub upstream_ca: Option<PathBuf>,
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// One of them.
    pub address: std::net::IpAddr,
    /// How many bits all share.
    pub prefix: u8,
}

/// Files the built-in application serves.
#[derive(Clone, Debug)]
pub struct Files {
    /// The folder; nothing outside of it is served.
    pub root: PathBuf,
    /// How much of it is kept in memory, in bytes, a worker.
    pub cache_bytes: usize,
}

/// Where requests are written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLog {
    /// `-` is the standard output.
    pub path: PathBuf,
    /// How.
    pub format: LogFormat,
}

/// How requests are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// A JSON object a line.
    Json,
    /// Apache's combined format.
    Combined,
}
