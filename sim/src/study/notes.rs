//! What a reader must know to read the numbers rightly.

use super::MAX_REPLICATIONS;
use super::gather::Gathered;
use crate::scenario::Scenario;

/// Below this share of capacity hardly anybody waits.
const IDLE: f64 = 0.1;

/// One sentence each; empty if there is nothing to say.
pub(super) fn of(scenario: &Scenario, studied: &[Gathered]) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(
        scenario
            .offered_load()
            .and_then(|load| load_note(scenario, load)),
    );
    let overloaded = scenario.offered_load().is_some_and(|load| load >= 1.0);
    let unsettled: Vec<String> = studied
        .iter()
        .filter(|s| !s.settled())
        .map(|s| s.strategy().to_string())
        .collect();
    if !unsettled.is_empty() && !overloaded {
        notes.push(format!(
            "{} did not settle within half of its requests: the run is too short for its numbers to be \
             trusted, or some backend is overloaded; more --requests tell which.",
            unsettled.join(", ")
        ));
    }
    let fixed: Vec<String> = scenario
        .strategies
        .iter()
        .filter(|strategy| scenario.is_fixed(**strategy))
        .map(ToString::to_string)
        .collect();
    if !fixed.is_empty() {
        notes.push(format!(
            "The trace fixes everything that {} could meet by chance: one replication, and an interval from \
             batch means.",
            fixed.join(", ")
        ));
    }
    if let Some(precision) = scenario.effort.precision {
        let short: Vec<String> = studied
            .iter()
            .filter(|s| s.replications() >= MAX_REPLICATIONS && s.relative_width() > precision)
            .map(|s| s.strategy().to_string())
            .collect();
        if !short.is_empty() {
            notes.push(format!(
                "{} did not reach the precision of {} % in {MAX_REPLICATIONS} replications; more --requests \
                 in each would help.",
                short.join(", "),
                precision * 100.0
            ));
        }
    }
    notes
}

fn load_note(scenario: &Scenario, load: f64) -> Option<String> {
    if load >= 1.0 {
        let bounded = scenario.fleet.queue_limit.is_some() || scenario.timeout.is_some();
        return Some(if bounded {
            format!(
                "The offered load is {load:.3} of capacity: what cannot be served is turned away or times \
                 out, and the rest is served at the fleet's limit."
            )
        } else {
            format!(
                "The offered load is {load:.3} of capacity: the queue grows without bound, response times \
                 say how long the run was and nothing else, and the throughput is the fleet's limit."
            )
        });
    }
    (load < IDLE).then(|| {
        format!(
            "The offered load is {load:.2e} of capacity, next to idle: hardly anybody waits and all \
             strategies are equal; --load 0.8 shows how they differ."
        )
    })
}
