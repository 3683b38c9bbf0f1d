//! `/status`: the server in one JSON object. Keys may be added, never renamed; times are in seconds.

use policy::retry::Reason;
use serde::Serialize;

use super::averages::{Averages, Of};
use super::observed::{Observed, ObservedProcess, Sight, counted, responses, total};
use super::{Admin, Role, Source};
use crate::stats::{BackendCount, BackendGauge, Breaker, Gauge, Health, Refusal};

const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Status {
    schema: u32,
    version: &'static str,
    pid: u32,
    accept: &'static str,
    listen: Option<String>,
    uptime_seconds: f64,
    ready: bool,
    draining: bool,
    config_good: bool,
    reloads: u64,
    /// Answered; what was refused or given up is counted apart.
    requests: u64,
    in_flight: u64,
    queued: u64,
    connections: u64,
    refused: u64,
    aborted: u64,
    /// Over the last ten seconds or so.
    average_latency_seconds: Option<f64>,
    p99_latency_seconds: Option<f64>,
    workers: Vec<ProcessStatus>,
    balancers: Vec<ProcessStatus>,
    backends: Vec<BackendStatus>,
}

#[derive(Serialize)]
struct ProcessStatus {
    id: u32,
    pid: Option<u32>,
    port: Option<u16>,
    requests: u64,
    in_flight: u64,
    connections: u64,
    ready: bool,
    restarts: u64,
    average_latency_seconds: Option<f64>,
}

#[derive(Serialize)]
struct BackendStatus {
    name: String,
    /// The worst that a balancer thinks of it.
    health: &'static str,
    breaker: &'static str,
    ejected: bool,
    /// Whether any balancer may choose it.
    eligible: bool,
    requests: u64,
    failures: u64,
    retries: u64,
    in_flight: u64,
    average_latency_seconds: Option<f64>,
    balancers: Vec<SightStatus>,
}

#[derive(Serialize)]
struct SightStatus {
    balancer: u32,
    health: &'static str,
    breaker: &'static str,
    ejected: bool,
    eligible: bool,
    in_flight: u64,
}

impl<S: Source> Admin<S> {
    pub(super) fn status(&self) -> String {
        let observed = self.observe();
        let averages = self.averages.borrow();
        let uptime_seconds = self.uptime().as_seconds();
        let status = Status::new(&observed, &averages, uptime_seconds);
        // Numbers and strings only: nothing that could fail.
        serde_json::to_string(&status).unwrap_or_default() + "\n"
    }
}

impl Status {
    fn new(observed: &Observed, averages: &Averages, uptime_seconds: f64) -> Status {
        let overview = &observed.overview;
        let all = observed.responses();
        let processes = |role| {
            let of_role = observed.processes.iter();
            let of_role = of_role.filter(move |process| process.process.role == role);
            of_role
                .map(|process| ProcessStatus::new(process, averages))
                .collect()
        };
        let rows = || observed.front().filter_map(|process| process.row);
        Status {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            accept: overview.accept,
            listen: overview.listen.map(|address| address.to_string()),
            uptime_seconds,
            ready: overview.readiness().is_ok(),
            draining: overview.draining,
            config_good: overview.config_good,
            reloads: overview.reloads,
            requests: observed.front().map(ObservedProcess::requests).sum(),
            in_flight: observed.front().map(|process| process.in_flight).sum(),
            queued: rows().map(|row| row.gauge(Gauge::Queued)).sum(),
            connections: rows().map(|row| row.gauge(Gauge::Connections)).sum(),
            refused: rows()
                .flat_map(|row| Refusal::ALL.map(|why| row.refusals(why)))
                .sum(),
            aborted: rows()
                .map(|row| row.count(crate::stats::Count::Aborted))
                .sum(),
            average_latency_seconds: averages.mean(&Of::All),
            p99_latency_seconds: all.quantile(0.99).map(|span| span.0 as f64 / 1e9),
            workers: processes(Role::Worker),
            balancers: processes(Role::Balancer),
            backends: (observed.backends.iter())
                .map(|(name, sights)| BackendStatus::new(name, sights, averages))
                .collect(),
        }
    }
}

impl ProcessStatus {
    fn new(observed: &ObservedProcess, averages: &Averages) -> Self {
        let process = observed.process;
        ProcessStatus {
            id: process.id,
            pid: process.pid,
            port: process.port,
            requests: observed.requests(),
            in_flight: observed.in_flight,
            connections: observed.row.map_or(0, |row| row.gauge(Gauge::Connections)),
            ready: process.ready,
            restarts: process.restarts,
            average_latency_seconds: averages.mean(&Of::Process(process.role, process.id)),
        }
    }
}

impl BackendStatus {
    fn new(name: &str, sights: &[Sight], averages: &Averages) -> Self {
        let gauge = |what| total(sights, |row| row.gauge(what));
        let failed = |why| total(sights, |row| row.failures(why));
        let worst = |of: fn(&Sight) -> u8| sights.iter().map(of).max().unwrap_or_default();
        BackendStatus {
            name: name.to_owned(),
            health: ["unknown", "up", "down"]
                [usize::from(worst(|sight| sight.row.health_now() as u8))],
            breaker: ["closed", "half_open", "open"]
                [usize::from(worst(|sight| rank(sight.row.breaker_now())))],
            ejected: gauge(BackendGauge::Ejected) > 0,
            eligible: gauge(BackendGauge::Eligible) > 0,
            requests: responses(sights).count(),
            failures: Reason::ALL.into_iter().map(failed).sum(),
            retries: counted(sights, BackendCount::Retried),
            in_flight: gauge(BackendGauge::InFlight),
            average_latency_seconds: averages.mean(&Of::Backend(name.to_owned())),
            balancers: sights.iter().map(SightStatus::new).collect(),
        }
    }
}

fn rank(breaker: Breaker) -> u8 {
    match breaker {
        Breaker::Closed => 0,
        Breaker::HalfOpen => 1,
        Breaker::Open => 2,
    }
}

impl SightStatus {
    fn new(sight: &Sight) -> Self {
        let row = &sight.row;
        SightStatus {
            balancer: sight.balancer,
            health: row.health_now().label(),
            breaker: row.breaker_now().label(),
            ejected: row.gauge(BackendGauge::Ejected) > 0,
            eligible: row.gauge(BackendGauge::Eligible) > 0,
            in_flight: row.gauge(BackendGauge::InFlight),
        }
    }
}

impl Health {
    fn label(self) -> &'static str {
        match self {
            Health::Unknown => "unknown",
            Health::Up => "up",
            Health::Down => "down",
        }
    }
}
