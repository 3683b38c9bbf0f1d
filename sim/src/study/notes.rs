//! What a reader must know to read the numbers rightly.

use super::MAX_REPLICATIONS;
use crate::outcome::StrategyResult;
use crate::probe::Failure;
use crate::scenario::{IDLE_LOAD, Scenario, Service, Traffic, Warmup};
use workload::demand::Demand;

/// A backend that was busy for this share of a run, drained at its end, hardly ever had nobody waiting.
const SATURATED: f64 = 0.99;

/// What a reader must know of one variant.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its name, where there are several.
    pub variant: Option<String>,
    /// One sentence each.
    pub notes: Vec<String>,
}

/// All that is said: once what is said of every variant, and with its name what is said of some.
pub fn merged(said: &[Said]) -> Vec<String> {
    let mut merged: Vec<String> = Vec::new();
    for Said { variant, notes } in said {
        for note in notes {
            let of_all = said.iter().all(|other| other.notes.contains(note));
            let sentence = match variant {
                Some(variant) if !of_all => format!("{variant}: {note}"),
                _ => note.clone(),
            };
            if !(of_all && merged.contains(&sentence)) {
                merged.push(sentence);
            }
        }
    }
    merged
}

/// One sentence each; empty if there is nothing to say.
pub(super) fn of(
    scenario: &Scenario,
    results: &[&StrategyResult],
    interrupted: bool,
) -> Vec<String> {
    let overloaded = scenario.offered_load().is_some_and(|load| load >= 1.0);
    let mut notes = Vec::new();
    notes.extend(load_note(scenario));
    if !overloaded {
        notes.extend(
            results
                .iter()
                .filter_map(|result| saturation_note(scenario, result)),
        );
        notes.extend(settling_note(results));
    }
    notes.extend(fixed_note(scenario));
    notes.extend(tail_note(scenario));
    notes.extend(rush_note(scenario, results));
    notes.extend(warmup_note(scenario));
    notes.extend(slow_start_note(scenario));
    notes.extend(if interrupted {
        interrupted_notes(scenario, results)
    } else {
        lost_note(scenario, results).into_iter().collect()
    });
    notes.extend(
        scenario
            .effort
            .precision
            .and_then(|precision| precision_note(results, precision)),
    );
    notes
}

/// Slow start works by weights.
fn slow_start_note(scenario: &Scenario) -> Option<String> {
    let operations = scenario.operations.as_ref()?;
    operations.backends.slow_start?;
    let ignore = scenario.strategies.iter().map(|name| name.about());
    let ignore = ignore
        .filter(|about| !about.weighted)
        .map(|about| about.name);
    let ignore: Vec<&str> = ignore.collect();
    (!ignore.is_empty()).then(|| {
        format!(
            "Slow start lowers weights, which {} does not look at.",
            ignore.join(", ")
        )
    })
}

fn load_note(scenario: &Scenario) -> Option<String> {
    let load = scenario.offered_load()?;
    if load < IDLE_LOAD {
        let share = significant(load);
        let share = share.trim_end_matches('0');
        return Some(format!(
            "The offered load is {share} of capacity, next to idle: hardly anybody waits and all \
             strategies are equal; --load 0.8 shows how they differ."
        ));
    }
    if load < 1.0 {
        return None;
    }
    let limit = significant(scenario.limit_per_second());
    Some(if scenario.is_bounded() {
        format!(
            "The offered load is {load:.3} of capacity, which is {limit} requests/s: what cannot be served is turned \
             away or times out."
        )
    } else {
        let throughput = if scenario.serves_all() {
            format!(" The throughput is the fleet's limit, {limit} requests/s.")
        } else {
            String::new()
        };
        format!(
            "The offered load is {load:.3} of capacity: the queue grows without bound, and response times say \
             how long the run was and nothing else.{throughput}"
        )
    })
}

/// To three significant digits.
fn significant(value: f64) -> String {
    let digits = (2 - libm::floor(libm::log10(value.max(1e-300))) as i32).clamp(0, 12);
    format!("{value:.*}", digits as usize)
}

