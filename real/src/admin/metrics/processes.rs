//! Time series of each process.

use policy::time::Instant;

use super::exposition::{Exposition, Family, Kind};
use crate::admin::observed::ObservedProcess;
use crate::admin::proc::Usage;
use crate::stats::{Count, Gauge, ProcessRow, Refusal};

const COUNTERS: [(&str, &str, Count); 11] = [
    (
        "accept_wakeups",
        "Times that the accept loop was woken.",
        Count::Wakeups,
    ),
    (
        "connections_accepted",
        "Connections accepted, or handed over.",
        Count::Accepted,
    ),
    ("requests_begun", "Requests let in.", Count::Began),
    (
        "requests_aborted",
        "Requests that ended without a whole answer.",
        Count::Aborted,
    ),
    ("received_bytes", "Bytes of requests.", Count::BytesIn),
    ("sent_bytes", "Bytes of answers.", Count::BytesOut),
    (
        "file_cache_hits",
        "Files answered out of memory.",
        Count::CacheHits,
    ),
    (
        "file_cache_misses",
        "Files that had to be read.",
        Count::CacheMisses,
    ),
    (
        "log_lines_lost",
        "Lines of the access log that could not be written.",
        Count::LogLinesLost,
    ),
    ("tunnels", "Connections that were upgraded.", Count::Tunnels),
    ("handler_panics", "Handlers that panicked.", Count::Panics),
];

const GAUGES: [(&str, &str, Gauge); 5] = [
    (
        "connections_open",
        "Open connections of clients.",
        Gauge::Connections,
    ),
    (
        "requests_queued",
        "Requests that wait for a slot.",
        Gauge::Queued,
    ),
    (
        "process_serving",
        "Whether the process itself says that it serves.",
        Gauge::Ready,
    ),
    (
        "balancer_panic",
        "Whether health is ignored, for too few backends are well.",
        Gauge::Panicking,
    ),
    (
        "file_cache_bytes",
        "Memory taken by files.",
        Gauge::CachedBytes,
    ),
];

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

pub(super) fn write(out: &mut Exposition, processes: &[ObservedProcess], now: Instant) {
    let named: Vec<Named<'_>> = processes.iter().map(Named::new).collect();
    known_by_the_master(out, &named);
    requests(out, &named);
    for (name, help, what) in COUNTERS {
        let mut family = out.family(Kind::Counter, name, help);
        rows(&named, &mut family, |row| row.count(what));
    }
    for (name, help, what) in GAUGES {
        let mut family = out.family(Kind::Gauge, name, help);
        rows(&named, &mut family, |row| row.gauge(what));
    }
    heartbeats(out, &named, now);
    usage(out, &named);
}

/// A process with its labels.
struct Named<'p> {
    observed: &'p ObservedProcess,
    id: String,
}

impl<'p> Named<'p> {
    fn new(observed: &'p ObservedProcess) -> Self {
        let id = observed.process.id.to_string();
        Named { observed, id }
    }

    fn labels(&self) -> [(&'static str, &str); 2] {
        [
            ("role", self.observed.process.role.label()),
            ("id", &self.id),
        ]
    }

    fn labels_and(&self, name: &'static str, value: &'static str) -> [(&'static str, &str); 3] {
        let [role, id] = self.labels();
        [role, id, (name, value)]
    }
}

fn rows(named: &[Named<'_>], family: &mut Family<'_>, of: impl Fn(ProcessRow) -> u64) {
    for process in named {
        if let Some(row) = process.observed.row {
            family.sample(&process.labels(), of(row));
        }
    }
}

fn known_by_the_master(out: &mut Exposition, named: &[Named<'_>]) {
    let mut ready = out.family(Kind::Gauge, "process_ready", "Whether it gets requests.");
    for process in named {
        let value = u8::from(process.observed.process.ready);
        ready.sample(&process.labels(), value);
    }
    let help = "Times that another process took its place.";
    let mut restarts = out.family(Kind::Counter, "process_restarts", help);
    for process in named {
        restarts.sample(&process.labels(), process.observed.process.restarts);
    }
    let help = "Requests that began and have not ended.";
    let mut in_flight = out.family(Kind::Gauge, "requests_in_flight", help);
    for process in named {
        in_flight.sample(&process.labels(), process.observed.in_flight);
    }
}

fn requests(out: &mut Exposition, named: &[Named<'_>]) {
    let help = "Requests answered, by the class of their status.";
    let mut answered = out.family(Kind::Counter, "requests", help);
    for (class, name) in (1..).zip(CLASSES) {
        for process in named {
            if let Some(row) = process.observed.row {
                answered.sample(&process.labels_and("code", name), row.answers(class));
            }
        }
    }
    let help = "Requests and connections turned away, by the reason.";
    let mut refused = out.family(Kind::Counter, "requests_refused", help);
    for why in Refusal::ALL {
        for process in named {
            if let Some(row) = process.observed.row {
                refused.sample(
                    &process.labels_and("reason", why.label()),
                    row.refusals(why),
                );
            }
        }
    }
    let help = "From a request's head to its answer's end.";
    let mut durations = out.family(Kind::Histogram, "request_duration_seconds", help);
    for process in named {
        durations.histogram(&process.labels(), &process.observed.responses);
    }
}

fn heartbeats(out: &mut Exposition, named: &[Named<'_>], now: Instant) {
    let help = "Since the process last said that it lives.";
    let mut family = out.family(Kind::Gauge, "process_heartbeat_age_seconds", help);
    for process in named {
        let beat = process.observed.row.map(|row| row.gauge(Gauge::Heartbeat));
        if let Some(beat @ 1..) = beat {
            family.sample(&process.labels(), (now - Instant(beat)).as_seconds());
        }
    }
}

fn usage(out: &mut Exposition, named: &[Named<'_>]) {
    let of = |process: &Named<'_>| Usage::of(process.observed.process.pid?);
    let usages: Vec<Option<Usage>> = named.iter().map(of).collect();
    let known = || {
        named
            .iter()
            .zip(&usages)
            .filter_map(|(process, usage)| Some((process, (*usage)?)))
    };
    let help = "Resident memory.";
    let mut memory = out.family(Kind::Gauge, "process_resident_memory_bytes", help);
    for (process, usage) in known() {
        memory.sample(&process.labels(), usage.resident_bytes);
    }
    let help = "CPU time taken, in user and system mode.";
    let mut cpu = out.family(Kind::Counter, "process_cpu_seconds", help);
    for (process, usage) in known() {
        cpu.sample(&process.labels(), usage.cpu_seconds);
    }
}
