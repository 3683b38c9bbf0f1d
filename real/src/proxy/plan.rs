//! What a balancer goes by, as of the last reload. A request keeps the plan it began with.

use policy::time::Duration;

use super::key::Key;
use super::sticky::Cookies;
use super::tls::{Connector, TlsError};
use crate::settings::{Network, Settings};

/// See the [module](self).
pub(super) struct Plan {
    pub(super) key: Key,
    pub(super) sticky: Option<Cookies>,
    pub(super) trusted: Vec<Network>,
    pub(super) connect_timeout: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) tunnel_idle: Duration,
    pub(super) probe_path: String,
    pub(super) tls: Option<Connector>,
}

impl Plan {
    /// TLS is set up only where a backend speaks it: reading the system's certificates takes a while.
    pub(super) fn new(settings: &Settings, tls: bool) -> Result<Plan, TlsError> {
        let connector = || Connector::new(settings.tls.upstream_ca.as_deref());
        let limits = settings.admission.rate.is_some();
        Ok(Plan {
            key: Key::new(&settings.balancing, limits),
            sticky: settings.balancing.sticky.as_ref().map(Cookies::new),
            trusted: settings.trusted.clone(),
            connect_timeout: settings.controls.connect_timeout,
            attempt_timeout: settings.controls.attempt_timeout,
            tunnel_idle: settings.limits.idle_timeout,
            probe_path: settings.controls.probe_path.clone(),
            tls: tls.then(connector).transpose()?,
        })
    }
}
