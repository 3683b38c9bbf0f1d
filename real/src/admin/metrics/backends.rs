//! Time series of each backend.

use std::collections::BTreeMap;

use policy::retry::Reason;

use super::exposition::{Exposition, Kind};
use crate::admin::observed::{Sight, responses};
use crate::stats::{BackendCount, BackendGauge, BackendRow, Breaker, Health};

const COUNTERS: [(&str, &str, BackendCount); 8] = [
    (
        "backend_picks",
        "Times that it was chosen.",
        BackendCount::Picked,
    ),
    (
        "backend_retries",
        "Attempts that were repeats.",
        BackendCount::Retried,
    ),
    (
        "backend_hedges",
        "Attempts sent beside another.",
        BackendCount::Hedged,
    ),
    (
        "backend_connections_opened",
        "Connections opened to it.",
        BackendCount::Connected,
    ),
    (
        "backend_connections_reused",
        "Attempts over a connection that was idle.",
        BackendCount::Reused,
    ),
    (
        "backend_connections_stale",
        "Idle connections that turned out to be closed.",
        BackendCount::Stale,
    ),
    (
        "backend_breaker_openings",
        "Times that its breaker opened.",
        BackendCount::Opened,
    ),
    (
        "backend_ejections",
        "Times that it was ejected as an outlier.",
        BackendCount::Ejections,
    ),
];

const GAUGES: [(&str, &str, BackendGauge); 4] = [
    (
        "backend_requests_in_flight",
        "Attempts under way.",
        BackendGauge::InFlight,
    ),
    (
        "backend_ejected",
        "Whether it is ejected as an outlier.",
        BackendGauge::Ejected,
    ),
    (
        "backend_eligible",
        "Whether it may be chosen.",
        BackendGauge::Eligible,
    ),
    (
        "backend_idle_connections",
        "Idle connections to it.",
        BackendGauge::IdleConnections,
    ),
];

const PROBES: [(&str, BackendCount); 2] = [
    ("passed", BackendCount::ProbesPassed),
    ("failed", BackendCount::ProbesFailed),
];

const BREAKERS: [Breaker; 3] = [Breaker::Closed, Breaker::HalfOpen, Breaker::Open];

impl Breaker {
    pub(in super::super) fn label(self) -> &'static str {
        match self {
            Breaker::Closed => "closed",
            Breaker::Open => "open",
            Breaker::HalfOpen => "half_open",
        }
    }
}

fn label(reason: Reason) -> &'static str {
    match reason {
        Reason::Refused => "refused",
        Reason::Unreachable => "unreachable",
        Reason::Full => "full",
        Reason::Reset => "reset",
        Reason::Error => "error",
        Reason::Timeout => "timeout",
        Reason::Shed => "shed",
    }
}

/// A backend as one balancer sees it, with its labels.
struct Named<'s> {
    backend: &'s str,
    balancer: String,
    row: BackendRow,
}

impl<'s> Named<'s> {
    fn new(backend: &'s str, sight: &Sight) -> Self {
        Named {
            backend,
            balancer: sight.balancer.to_string(),
            row: sight.row,
        }
    }

    fn labels(&self) -> [(&'static str, &str); 2] {
        [("backend", self.backend), ("balancer", &self.balancer)]
    }

    fn labels_and(&self, name: &'static str, value: &'static str) -> [(&'static str, &str); 3] {
        let [backend, balancer] = self.labels();
        [backend, balancer, (name, value)]
    }
}

pub(super) fn write(out: &mut Exposition, backends: &BTreeMap<String, Vec<Sight>>) {
    let named: Vec<Named<'_>> = (backends.iter())
        .flat_map(|(name, sights)| sights.iter().map(|sight| Named::new(name, sight)))
        .collect();
    for (name, help, what) in COUNTERS {
        let mut family = out.family(Kind::Counter, name, help);
        for sight in &named {
            family.sample(&sight.labels(), sight.row.count(what));
        }
    }
    for (name, help, what) in GAUGES {
        let mut family = out.family(Kind::Gauge, name, help);
        for sight in &named {
            family.sample(&sight.labels(), sight.row.gauge(what));
        }
    }
    opinions(out, &named);
    labelled(out, &named);
    let help = "From sending an attempt to the end of its answer.";
    let mut durations = out.family(Kind::Histogram, "backend_response_duration_seconds", help);
    for (name, sights) in backends {
        durations.histogram(&[("backend", name)], &responses(sights));
    }
}

/// Health and breaker.
fn opinions(out: &mut Exposition, named: &[Named<'_>]) {
    let help = "Whether it is held to be well; not there as long as nobody knows.";
    let mut healthy = out.family(Kind::Gauge, "backend_healthy", help);
    for sight in named {
        match sight.row.health_now() {
            Health::Unknown => {}
            health => healthy.sample(&sight.labels(), u8::from(health == Health::Up)),
        }
    }
    let help = "Whether its breaker is in this state.";
    let mut breaker = out.family(Kind::Gauge, "backend_breaker", help);
    for state in BREAKERS {
        for sight in named {
            let is_so = u8::from(sight.row.breaker_now() == state);
            breaker.sample(&sight.labels_and("state", state.label()), is_so);
        }
    }
}

fn labelled(out: &mut Exposition, named: &[Named<'_>]) {
    let help = "Attempts that failed, by how they did.";
    let mut failures = out.family(Kind::Counter, "backend_failures", help);
    for reason in Reason::ALL {
        for sight in named {
            let labels = sight.labels_and("reason", label(reason));
            failures.sample(&labels, sight.row.failures(reason));
        }
    }
    let help = "Probes of its health, by their result.";
    let mut probes = out.family(Kind::Counter, "backend_probes", help);
    for (result, what) in PROBES {
        for sight in named {
            let labels = sight.labels_and("result", result);
            probes.sample(&labels, sight.row.count(what));
        }
    }
}
