//! What the master and its children tell each other.

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::RawFd;

use serde::{Deserialize, Serialize};

/// From the master to a child.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Begin. The first order, and given once.
    Start(Box<Start>),
    /// These settings, a `Document`, are new.
    Settings(String),
    /// These workers can be sent requests, and no others. To a balancer.
    Workers(Workers),
    /// Open the log again: it was moved away.
    Reopen,
    /// Take no new connections, end with those there are, and exit.
    Drain {
        /// Whether nobody else takes what waits at the listening socket.
        last: bool,
    },
    /// Exit.
    Quit,
}

/// From a child to the master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Report {
    /// It serves, at this address if it has one of its own.
    Ready(Option<SocketAddr>),
    /// Requests go to the workers of this version from now on.
    Applied(u64),
    /// It serves no more, of its own accord, and will exit: it was told so by a signal.
    Leaving,
}

/// What a child needs to begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    /// What it is.
    pub(crate) role: Role,
    /// Its place among those of its role, from 0.
    pub(crate) slot: u32,
    /// How often that was somebody else's.
    pub(crate) incarnation: u32,
    /// Its row on the page of counters.
    pub(crate) row: u32,
    /// The page of counters.
    pub(crate) counters: RawFd,
    /// Board, health map and slots.
    pub(crate) shared: RawFd,
    /// Where its connections come from.
    pub(crate) source: Source,
    /// All settings, a `Document`.
    pub(crate) settings: String,
    /// Whom it balances over, if that is workers.
    pub(crate) workers: Workers,
    /// To which CPU it is bound.
    pub(crate) cpu: Option<u32>,
}

/// What a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Role {
    /// It serves the built-in application.
    Worker,
    /// It balances.
    Balancer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Worker => "worker",
            Role::Balancer => "balancer",
        })
    }
}

/// Where a child's connections come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// This listening socket.
    Listener(RawFd),
    /// The master, over this socket.
    Passed(RawFd),
    /// A socket that it makes for itself, for the balancers of this machine.
    Own,
}

/// The workers that can serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Workers {
    /// Grows with each change.
    pub(crate) version: u64,
    /// All of them.
    pub(crate) ready: Vec<Backend>,
}

/// A worker as balancers know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backend {
    /// Its place.
    pub(crate) slot: u32,
    /// How often that was somebody else's.
    pub(crate) incarnation: u32,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}