/// A strategy can overload a backend of a fleet that has capacity to spare.
fn saturation_note(scenario: &Scenario, result: &StrategyResult) -> Option<String> {
    // The workers of a pool are as busy as whoever decides how many there are wants them.
    let pool = scenario.operations.as_ref().and_then(|it| it.pool.as_ref());
    if pool.is_some() {
        return None;
    }
    let open = !matches!(scenario.traffic, Traffic::Closed { .. });
    let saturated = result
        .backends
        .iter()
        .filter(|backend| backend.utilization >= SATURATED)
        .count();
    // At a load near 1 a backend may be that busy and yet keep up.
    let spare = scenario
        .offered_load()
        .is_some_and(|load| load < SATURATED - 0.01);
    (open && spare && saturated > 0 && !scenario.is_bounded()).then(|| {
        format!(
            "Under {} {saturated} of {} backends {} sent more than {} can serve: there the queue grows without \
             bound, and its response times say how long the run was.",
            result.strategy,
            result.backends.len(),
            if saturated == 1 { "is" } else { "are" },
            if saturated == 1 { "it" } else { "they" },
        )
    })
}

fn settling_note(results: &[&StrategyResult]) -> Option<String> {
    let saturated =
        |result: &StrategyResult| result.backends.iter().any(|b| b.utilization >= SATURATED);
    let unsettled: Vec<&str> = results
        .iter()
        .filter(|result| !result.settled && !saturated(result))
        .map(|result| result.strategy.as_str())
        .collect();
    (!unsettled.is_empty()).then(|| {
        format!(
            "{} did not settle within half of the requests: the run is short for such traffic, and its \
             interval may be too narrow; try more --requests.",
            unsettled.join(", ")
        )
    })
}

fn fixed_note(scenario: &Scenario) -> Option<String> {
    let fixed: Vec<String> = scenario
        .strategies
        .iter()
        .filter(|strategy| scenario.is_fixed(**strategy))
        .map(ToString::to_string)
        .collect();
    (!fixed.is_empty()).then(|| {
        format!(
            "The trace leaves nothing to chance under {}: one replication. Its ± says how much the recording \
             itself varies (batch means); the others' says what chance adds to the recording as it is. `vs best` \
             compares all of them on the same requests.",
            fixed.join(", ")
        )
    })
}

/// Where third moments are infinite, so is the variance of a queue's mean: no number of replications helps.
fn tail_note(scenario: &Scenario) -> Option<String> {
    let (Traffic::Open { service, .. } | Traffic::Trace { service, .. }) = &scenario.traffic else {
        return None;
    };
    let recorded =
        matches!(&scenario.traffic, Traffic::Trace { trace, .. } if trace.demands.is_some());
    let sharing = scenario.fleet.queue == Service::Sharing;
    match service {
        _ if recorded || sharing || scenario.is_bounded() => None,
        Demand::Pareto { alpha, .. } if *alpha <= 2.0 => Some(format!(
            "The variance of a pareto service with alpha {alpha} is infinite, and with it the mean waiting time in \
             a queue: means and intervals say what these runs happened to meet. Quantiles, or --queue ps, mean more."
        )),
        Demand::Pareto { alpha, .. } if *alpha <= 3.0 => Some(format!(
            "The third moment of a pareto service with alpha {alpha} is infinite: rare giants decide the mean \
             waiting time, runs without one are too low, and the intervals are too narrow."
        )),
        _ => None,
    }
}

/// What changes a result though nothing may have happened: a series alone does.
fn warmup_note(scenario: &Scenario) -> Option<String> {
    let recorded = matches!(scenario.traffic, Traffic::Trace { .. });
    let unasked = scenario.effort.warmup == Warmup::Auto && scenario.operations.is_some();
    (unasked && !recorded).then(|| {
        "With faults, controls or a series every request counts and no warm-up is left out; --warmup N leaves out N \
         requests, and --warmup 0 none."
            .to_owned()
    })
}

