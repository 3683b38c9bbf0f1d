//! What takes more memory or time than there is, refused before it begins.

mod length;
mod often;

use ::policy::strategy::StrategyName;
use sim::scenario::{Scenario, Traffic};
use spec::{Failure, Table};

pub(super) use length::arrival_seconds;
use length::{mean_service, share_seconds, slowest};

/// Every balancer keeps some 60 bytes a backend.
const MOST_VIEWS: u64 = 4_000_000;
/// Where it also keeps a table of keys, these are some 2,000 bytes.
const MOST_TABLES: u64 = 250_000;
/// Where it also minds each one's health and failures, these are some 500 bytes.
const MOST_MINDED: u64 = 1_000_000;
/// The clock ends after 584 years. Arrivals may last for so many, and serving them for as many again.
const LONGEST_YEARS: f64 = 200.0;
const SECONDS_A_YEAR: f64 = 365.25 * 24.0 * 3600.0;
/// Requests in the system at a time, of some 50 bytes each.
const MOST_IN_SYSTEM: f64 = 1e8;

/// Refuses `scenario` if it exceeds a limit.
pub(super) fn check(settings: &Table, scenario: &Scenario) -> Result<(), Failure> {
    views(settings, scenario)?;
    arrivals(settings, scenario)?;
    service(settings, scenario)?;
    often::check(settings, scenario)?;
    backlog(settings, scenario)
}

fn views(settings: &Table, scenario: &Scenario) -> Result<(), Failure> {
    let (dispatchers, backends) = (scenario.dispatchers, scenario.fleet.len());
    let with_table = scenario.strategies.iter().find(|name| has_table(**name));
    let (most, under) = match with_table {
        Some(strategy) => (MOST_TABLES, format!(" under {strategy}")),
        None if scenario.operations.is_some() => {
            (MOST_MINDED, " with faults or controls".to_owned())
        }
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

fn arrivals(settings: &Table, scenario: &Scenario) -> Result<(), Failure> {
    let years = arrival_seconds(scenario) / SECONDS_A_YEAR;
    if years <= LONGEST_YEARS {
        return Ok(());
    }
    let reason = format!(
        "so many requests would take {years:.0} simulated years; the clock is good for {LONGEST_YEARS}"
    );
    Err(settings.refuse("requests", &reason))
}

/// Refuses what keeps the slowest backend busy for too long. The whole fleet takes no longer for all requests
/// than the slowest backend for its share, so that a backlog in overload is refused here too.
fn service(settings: &Table, scenario: &Scenario) -> Result<(), Failure> {
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

fn backlog(settings: &Table, scenario: &Scenario) -> Result<(), Failure> {
    let load = scenario.offered_load().unwrap_or_default();
    let requests = scenario.effort.requests as f64;
    let left = requests * (1.0 - 1.0 / load);
    let bound = "bound them by --queue-limit or --timeout, or send fewer";
    if scenario.is_bounded() {
        return Ok(());
    }
    let reason = if load > 1.0 && left > MOST_IN_SYSTEM {
        format!("at a load of {load:.3} some {left:.0} requests would wait at the end; {bound}")
    } else if scenario.operations.is_some() && requests > MOST_IN_SYSTEM {
        format!(
            "with faults or surges all {requests:.0} requests might wait at once, for which allowed are \
             {MOST_IN_SYSTEM}; {bound}"
        )
    } else {
        return Ok(());
    };
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
}
