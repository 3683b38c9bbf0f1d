//! How long a run is, in simulated time, as far as it can be told beforehand.

use ::policy::time::Duration;
use sim::fault::{Fault, Kind, Recurrence, Span};
use sim::scenario::{Scenario, Traffic};
use workload::arrivals::Surge;

/// How long requests keep coming. In a closed loop, how long they take where nobody waits.
pub(in crate::cli::resolve) fn arrival_seconds(scenario: &Scenario) -> f64 {
    let requests = scenario.effort.requests as f64;
    match &scenario.traffic {
        Traffic::Open { rate, .. } => surging(scenario, requests / rate),
        Traffic::Trace { trace, speedup, .. } => {
            surging(scenario, trace.report.span.as_seconds() / speedup)
        }
        Traffic::Closed { clients, think, .. } => {
            let speeds = &scenario.fleet.speeds;
            let slowness =
                speeds.iter().map(|speed| speed.recip()).sum::<f64>() / speeds.len() as f64;
            let each = think.mean_seconds() + mean_service(&scenario.traffic) * slowness;
            requests / f64::from(*clients) * each
        }
    }
}

/// As long as what takes `seconds` at the mean rate can take.
fn surging(scenario: &Scenario, seconds: f64) -> f64 {
    let surges = scenario.operations.iter().flat_map(|it| &it.surges);
    let (mut slowdown, mut pauses) = (1.0, 0.0);
    for surge in surges {
        match *surge {
            Surge::Spike { lasts, factor, .. } if factor < 1.0 => pauses += lasts.as_seconds(),
            Surge::Spike { .. } => {}
            Surge::Step { factor, .. } | Surge::Ramp { factor, .. } => {
                slowdown *= factor.recip().max(1.0);
            }
            Surge::Daily { period, .. } => pauses += period.as_seconds(),
        }
    }
    seconds * slowdown + pauses
}

/// How long the slowest backend takes for an even share of the requests, or, where queues are kept short
/// whatever the load, for as many as can be left of it when the last has come.
pub(super) fn share_seconds(scenario: &Scenario) -> f64 {
    let fleet = &scenario.fleet;
    let share = scenario.effort.requests as f64 / f64::from(fleet.len());
    let one = mean_service(&scenario.traffic) / slowest(scenario);
    let one = one * trouble(scenario);
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
        // Where retries or faults are, what was given up may be served nevertheless.
        Some(timeout) if scenario.operations.is_none() => seconds.min(timeout.as_seconds() + one),
        _ => seconds,
    }
}

/// How many times as long the work of a request can take: what is slow for good, and what is tried again.
fn trouble(scenario: &Scenario) -> f64 {
    let Some(operations) = &scenario.operations else {
        return 1.0;
    };
    let stays = |fault: &&Fault| fault.lasts.is_none();
    let slowness = operations.faults.iter().filter(stays).map(slowness);
    let requests = &operations.requests;
    let retries = requests.retries.map_or(0, |it| it.options().retries);
    let attempts = 1 + retries + u32::from(requests.hedge.is_some());
    slowness.fold(1.0, f64::max) * f64::from(attempts)
}

/// How much longer work takes while `fault` holds, or comes and goes.
fn slowness(fault: &Fault) -> f64 {
    match (fault.kind, fault.recurs) {
        (Kind::Slow { factor }, _) => factor,
        (Kind::Pause, Some(Recurrence { up, down, .. })) => {
            1.0 + mean(down).as_seconds() / mean(up).as_seconds()
        }
        _ => 1.0,
    }
}

pub(super) fn mean(span: Span) -> Duration {
    match span {
        Span::Fixed(span) | Span::Exponential(span) => span,
    }
}

pub(super) fn slowest(scenario: &Scenario) -> f64 {
    let speeds = scenario.fleet.speeds.iter().copied();
    speeds.fold(f64::INFINITY, f64::min)
}

/// In seconds, at speed 1.
pub(super) fn mean_service(traffic: &Traffic) -> f64 {
    match traffic {
        Traffic::Open { service, .. } | Traffic::Closed { service, .. } => service.mean_seconds(),
        Traffic::Trace { trace, service, .. } => trace
            .mean_demand_seconds()
            .unwrap_or_else(|| service.mean_seconds()),
    }
}
