//! What means nothing in a server of this kind, and so is refused, or gives way to what is more urgent.

use spec::{Failure, Table};

use super::shape::{How, Kind, Shape};

/// Settings that mean something in some servers only.
struct Scope {
    keys: &'static [&'static str],
    means_something: fn(Shape) -> bool,
    why: &'static str,
}

const SCOPES: &[Scope] = &[
    Scope {
        keys: &[
            "balancers",
            "shared-board",
            "sticky",
            "sticky-secret",
            "connect-timeout",
            "attempt-timeout",
            "retries",
            "retry-backoff",
            "retry-on",
            "retry-budget",
            "hedge-after",
            "upstream-keepalive",
            "health-interval",
            "health-path",
            "health-timeout",
            "health-rise",
            "health-fall",
            "max-fails",
            "fail-timeout",
            "breaker",
            "outlier",
            "max-ejection",
            "panic",
            "slow-start",
            "rate-limit",
            "concurrency-limit",
        ],
        means_something: Shape::is_proxied,
        why: "means nothing without balancers, which come with --accept proxy, --upstream or --exec",
    },
    Scope {
        keys: &[
            "strategy",
            "choices",
            "replacement",
            "bound",
            "ring-points",
            "sticky-keys",
        ],
        means_something: Shape::has_choice,
        why: "means nothing where nobody chooses, which needs --accept proxy, --accept handoff, --upstream or --exec",
    },
    Scope {
        keys: &["steering"],
        means_something: |shape| shape.accept == How::Reuseport,
        why: "means nothing without --accept reuseport",
    },
    Scope {
        keys: &["accept-delay"],
        means_something: |shape| shape.accept == How::Shared,
        why: "means nothing without --accept shared, where any worker may accept",
    },
    Scope {
        keys: &[
            "workers",
            "concurrency",
            "sizing",
            "sizing-interval",
            "min-workers",
            "max-workers",
            "max-requests",
            "max-rss",
        ],
        means_something: Shape::has_workers,
        why: "means nothing with --upstream: those servers run already, and --balancers says how many processes \
              balance over them",
    },
    Scope {
        keys: &[
            "sizing",
            "sizing-interval",
            "min-workers",
            "max-workers",
            "max-requests",
            "max-rss",
            "restart",
            "ready-timeout",
            "pin",
        ],
        means_something: Shape::has_master,
        why: "means nothing with --accept single, which is one process without a master",
    },
    Scope {
        keys: &["ready-path"],
        means_something: |shape| shape.behind == Kind::Exec,
        why: "means nothing without --exec",
    },
    Scope {
        keys: &["root", "cache"],
        means_something: |shape| shape.behind != Kind::Exec,
        why: "means nothing with --exec, whose program answers instead of the built-in application",
    },
    Scope {
        keys: &["root", "cache"],
        means_something: |shape| shape.behind != Kind::Upstreams,
        why: "means nothing with --upstream, whose servers answer instead of the built-in application",
    },
    Scope {
        keys: &["upstream-ca"],
        means_something: |shape| shape.behind == Kind::Upstreams,
        why: "means nothing without --upstream",
    },
];

/// The settings that decide which kind of server it is.
const DECIDE: &[&str] = &["accept", "upstream", "exec"];

/// What says something about another setting.
const DETAILS: &[(&str, &str)] = &[
    ("sizing-interval", "sizing"),
    ("min-workers", "sizing"),
    ("max-workers", "sizing"),
    ("sticky-secret", "sticky"),
    ("health-path", "health-interval"),
    ("tls-key", "tls-certificate"),
    ("tls-certificate", "tls-key"),
    ("cache", "root"),
    ("access-log-format", "access-log"),
];

/// Refuses it, or lets it give way.
pub(super) fn settle(given: &mut Table, shape: &Shape) -> Result<(), Failure> {
    for scope in SCOPES {
        let holds = (scope.means_something)(*shape);
        for key in scope.keys {
            given.only_where(holds, key, DECIDE, scope.why)?;
        }
    }
    workers_of_single(given, shape)?;
    for (key, master) in DETAILS {
        given.needs(key, master)?;
    }
    spec::backends::settle(given)
}

/// It has one, which may be said.
fn workers_of_single(given: &mut Table, shape: &Shape) -> Result<(), Failure> {
    let is_one = given.text("workers").is_some_and(|it| it.trim() == "1");
    let why = "must be 1 with --accept single, which is one process";
    given.only_where(shape.has_master() || is_one, "workers", DECIDE, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_details_name_settings_that_there_are() {
        let known = crate::config::flags::keys();
        let of_scopes = SCOPES.iter().flat_map(|scope| scope.keys.iter());
        let of_details = DETAILS.iter().flat_map(|(key, master)| [key, master]);
        for key in of_scopes.chain(of_details).chain(DECIDE) {
            assert!(known.iter().any(|known| known == key), "{key}");
        }
    }
}
