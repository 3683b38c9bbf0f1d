//! What balancers do about requests and backends.

use policy::lifo::{self, Order};
use policy::retry::{Delays, Reason, Reasons};
use policy::time::Duration;
use spec::requests::{Again, budget, hedge};
use spec::value::{Parsed, duration, or_none, small_count};
use spec::{Failure, Pairs, Table, Word, Written, backends};

use super::Scoped;
use crate::config::value::path;
use crate::settings::Controls;

const MOST_IDLE: u32 = 65_535;
const ORDERS: &[(&str, Order)] = &[("lifo", Order::Lifo), ("fifo", Order::Fifo)];

pub(super) fn resolve(scoped: &mut Scoped<'_>) -> Result<Controls, Failure> {
    let matters = scoped.shape.is_proxied();
    scoped.where_it_matters(matters, controls)
}

fn controls(given: &mut Table) -> Result<Controls, Failure> {
    let connect_timeout = given.or("connect-timeout", Duration::from_millis(5_000), duration)?;
    let attempt_timeout = given.or("attempt-timeout", Duration::from_millis(60_000), duration)?;
    let retries = retries(given)?;
    let default = budget("20%").map_err(Failure::usage)?;
    let budget = given.or("retry-budget", Some(default), |text| or_none(text, budget))?;
    let hedge = given.or("hedge-after", None, |text| or_none(text, hedge))?;
    let connections = given.or(
        "upstream-keepalive",
        keepalive("128").map_err(Failure::usage)?,
        keepalive,
    )?;
    let backends = backends::resolve(given)?;
    let probe_path = given.detail(
        backends.probes.is_some(),
        "health-path",
        "/".to_owned(),
        path,
    )?;
    Ok(Controls {
        connect_timeout,
        attempt_timeout,
        retries,
        budget: budget.map(|Written { value, .. }| value),
        hedge: hedge.map(|Written { value, .. }| value),
        probes: backends.probes,
        probe_path,
        passive: backends.passive,
        breaker: backends.breaker,
        outlier: backends.outlier,
        panic: backends.panic,
        slow_start: backends.slow_start,
        connections: connections.value,
    })
}

/// What was not sent is sent again whatever it is; what may have been executed, only if it may be twice.
fn retries(given: &mut Table) -> Result<Option<policy::retry::Retries>, Failure> {
    let all = Reason::ALL.into_iter().fold(Reasons::NONE, Reasons::with);
    let default = Again {
        retries: 1,
        delays: Delays::default(),
        // An answer is an answer, and who sheds asks for less.
        reasons: all.without(Reason::Error).without(Reason::Shed),
    };
    let again = Again::resolve(given, default)?;
    let among = |those: Reasons| {
        let both = Reason::ALL.into_iter().filter(|it| those.contains(*it));
        both.filter(|it| again.reasons.contains(*it))
            .fold(Reasons::NONE, Reasons::with)
    };
    let not_sent = among(Reasons::NOT_SENT);
    // Whoever names `shed` wants it.
    let perhaps = among(Reasons::PERHAPS_EXECUTED.with(Reason::Shed));
    again.made(given, not_sent, perhaps)
}

fn keepalive(text: &str) -> Parsed<Written<lifo::Config>> {
    const FORM: &str = "N[,idle=DURATION][,order=lifo|fifo], such as 32,idle=15s";
    let default = lifo::Options::default();
    let mut pairs = Pairs::behind(text, text, FORM);
    let max_idle = pairs.first("number", |text| small_count(text, 0..=MOST_IDLE))?;
    let idle_timeout = pairs.or("idle", default.idle_timeout, duration)?;
    let order = pairs.or("order", Word::of(default.order, ORDERS), |text| {
        Word::read(text, "an order", ORDERS)
    })?;
    pairs.finish(lifo::Config::new(lifo::Options {
        order: order.value,
        max_idle,
        idle_timeout,
    }))
}
