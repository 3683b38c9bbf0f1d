//! The master's knowledge and the page's counts brought together.

use std::collections::BTreeMap;

use crate::stats::{BackendCount, BackendGauge, BackendRow, Distribution, Page, ProcessRow};

use super::{Overview, Process, Role};

/// The server at one moment.
pub(super) struct Observed {
    pub(super) overview: Overview,
    pub(super) processes: Vec<ObservedProcess>,
    /// By name, each as its balancers see it.
    pub(super) backends: BTreeMap<String, Vec<Sight>>,
}

/// A process and what it counted.
pub(super) struct ObservedProcess {
    pub(super) process: Process,
    pub(super) row: Option<ProcessRow>,
    /// How long its answers took: for a program of somebody else's, as the balancers saw it.
    pub(super) responses: Distribution,
    pub(super) in_flight: u64,
}

/// A backend as one balancer sees it.
pub(super) struct Sight {
    pub(super) balancer: u32,
    pub(super) row: BackendRow,
}

impl Observed {
    pub(super) fn new(overview: Overview, page: &Page) -> Observed {
        let backends = backends(&overview, page);
        let observe = |process: &Process| ObservedProcess::new(*process, page, &backends);
        Observed {
            processes: overview.processes.iter().map(observe).collect(),
            overview,
            backends,
        }
    }

    /// What clients talk to.
    pub(super) fn front(&self) -> impl Iterator<Item = &ObservedProcess> {
        let role = self.overview.front();
        self.processes
            .iter()
            .filter(move |process| process.process.role == role)
    }

    /// How long clients waited for answers.
    pub(super) fn responses(&self) -> Distribution {
        let mut all = Distribution::default();
        self.front()
            .for_each(|process| all.merge(&process.responses));
        all
    }
}

impl ObservedProcess {
    fn new(process: Process, page: &Page, backends: &BTreeMap<String, Vec<Sight>>) -> Self {
        let row = process.row.map(|row| page.process(row));
        if let Some(row) = row {
            return ObservedProcess {
                process,
                row: Some(row),
                responses: row.responses(),
                in_flight: row.gauge(crate::stats::Gauge::InFlight),
            };
        }
        let seen = process
            .port
            .and_then(|port| backends.get(&format!("127.0.0.1:{port}")));
        let seen = seen.map(Vec::as_slice).unwrap_or_default();
        ObservedProcess {
            process,
            row: None,
            responses: responses(seen),
            in_flight: total(seen, |row| row.gauge(BackendGauge::InFlight)),
        }
    }

    /// How many requests it answered.
    pub(super) fn requests(&self) -> u64 {
        match self.row {
            Some(row) => row.requests(),
            None => self.responses.count(),
        }
    }
}

fn backends(overview: &Overview, page: &Page) -> BTreeMap<String, Vec<Sight>> {
    let mut backends: BTreeMap<String, Vec<Sight>> = BTreeMap::new();
    for process in &overview.processes {
        let (Role::Balancer, Some(balancer)) = (process.role, process.row) else {
            continue;
        };
        for row in page.backends(balancer) {
            if let Some((_, name)) = row.occupant() {
                let sight = Sight {
                    balancer: process.id,
                    row,
                };
                backends.entry(name).or_default().push(sight);
            }
        }
    }
    backends
}

/// How long a backend's answers took, whoever asked.
pub(super) fn responses(sights: &[Sight]) -> Distribution {
    let mut all = Distribution::default();
    sights
        .iter()
        .for_each(|sight| all.merge(&sight.row.responses()));
    all
}

/// A number of a backend, over all balancers.
pub(super) fn total(sights: &[Sight], of: impl Fn(&BackendRow) -> u64) -> u64 {
    sights.iter().map(|sight| of(&sight.row)).sum()
}

/// A count of a backend, over all balancers.
pub(super) fn counted(sights: &[Sight], what: BackendCount) -> u64 {
    total(sights, |row| row.count(what))
}