/// Clients who never think and fail without having waited use up all requests in no time.
fn rush_note(scenario: &Scenario, results: &[&StrategyResult]) -> Option<String> {
    const AT_ONCE: [Failure; 5] = [
        Failure::Unreachable,
        Failure::NoBackend,
        Failure::Shed,
        Failure::Refused,
        Failure::Error,
    ];
    let Traffic::Closed { think, .. } = &scenario.traffic else {
        return None;
    };
    let rushed = |result: &&&StrategyResult| {
        let failed: u64 = AT_ONCE.map(|reason| result.failed.of(reason)).iter().sum();
        2 * failed > result.requests
    };
    let rushed: Vec<&str> = results
        .iter()
        .filter(rushed)
        .map(|result| result.strategy.as_str())
        .collect();
    (think.mean_seconds() == 0.0 && !rushed.is_empty()).then(|| {
        format!(
            "Under {} most requests fail: clients that fail at once come again at once, and soon all requests are \
             spent; --think gives them a pause.",
            rushed.join(", ")
        )
    })
}

/// What an interrupt left undone: the first holds for every variant, the second for those that came last.
fn interrupted_notes(scenario: &Scenario, results: &[&StrategyResult]) -> Vec<String> {
    let has_none = |name: &String| results.iter().all(|result| result.strategy != *name);
    let missing: Vec<String> = scenario
        .strategies
        .iter()
        .map(ToString::to_string)
        .filter(has_none)
        .collect();
    let mut notes = vec![
        "Interrupted: these are the replications that were complete, or where there was none, a part of one."
            .to_owned(),
    ];
    if !missing.is_empty() {
        notes.push(format!("There is nothing of {}.", missing.join(", ")));
    }
    notes
}

/// Requests can outlive the clock: with a service of a day and a million of them waiting.
fn lost_note(scenario: &Scenario, results: &[&StrategyResult]) -> Option<String> {
    let missing = |result: &&StrategyResult| {
        let sent = scenario.effort.requests * u64::from(result.replications);
        sent.saturating_sub(result.requests + result.warmup_discarded)
    };
    let lost: u64 = results.iter().map(missing).sum();
    (lost > 0).then(|| {
        format!(
            "{lost} requests had not ended when the simulated clock did, after 584 years: they are in no number \
             here. Shorter services or fewer --requests fit."
        )
    })
}

fn precision_note(results: &[&StrategyResult], precision: f64) -> Option<String> {
    let is_wide = |result: &&&StrategyResult| {
        let times = &result.response_time_seconds;
        let relative = times
            .mean_ci95
            .zip(times.mean)
            .map(|(half, mean)| half / mean);
        result.replications >= MAX_REPLICATIONS
            && relative.is_none_or(|relative| relative > precision)
    };
    let wide: Vec<&str> = results
        .iter()
        .filter(is_wide)
        .map(|result| result.strategy.as_str())
        .collect();
    (!wide.is_empty()).then(|| {
        format!(
            "{} did not reach a precision of {} %, in {MAX_REPLICATIONS} replications or in the one that there can \
             be; more --requests would help.",
            wide.join(", "),
            precision * 100.0
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(variant: &str, notes: &[&str]) -> Said {
        Said {
            variant: Some(variant.to_owned()),
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        }
    }

    #[test]
    fn what_holds_for_all_is_said_once_and_what_holds_for_one_with_its_name() {
        let notes = merged(&[said("a", &["idle", "short"]), said("b", &["idle"])]);
        assert_eq!(notes, ["idle", "a: short"]);
    }

    #[test]
    fn numbers_have_three_digits() {
        for (number, text) in [
            (0.02, "0.0200"),
            (1.234e-6, "0.00000123"),
            (0.1, "0.100"),
            (99.96, "100.0"),
            (400.0, "400"),
            (123_456.0, "123456"),
        ] {
            assert_eq!(significant(number), text);
        }
    }

    #[test]
    fn without_variants_nothing_is_named() {
        let only = Said {
            variant: None,
            ..said("", &["idle", "short"])
        };
        assert_eq!(merged(&[only]), ["idle", "short"]);
    }
}
