//! Where the server is looked after: `/metrics`, `/status`, `/healthz`, `/readyz`.
//!
//! Served by the master, in its own time: it reads the page that all processes count on and asks none of them, so a
//! busy worker is seen as well as an idle one. Not a hot path, hence hyper.

mod averages;
mod metrics;
mod observed;
mod overview;
mod probes;
mod proc;
mod routes;
mod server;
mod status;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use policy::time::{Duration, Instant};

use crate::clock::Clock;
use crate::stats::Page;
use averages::Averages;
use observed::Observed;

pub use overview::{Overview, Process, Role, Source};

/// How often average latencies are brought up to date.
const INTERVAL: Duration = Duration::from_millis(1_000);

/// What the pages are made from.
pub struct Admin<S> {
    source: S,
    page: Page,
    clock: Clock,
    started: Instant,
    averages: RefCell<Averages>,
}

impl<S: Source> Admin<S> {
    /// Of a server that starts now, whose processes count on `page`.
    pub fn new(source: S, page: Page, clock: Clock) -> Self {
        let started = clock.now();
        Admin {
            source,
            page,
            clock,
            started,
            averages: RefCell::new(Averages::new(started)),
        }
    }

    /// Everything as it is now.
    fn observe(&self) -> Observed {
        let observed = Observed::new(self.source.overview(), &self.page);
        let now = self.clock.now();
        self.averages.borrow_mut().update(&observed, now);
        observed
    }

    fn uptime(&self) -> Duration {
        self.clock.now() - self.started
    }
}
