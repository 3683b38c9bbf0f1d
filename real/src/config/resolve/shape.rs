//! What kind of server is asked for: how connections reach what serves them.

use spec::value::word;
use spec::{Failure, Table, Word};

/// How connections come in, and what stands behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) accept: How,
    pub(super) behind: Kind,
}

/// `--accept`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Shared,
    Reuseport,
    Handoff,
    Proxy,
    Single,
}

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Application,
    Exec,
    Upstreams,
}

const HOW: &[(&str, How)] = &[
    ("shared", How::Shared),
    ("reuseport", How::Reuseport),
    ("handoff", How::Handoff),
    ("proxy", How::Proxy),
    ("single", How::Single),
];

impl Shape {
    /// Whether requests go through balancers.
    pub(super) fn is_proxied(self) -> bool {
        self.accept == How::Proxy
    }

    /// Whether somebody chooses a worker or an upstream.
    pub(super) fn has_choice(self) -> bool {
        matches!(self.accept, How::Proxy | How::Handoff)
    }

    /// Whether it starts what serves.
    pub(super) fn has_workers(self) -> bool {
        self.behind != Kind::Upstreams
    }

    /// Whether there is a master and more than one process.
    pub(super) fn has_master(self) -> bool {
        self.accept != How::Single
    }
}

/// Settles which it is, and puts that on record.
pub(super) fn settle(given: &mut Table) -> Result<Shape, Failure> {
    let behind =
        "requests go to servers that already run or to a program that is started, not both";
    given.exclusive("upstream", "exec", behind)?;
    let accept = given.given("accept", |text| word(text, "a way to accept", HOW))?;
    if accept.is_some_and(|accept| accept != How::Proxy) {
        for key in ["upstream", "exec"] {
            let why = "only proxy has balancers, and it is the default here";
            given.exclusive("accept", key, why)?;
        }
    }
    let behind = match (given.has("upstream"), given.has("exec")) {
        (true, _) => Kind::Upstreams,
        (_, true) => Kind::Exec,
        _ => Kind::Application,
    };
    let default = match behind {
        Kind::Application => How::Shared,
        Kind::Exec | Kind::Upstreams => How::Proxy,
    };
    let accept = given.or("accept", Word::of(default, HOW), |text| {
        Word::read(text, "a way to accept", HOW)
    })?;
    let accept = accept.value;
    Ok(Shape { accept, behind })
}
