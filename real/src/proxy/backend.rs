//! One backend, as the data path knows it.

use std::cell::Cell;
use std::rc::Rc;

use policy::time::{Duration, Instant};
use policy::{BackendId, Weight};

use super::address::{Addresses, Authority, BadAuthority};
use super::failure::Failure;
use super::sticky::Token;
use crate::settings::Upstream;

/// A backend that should be there. What it is known by is its name: two with one name are one backend.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Host and port.
    pub authority: String,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Its share.
    pub weight: Weight,
    /// Which incarnation lives at that address: another one inherits nothing. 0 for servers that are not ours.
    pub generation: u32,
}

impl From<&Upstream> for Endpoint {
    fn from(upstream: &Upstream) -> Self {
        Endpoint {
            authority: upstream.authority.clone(),
            tls: upstream.tls,
            weight: upstream.weight,
            generation: 0,
        }
    }
}

impl Endpoint {
    /// A hash of what it is, equal in all processes.
    pub fn identity(&self) -> u64 {
        let address = policy::hash::of_bytes(self.authority.as_bytes());
        policy::hash::combine(
            address,
            u64::from(self.generation) << 1 | u64::from(self.tls),
        )
    }
}

/// A backend that is there.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) id: BackendId,
    pub(super) endpoint: Endpoint,
    /// What the access log says.
    pub(super) name: Rc<str>,
    pub(super) identity: u64,
    pub(super) token: Token,
    pub(super) addresses: Addresses,
    /// Until when another failure to connect is nothing new.
    told: Cell<Instant>,
}

/// How often the log says of a backend that it cannot be connected to.
const TELL: Duration = Duration::from_millis(10_000);

impl Backend {
    pub(super) fn new(id: BackendId, endpoint: Endpoint) -> Result<Backend, BadAuthority> {
        let addresses = Addresses::new(authority(&endpoint)?);
        let identity = endpoint.identity();
        Ok(Backend {
            id,
            identity,
            token: Token::of(identity),
            name: endpoint.authority.as_str().into(),
            endpoint,
            addresses,
            told: Cell::new(Instant::ZERO),
        })
    }

    /// Says in the log why there is no connection; for all to see from time to time, and each time to whoever looks
    /// closely.
    pub(super) fn complain(&self, failure: &Failure, now: Instant) {
        let (backend, why) = (&*self.name, failure.detail());
        match now >= self.told.get() {
            true => {
                self.told.set(now + TELL);
                tracing::warn!(backend, why, "no connection");
            }
            false => tracing::debug!(backend, why, "no connection"),
        }
    }
}

/// Where `endpoint` is.
pub(super) fn authority(endpoint: &Endpoint) -> Result<Authority, BadAuthority> {
    let port = if endpoint.tls { 443 } else { 80 };
    Authority::parse(&endpoint.authority, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_address_incarnation_or_protocol_is_another_backend() {
        let endpoint = Endpoint {
            authority: "127.0.0.1:80".to_owned(),
            tls: false,
            weight: Weight::ONE,
            generation: 0,
        };
        let heavier = Endpoint {
            weight: Weight::MAX,
            ..endpoint.clone()
        };
        assert_eq!(endpoint.identity(), heavier.identity());
        for other in [
            Endpoint {
                authority: "127.0.0.1:81".to_owned(),
                ..endpoint.clone()
            },
            Endpoint {
                tls: true,
                ..endpoint.clone()
            },
            Endpoint {
                generation: 1,
                ..endpoint.clone()
            },
        ] {
            assert_ne!(endpoint.identity(), other.identity());
        }
    }
}
