//! What befalls the fleet and what is done about it.

use ::policy::time::{Duration, Instant};
use sim::operations::{Abandoned, AdmissionControls, BackendControls, Operations, RequestControls};
use sim::scenario::{FleetSpec, Scenario, Traffic};
use spec::{Failure, Table, backends};
use workload::quantity::Human;

use super::{admission, effort, faults, limits, pool, requests};

/// Refuses what says something about nothing.
pub(super) fn settle(settings: &mut Table) -> Result<(), Failure> {
    requests::settle(settings)?;
    backends::settle(settings)?;
    admission::settle(settings)?;
    pool::settle(settings)
}

/// `None`: nothing of it is asked for.
pub(super) fn resolve(
    settings: &mut Table,
    fleet: &FleetSpec,
    traffic: &Traffic,
    timeout: Option<Duration>,
) -> Result<Option<Operations>, Failure> {
    let requests = requests::resolve(settings)?;
    let is_patient = timeout.is_none() && requests.attempt_timeout.is_none();
    let admission = admission::resolve(settings, fleet)?;
    let pool = pool::resolve(settings, fleet, admission.slots.is_some())?;
    let operations = Operations {
        faults: faults::faults(settings, fleet, is_patient)?,
        surges: faults::surges(settings, traffic)?,
        requests,
        backends: backends(settings)?,
        admission,
        pool,
        series: effort::series_interval(settings)?,
    };
    Ok(is_anything(&operations).then_some(operations))
}

fn backends(settings: &mut Table) -> Result<BackendControls, Failure> {
    let resolved = backends::resolve(settings)?;
    Ok(BackendControls {
        probes: resolved.probes,
        passive: resolved.passive,
        breaker: resolved.breaker,
        outlier: resolved.outlier,
        panic: resolved.panic,
        slow_start: resolved.slow_start,
    })
}

/// Whether it differs from what holds where nothing happens and nothing is done.
fn is_anything(operations: &Operations) -> bool {
    let Operations {
        faults,
        surges,
        requests,
        backends,
        admission,
        pool,
        series,
    } = operations;
    let RequestControls {
        attempt_timeout,
        abandoned,
        deadlines_travel,
        retries,
        // Without retries and hedges there is nothing to spend it on.
        budget: _,
        hedge,
    } = requests;
    let BackendControls {
        probes,
        passive,
        breaker,
        outlier,
        // Without health there is nothing to panic about.
        panic: _,
        slow_start,
    } = backends;
    let AdmissionControls {
        rate,
        concurrency,
        codel,
        slots,
    } = admission;
    let happens = !faults.is_empty() || !surges.is_empty();
    let of_requests = attempt_timeout.is_some()
        || *abandoned != Abandoned::default()
        || *deadlines_travel
        || retries.is_some()
        || hedge.is_some();
    let of_backends = probes.is_some()
        || passive.is_some()
        || breaker.is_some()
        || outlier.is_some()
        || slow_start.is_some();
    let of_admission =
        rate.is_some() || concurrency.is_some() || codel.is_some() || slots.is_some();
    happens || of_requests || of_backends || of_admission || pool.is_some() || series.is_some()
}

/// Says so of a fault that comes when all requests have been sent. Not where surges change when that is.
pub(super) fn comes_too_late(scenario: &Scenario) -> Option<String> {
    let operations = scenario.operations.as_ref()?;
    if !operations.surges.is_empty() || matches!(scenario.traffic, Traffic::Closed { .. }) {
        return None;
    }
    let seconds = limits::arrival_seconds(scenario);
    let begins = |fault: &sim::fault::Fault| (fault.begins - Instant::ZERO).as_seconds();
    let late = operations
        .faults
        .iter()
        .find(|fault| begins(fault) > 1.1 * seconds)?;
    let sent = Human(Duration((seconds * 1e9) as u64));
    Some(format!(
        "`{late}` begins when all requests have been sent, which takes some {sent:.1}; more --requests or an earlier \
         fault would show it."
    ))
}
