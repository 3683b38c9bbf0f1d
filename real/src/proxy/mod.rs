//! The balancer's data path: each request is sent to the backend that the policy chooses, and its answer back.
//!
//! One task serves a connection, upstream side included: nothing is spawned for a request, and on the usual way (an idle
//! connection, an answer that comes at once) nothing is allocated and no timer is set. A request is read once, its head
//! rewritten from where it lies and sent with what came of its body; the answer likewise. That is two reads and two
//! writes, as few as there can be.

mod address;
mod ask;
mod attempt;
mod backend;
mod clients;
mod connect;
mod control;
mod cookie;
mod deliver;
mod failure;
mod forward;
mod forwarded;
mod hedge;
mod idle;
mod inbound;
mod key;
mod link;
mod outbound;
mod plan;
mod probe;
mod refuse;
mod request_head;
mod response_head;
mod sticky;
pub mod tls;
mod tunnel;
mod upkeep;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

pub use address::BadAuthority;
pub use backend::Endpoint;
pub use control::{BadList, Shared};
pub(crate) use key::of_address;

use clients::Clients;
use control::Control;
use idle::Idle;
use plan::Plan;
use tls::TlsError;

use crate::clock::Clock;
use crate::http::ResponseHead;
use crate::serve::Context;
use crate::settings::{Behind, Settings};

/// One balancer: a [`Service`](crate::serve::Service) that asks others.
pub struct Proxy {
    context: Rc<Context>,
    clock: Clock,
    control: Control,
    idle: Idle,
    plan: RefCell<Rc<Plan>>,
    clients: Option<RefCell<Clients>>,
    spare: Spare,
}

/// Memory of requests that have ended, for those that come.
#[derive(Default)]
struct Spare {
    requests: RefCell<Vec<Vec<u8>>>,
    heads: RefCell<Vec<ResponseHead>>,
}

/// Why a balancer cannot begin, or not go by new settings.
#[derive(Debug)]
pub enum Unusable {
    /// Its backends.
    List(BadList),
    /// Its certificates.
    Tls(TlsError),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::List(bad) => bad.fmt(f),
            Unusable::Tls(bad) => bad.fmt(f),
        }
    }
}

impl std::error::Error for Unusable {}

impl From<BadList> for Unusable {
    fn from(bad: BadList) -> Self {
        Unusable::List(bad)
    }
}

impl From<TlsError> for Unusable {
    fn from(bad: TlsError) -> Self {
        Unusable::Tls(bad)
    }
}

impl Proxy {
    /// Before the settings' upstreams; before nobody, if others are meant to stand behind it: those come by
    /// [`Proxy::set_backends`].
    ///
    /// # Errors
    /// If the upstreams or the certificates cannot be used.
    pub fn new(
        settings: &Settings,
        context: &Rc<Context>,
        shared: Shared,
    ) -> Result<Proxy, Unusable> {
        let endpoints = upstreams(settings).unwrap_or_default();
        let proxy = Proxy {
            control: Control::new(settings, shared),
            idle: Idle::new(settings.controls.connections),
            plan: RefCell::new(Rc::new(Plan::new(settings, speaks_tls(&endpoints))?)),
            clients: settings
                .admission
                .rate
                .map(|rate| RefCell::new(Clients::new(rate))),
            spare: Spare::default(),
            clock: context.clock,
            context: Rc::clone(context),
        };
        proxy.set_backends(&endpoints)?;
        Ok(proxy)
    }

    /// Goes by new settings from the next request on: upstreams, certificates, cookies, timeouts, trusted networks.
    /// Requests in flight end where and as they began. What is known of backends that stay is kept, and so are the
    /// strategy, the controls and the limit on clients, which need a restart.
    ///
    /// # Errors
    /// If they cannot be used; then everything stays as it was.
    pub fn reload(&self, settings: &Settings) -> Result<(), Unusable> {
        let endpoints = upstreams(settings);
        let plan = Plan::new(settings, endpoints.as_deref().is_some_and(speaks_tls))?;
        if let Some(endpoints) = endpoints {
            self.set_backends(&endpoints)?;
        }
        self.plan.replace(Rc::new(plan));
        Ok(())
    }

    /// From now on exactly these are behind it. Connections to those that left are closed once they are idle.
    ///
    /// # Errors
    /// If one is nowhere or there twice; then everything stays as it was.
    pub fn set_backends(&self, endpoints: &[Endpoint]) -> Result<(), BadList> {
        for left in self.control.follow(endpoints)? {
            self.idle.remove(left.id);
        }
        Ok(())
    }

    fn plan(&self) -> Rc<Plan> {
        Rc::clone(&self.plan.borrow())
    }
}

impl Spare {
    const KEPT: usize = 64;

    fn request(&self) -> Vec<u8> {
        self.requests.borrow_mut().pop().unwrap_or_default()
    }

    fn keep_request(&self, bytes: Vec<u8>) {
        let mut kept = self.requests.borrow_mut();
        if kept.len() < Self::KEPT && bytes.capacity() <= 2 * crate::serve::LARGE {
            kept.push(bytes);
        }
    }

    fn head(&self) -> ResponseHead {
        self.heads.borrow_mut().pop().unwrap_or_default()
    }

    fn keep_head(&self, head: ResponseHead) {
        let mut kept = self.heads.borrow_mut();
        if kept.len() < Self::KEPT {
            kept.push(head);
        }
    }
}

/// The settings' upstreams; `None` if what is behind is ours.
fn upstreams(settings: &Settings) -> Option<Vec<Endpoint>> {
    match &settings.behind {
        Behind::Upstreams(upstreams) => Some(upstreams.iter().map(Endpoint::from).collect()),
        Behind::Application | Behind::Exec(_) => None,
    }
}

fn speaks_tls(endpoints: &[Endpoint]) -> bool {
    endpoints.iter().any(|endpoint| endpoint.tls)
}
