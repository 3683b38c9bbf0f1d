//! What takes more memory or time than there is, refused before it begins.

use sim::scenario::{Scenario, Traffic};

use crate::cli::failure::Failure;
use crate::cli::settings::Settings;

/// Every balancer keeps some hundred bytes a backend.
const MOST_VIEWS: u64 = 4_000_000;
/// The clock ends after 584 years; queues may last longer than arrivals.
const LONGEST_YEARS: f64 = 200.0;
const SECONDS_A_YEAR: f64 = 365.25 * 24.0 * 3600.0;
/// Requests in the system at a time, of some 50 bytes each.
const MOST_IN_SYSTEM: f64 = 1e8;

/// Refuses `scenario` if it exceeds a limit.
pub(super) fn check(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    views(settings, scenario)?;
    time(settings, scenario)?;
    backlog(settings, scenario)
}

fn views(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let (dispatchers, backends) = (scenario.dispatchers, scenario.fleet.len());
    if u64::from(dispatchers) * u64::from(backends) <= MOST_VIEWS {
        return Ok(());
    }
    let reason = format!(
        "{dispatchers} dispatchers that know {backends} backends each are too many; at most \
         {MOST_VIEWS} in all fit"
    );
    Err(settings.refuse("dispatchers", &reason))
}

fn time(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let requests = scenario.effort.requests as f64;
    let seconds = match &scenario.traffic {
        Traffic::Open { rate, .. } => requests / rate,
        Traffic::Trace { trace, speedup, .. } => trace.report.span.as_seconds() / speedup,
        Traffic::Closed {
            clients,
            think,
            service,
        } => requests * (think.mean_seconds() + service.mean_seconds()) / f64::from(*clients),
    };
    let years = seconds / SECONDS_A_YEAR;
    if years <= LONGEST_YEARS {
        return Ok(());
    }
    let reason = format!(
        "so many requests would take {years:.0} simulated years; the clock is good for {LONGEST_YEARS}"
    );
    Err(settings.refuse("requests", &reason))
}

fn backlog(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let bounded = scenario.fleet.queue_limit.is_some() || scenario.timeout.is_some();
    let load = scenario.offered_load().unwrap_or_default();
    let left = scenario.effort.requests as f64 * (1.0 - 1.0 / load);
    if bounded || load <= 1.0 || left <= MOST_IN_SYSTEM {
        return Ok(());
    }
    let reason = format!(
        "at a load of {load:.3} some {left:.0} requests would wait at the end; bound them by \
         --queue-limit or --timeout, or send fewer"
    );
    Err(settings.refuse("requests", &reason))
}
