//! What is done at intervals, refused where it would be done so often that nothing else got done.

use ::policy::time::{Duration, Instant};
use sim::accept::Knowledge;
use sim::fault::Recurrence;
use sim::operations::Operations;
use sim::scenario::{Scenario, Traffic};
use spec::{Failure, Table};
use workload::quantity::Human;

use super::length::{arrival_seconds, mean, mean_service, share_seconds, slowest};

/// What takes a nanosecond or some, in a replication.
const MOST_READINGS: f64 = 1e10;
/// What takes some ten nanoseconds, counted generously.
const MOST_LOOKS: f64 = 1e10;
/// What takes some hundred nanoseconds.
const MOST_EVENTS: f64 = 1e9;

/// Refuses `scenario` if anything in it is.
pub(super) fn check(settings: &Table, scenario: &Scenario) -> Result<(), Failure> {
    let seconds = seconds(scenario);
    for habit in habits(scenario) {
        let least = seconds * habit.times / habit.most;
        if habit.interval.as_seconds() >= least {
            continue;
        }
        let [seconds, least] = [seconds, least].map(|seconds| Human(rounded_up(seconds)));
        let reason = format!(
            "over some {seconds} of simulated time, so many {} that it would not end; allowed here are {least} and \
             longer",
            habit.what
        );
        return Err(settings.refuse(habit.key, &reason));
    }
    Ok(())
}

/// Something done over and over.
struct Habit {
    /// Whose flag says how often.
    key: &'static str,
    /// Words for it.
    what: String,
    interval: Duration,
    /// How often at each interval.
    times: f64,
    /// How often in all, at most.
    most: f64,
}

fn habits(scenario: &Scenario) -> Vec<Habit> {
    let (dispatchers, backends) = (scenario.dispatchers, scenario.fleet.len());
    let views = f64::from(dispatchers) * f64::from(backends);
    let whose = format!("({backends} backends, dispatchers: {dispatchers})");
    let mut habits = Vec::new();
    if let Knowledge::Board(interval) = scenario.knowledge {
        habits.push(Habit {
            key: "staleness",
            what: format!("loads would be read {whose}"),
            interval,
            times: views,
            most: MOST_READINGS,
        });
    }
    let Some(operations) = &scenario.operations else {
        return habits;
    };
    habits.extend(looks(scenario, operations));
    if let Some(probes) = &operations.backends.probes {
        habits.push(Habit {
            key: "health-interval",
            what: format!("probes would be sent {whose}"),
            interval: probes.options().interval,
            times: views,
            most: MOST_EVENTS,
        });
    }
    if let Some(outlier) = &operations.backends.outlier {
        habits.push(Habit {
            key: "outlier",
            what: format!("success rates would be compared {whose}"),
            interval: outlier.options().interval,
            times: views,
            most: MOST_READINGS,
        });
    }
    if let Some(pool) = operations
        .pool
        .as_ref()
        .filter(|pool| pool.sizing.is_some())
    {
        habits.push(Habit {
            key: "sizing-interval",
            what: format!("workers would be looked at ({backends} backends)"),
            interval: pool.sizing_interval,
            times: f64::from(backends),
            most: MOST_READINGS,
        });
    }
    let recurring = operations.faults.iter().filter_map(|fault| fault.recurs);
    habits.extend(recurring.map(|Recurrence { up, down, .. }| Habit {
        key: "fault",
        what: format!("faults would come and go ({backends} backends)"),
        interval: mean(up) + mean(down),
        times: f64::from(backends),
        most: MOST_EVENTS,
    }));
    habits
}

/// How often requests look for a slot while they wait for one, where there are fewer than requests in the system.
fn looks(scenario: &Scenario, operations: &Operations) -> Option<Habit> {
    let spec = operations.admission.slots.as_ref()?;
    let (wait, slots) = (spec.wait.options(), f64::from(spec.slots));
    let by_retries = wait
        .retries
        .map(|retries| f64::from(retries) * wait.sleep.max.as_seconds());
    let by_patience = wait.patience.map(Duration::as_seconds);
    let longest = [by_patience, by_retries].into_iter().flatten();
    let longest = longest.fold(f64::INFINITY, f64::min);
    let usual = match &scenario.traffic {
        Traffic::Closed { clients, .. } => {
            f64::from(*clients) / slots * mean_service(&scenario.traffic) / slowest(scenario)
        }
        _ if in_system(scenario) < slots => return None,
        _ => f64::INFINITY,
    };
    let waited = scenario.effort.requests as f64 * longest.min(usual);
    Some(Habit {
        key: "slot-wait",
        what: format!("looks for a slot would be taken, max= apart (slots: {slots}),"),
        interval: wait.sleep.max,
        times: waited / seconds(scenario),
        most: MOST_LOOKS,
    })
}

/// Requests at all backends, were each chosen blindly.
fn in_system(scenario: &Scenario) -> f64 {
    let servers = f64::from(scenario.fleet.len()) * f64::from(scenario.fleet.servers);
    match scenario.offered_load() {
        Some(load) if load < 1.0 => servers * load / (1.0 - load),
        _ => f64::INFINITY,
    }
}

/// A run's, with what faults that end may add.
fn seconds(scenario: &Scenario) -> f64 {
    let usual = arrival_seconds(scenario).max(skew(scenario) * share_seconds(scenario));
    let faults = scenario.operations.iter().flat_map(|it| &it.faults);
    let ends = faults
        .filter(|fault| (fault.begins - Instant::ZERO).as_seconds() <= usual)
        .filter_map(|fault| fault.lasts);
    let longest = ends.max().unwrap_or(Duration::ZERO);
    usual + longest.as_seconds()
}

/// How many times its share a backend gets where every balancer sends fewer requests than there are backends, and all
/// begin with the same.
fn skew(scenario: &Scenario) -> f64 {
    let (dispatchers, backends) = (f64::from(scenario.dispatchers), scenario.fleet.len());
    let each = scenario.effort.requests as f64 / dispatchers;
    let most = dispatchers.min(f64::from(backends));
    (f64::from(backends) / each).clamp(1.0, most)
}

/// To two digits, and not less.
fn rounded_up(seconds: f64) -> Duration {
    let nanoseconds = (seconds * 1e9).ceil().max(1.0) as u64;
    let unit = 10_u64.pow(nanoseconds.ilog10().saturating_sub(1));
    Duration(nanoseconds.div_ceil(unit).saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_rounded_up() {
        assert_eq!(rounded_up(0.0), Duration(1));
        assert_eq!(rounded_up(1.01e-9), Duration(2));
        assert_eq!(rounded_up(1.201e-6), Duration(1_300));
        assert_eq!(rounded_up(99.1), Duration(100_000_000_000));
        assert_eq!(rounded_up(f64::MAX), Duration(u64::MAX));
    }
}
