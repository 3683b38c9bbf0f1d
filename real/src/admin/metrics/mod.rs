//! `/metrics`, for Prometheus and whoever else reads OpenMetrics.
//!
//! A worker's time series have `role` and `id`, a backend's `backend` and, where balancers may differ, `balancer`.
//! Response times are in a fifth of the buckets that are kept: a round two and a half apart.

mod backends;
mod exposition;
mod processes;
mod server;
#[cfg(test)]
mod validator;

use super::{Admin, Source};
use exposition::Exposition;

pub(super) use exposition::Dialect;
#[cfg(test)]
pub(super) use validator::validate;

impl<S: Source> Admin<S> {
    pub(super) fn metrics(&self, dialect: Dialect) -> String {
        let observed = self.observe();
        let mut out = Exposition::new(dialect);
        server::write(&mut out, &observed.overview, self.uptime());
        processes::write(&mut out, &observed.processes, self.clock.now());
        backends::write(&mut out, &observed.backends);
        out.finish()
    }
}
