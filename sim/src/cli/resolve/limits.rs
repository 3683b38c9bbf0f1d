//! What takes more memory or time than there is, refused before it begins.

use ::policy::strategy::StrategyName;
use ::policy::time::Duration;
use sim::accept::Knowledge;
use sim::scenario::{Scenario, Traffic};
use workload::quantity::Human;

use crate::cli::failure::Failure;
use crate::cli::settings::Settings;

/// Every balancer keeps some 60 bytes a backend.
const MOST_VIEWS: u64 = 4_000_000;
/// Where it also keeps a table of keys, these are some 2,000 bytes.
const MOST_TABLES: u64 = 250_000;
/// The clock ends after 584 years. Arrivals may last for so many, and serving them for as many again.
const LONGEST_YEARS: f64 = 200.0;
const SECONDS_A_YEAR: f64 = 365.25 * 24.0 * 3600.0;
/// Requests in the system at a time, of some 50 bytes each.
const MOST_IN_SYSTEM: f64 = 1e8;
/// Loads that dispatchers read from the board in a replication, of a nanosecond or some each.
const MOST_READINGS: f64 = 1e10;

/// Refuses `scenario` if it exceeds a limit.
pub(super) fn check(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    views(settings, scenario)?;
    arrivals(settings, scenario)?;
    service(settings, scenario)?;
    readings(settings, scenario)?;
    backlog(settings, scenario)
}

fn views(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let (dispatchers, backends) = (scenario.dispatchers, scenario.fleet.len());
    let with_table = scenario.strategies.iter().find(|name| has_table(**name));
    let (most, under) = match with_table {
        Some(strategy) => (MOST_TABLES, format!(" under {strategy}")),
        None => (MOST_VIEWS, String::new()),
    };
    if u64::from(dispatchers) * u64::from(backends) <= most {
        return Ok(());
    }
    let key = if dispatchers > 1 {
        "dispatchers"
    } else {
        "backends"
    };
    let reason = format!(
        "{dispatchers} dispatchers times {backends} backends take too much memory; allowed are {most}{under}"
    );
    Err(settings.refuse(key, &reason))
}

/// Whether every balancer keeps a table of keys for `strategy`.
fn has_table(strategy: StrategyName) -> bool {
    use StrategyName::{BoundedLoad, Maglev, RingHash};
    matches!(strategy, RingHash | BoundedLoad | Maglev)
}

fn arrivals(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let years = arrival_seconds(scenario) / SECONDS_A_YEAR;
    if years <= LONGEST_YEARS {
        return Ok(());
    }
    let reason = format!(
        "so many requests would take {years:.0} simulated years; the clock is good for {LONGEST_YEARS}"
    );
    Err(settings.refuse("requests", &reason))
}

/// How long requests keep coming. In a closed loop, how long they take where nobody waits.
pub(super) fn arrival_seconds(scenario: &Scenario) -> f64 {
    let requests = scenario.effort.requests as f64;
    match &scenario.traffic {
        Traffic::Open { rate, .. } => requests / rate,
        Traffic::Trace { trace, speedup, .. } => trace.report.span.as_seconds() / speedup,
        Traffic::Closed { clients, think, .. } => {
            let speeds = &scenario.fleet.speeds;
            let slowness =
                speeds.iter().map(|speed| speed.recip()).sum::<f64>() / speeds.len() as f64;
            let each = think.mean_seconds() + mean_service(&scenario.traffic) * slowness;
            requests / f64::from(*clients) * each
        }
    }
}

/// Refuses what keeps the slowest backend busy for too long. The whole fleet takes no longer for all requests
/// than the slowest backend for its share, so that a backlog in overload is refused here too.
fn service(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let slowest = slowest(scenario);
    let one = mean_service(&scenario.traffic) / slowest / SECONDS_A_YEAR;
    if one > LONGEST_YEARS {
        let recorded =
            matches!(&scenario.traffic, Traffic::Trace { trace, .. } if trace.demands.is_some());
        let key = if recorded { "trace" } else { "service" };
        let reason = format!(
            "a mean service takes the slowest backend, of speed {slowest}, {one:.0} simulated years; allowed are \
             {LONGEST_YEARS}, with a shorter service or higher --speeds"
        );
        return Err(settings.refuse(key, &reason));
    }
    let years = share_seconds(scenario) / SECONDS_A_YEAR;
    if years <= LONGEST_YEARS {
        return Ok(());
    }
    let share = scenario.effort.requests as f64 / f64::from(scenario.fleet.len());
    let reason = format!(
        "to serve an even share of them, {share:.0}, would take the slowest backend, of speed {slowest}, \
         {years:.0} simulated years; allowed are {LONGEST_YEARS}, with fewer requests, a shorter --service, or \
         higher --speeds or --concurrency"
    );
    Err(settings.refuse("requests", &reason))
}

