//! The processes that serve.

use policy::sizing::{Bounds, Controller};
use policy::supervise;
use policy::time::Duration;
use spec::pool::{bounds, lifetime, sizing, supervisor};
use spec::value::{duration, or_none, small_count, switch};
use spec::{Failure, Table, Written};

use super::Scoped;
use crate::config::value::bytes;
use crate::settings::Pool;

const MOST_AT_ONCE: u32 = 1_000_000;
/// No worker is smaller.
const LEAST_RSS: u64 = 1 << 20;

pub(super) fn resolve(scoped: &mut Scoped<'_>) -> Result<Pool, Failure> {
    let shape = scoped.shape;
    let sized = scoped.where_it_matters(shape.has_workers() && shape.has_master(), sized)?;
    let kept = scoped.where_it_matters(shape.has_master(), kept)?;
    Ok(Pool {
        workers: match (shape.has_workers(), shape.has_master()) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => sized.workers,
        },
        sizing: sized.sizing,
        sizing_interval: sized.interval,
        supervisor: kept.supervisor,
        lifetime: sized.lifetime.map(|written| written.value),
        max_rss: sized.max_rss,
        pin: kept.pin,
        ready_timeout: kept.ready_timeout,
    })
}

/// How many workers there are, and when one is replaced.
struct Sized {
    workers: u32,
    sizing: Option<Controller>,
    interval: Duration,
    lifetime: Option<Written<policy::recycle::Lifetime>>,
    max_rss: Option<u64>,
}

fn sized(given: &mut Table) -> Result<Sized, Failure> {
    let some = |text: &str| small_count(text, 1..=Pool::MOST);
    let asked = given.given("workers", some)?;
    let sizing = given.or("sizing", None, |text| or_none(text, sizing))?;
    let is_sized = sizing.is_some();
    let most = asked.unwrap_or(0).max(cpus());
    let bounds = bounds(
        given,
        is_sized,
        most,
        (Pool::MOST, "the workers there can be"),
    )?;
    let workers = workers(given, asked, is_sized.then_some(bounds))?;
    let interval = sizing
        .as_ref()
        .map(|sizing| sizing.value.0.about().interval);
    let interval = interval.unwrap_or(Duration::from_millis(1_000));
    let interval = given.detail(is_sized, "sizing-interval", interval, duration)?;
    let controller = sizing.map(|Written { value, .. }| Controller::new(value.0, &value.1, bounds));
    let controller = controller.transpose();
    let max_rss = given.or("max-rss", None, |text| {
        or_none(text, |text| bytes(text, LEAST_RSS..=1 << 50))
    })?;
    Ok(Sized {
        workers,
        sizing: controller.map_err(|error| given.refuse("sizing", &error.to_string()))?,
        interval,
        lifetime: given.or("max-requests", None, |text| or_none(text, lifetime))?,
        max_rss: max_rss.map(|size| size.0),
    })
}

fn workers(given: &mut Table, asked: Option<u32>, bounds: Option<Bounds>) -> Result<u32, Failure> {
    let (default, because) = match bounds {
        Some(bounds) => (bounds.min, "as --min-workers"),
        None => (cpus(), "default: CPUs"),
    };
    let workers = asked.unwrap_or(default);
    if let Some(Bounds { min, max }) = bounds
        && !(min..=max).contains(&workers)
    {
        let reason = format!(
            "`{workers}` at first is not within the {min} to {max} of --min-workers and --max-workers"
        );
        return Err(given.refuse("workers", &reason));
    }
    given.record("workers", &workers, because);
    Ok(workers)
}

/// Where it cannot be told there is one.
fn cpus() -> u32 {
    let cpus = std::thread::available_parallelism().map_or(1, |cpus| cpus.get() as u32);
    cpus.min(Pool::MOST)
}

/// How processes are looked after.
struct Kept {
    supervisor: supervise::Config,
    pin: bool,
    ready_timeout: Duration,
}

fn kept(given: &mut Table) -> Result<Kept, Failure> {
    let default = supervisor("default").map_err(Failure::usage)?;
    let supervisor = given.or("restart", default, |text| match text.trim() {
        "none" => supervisor("default"),
        text => supervisor(text),
    })?;
    Ok(Kept {
        supervisor: supervisor.value,
        pin: given.or("pin", false, switch)?,
        ready_timeout: given.or("ready-timeout", Duration::from_millis(30_000), duration)?,
    })
}

/// How many requests a worker serves at once.
pub(super) fn concurrency(scoped: &mut Scoped<'_>) -> Result<u32, Failure> {
    let matters = scoped.shape.has_workers();
    scoped.where_it_matters(matters, |given| {
        given.or("concurrency", 1, |text| small_count(text, 1..=MOST_AT_ONCE))
    })
}