/// How long the slowest backend takes for an even share of the requests, or, where queues are kept short
/// whatever the load, for as many as can be left of it when the last has come.
fn share_seconds(scenario: &Scenario) -> f64 {
    let fleet = &scenario.fleet;
    let share = scenario.effort.requests as f64 / f64::from(fleet.len());
    let one = mean_service(&scenario.traffic) / slowest(scenario);
    let servers = f64::from(fleet.servers);
    if let Traffic::Closed { clients, .. } = &scenario.traffic {
        // Who is turned away or gives up comes again, so that nothing bounds how long it takes.
        return share * one / servers.min(f64::from(*clients));
    }
    let held = fleet
        .queue_limit
        .map_or(share, |limit| share.min(f64::from(limit) + servers));
    let seconds = held * one / servers;
    match scenario.timeout {
        Some(timeout) => seconds.min(timeout.as_seconds() + one),
        None => seconds,
    }
}

fn slowest(scenario: &Scenario) -> f64 {
    let speeds = scenario.fleet.speeds.iter().copied();
    speeds.fold(f64::INFINITY, f64::min)
}

/// In seconds, at speed 1.
fn mean_service(traffic: &Traffic) -> f64 {
    match traffic {
        Traffic::Open { service, .. } | Traffic::Closed { service, .. } => service.mean_seconds(),
        Traffic::Trace { trace, service, .. } => trace
            .mean_demand_seconds()
            .unwrap_or_else(|| service.mean_seconds()),
    }
}

/// Refuses a board that is refreshed so often that nothing else gets done.
fn readings(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let Knowledge::Board(interval) = scenario.knowledge else {
        return Ok(());
    };
    let (dispatchers, backends) = (scenario.dispatchers, scenario.fleet.len());
    let seconds = arrival_seconds(scenario).max(share_seconds(scenario));
    let least = seconds * f64::from(dispatchers) * f64::from(backends) / MOST_READINGS;
    if interval.as_seconds() >= least {
        return Ok(());
    }
    let reason = format!(
        "over {seconds:.3e} simulated seconds, so many loads would be read ({backends} backends, dispatchers: \
         {dispatchers}) that it would not end; allowed here are {} and longer",
        Human(rounded_up(least))
    );
    Err(settings.refuse("staleness", &reason))
}

/// To two digits, and not less.
fn rounded_up(seconds: f64) -> Duration {
    let nanoseconds = (seconds * 1e9).ceil().max(1.0) as u64;
    let unit = 10_u64.pow(nanoseconds.ilog10().saturating_sub(1));
    Duration(nanoseconds.div_ceil(unit).saturating_mul(unit))
}

fn backlog(settings: &Settings, scenario: &Scenario) -> Result<(), Failure> {
    let load = scenario.offered_load().unwrap_or_default();
    let left = scenario.effort.requests as f64 * (1.0 - 1.0 / load);
    if scenario.is_bounded() || load <= 1.0 || left <= MOST_IN_SYSTEM {
        return Ok(());
    }
    let reason = format!(
        "at a load of {load:.3} some {left:.0} requests would wait at the end; bound them by \
         --queue-limit or --timeout, or send fewer"
    );
    Err(settings.refuse("requests", &reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A keyed strategy that is fast for any number of backends looks its keys up somewhere.
    #[test]
    fn no_strategy_with_a_table_is_forgotten() {
        for strategy in StrategyName::ALL {
            let about = strategy.about();
            let looks_up = about.keyed && ["O(1)", "O(log nV)"].contains(&about.cost);
            assert!(
                !looks_up || *strategy == StrategyName::Sticky || has_table(*strategy),
                "`{strategy}` places keys in {}, so each balancer probably keeps a table of some kilobytes a \
                 backend: name it in `has_table`, or here beside `sticky`, whose table --sticky-keys limits",
                about.cost
            );
        }
    }

    #[test]
    fn an_interval_is_rounded_up() {
        assert_eq!(rounded_up(0.0), Duration(1));
        assert_eq!(rounded_up(1.01e-9), Duration(2));
        assert_eq!(rounded_up(1.201e-6), Duration(1_300));
        assert_eq!(rounded_up(99.1), Duration(100_000_000_000));
        assert_eq!(rounded_up(f64::MAX), Duration(u64::MAX));
    }
}
