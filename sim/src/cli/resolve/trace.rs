//! Requests as recorded.

use std::path::Path;
use std::sync::Arc;

use sim::scenario::{FleetSpec, Traffic};
use spec::value::{spec, switch};
use spec::{Failure, Spec, Table};
use workload::quantity::Human;
use workload::trace::{Malformed, Options, Report, Ties, Trace};

use super::traffic::{check_rate, read_load, read_rate, service};

/// Settings that say something about a trace.
pub(super) const DETAILS: [&str; 5] = [
    "trace-time",
    "trace-demand",
    "trace-key",
    "trace-ties",
    "strict",
];

pub(super) fn resolve(
    settings: &mut Table,
    fleet: &FleetSpec,
    notes: &mut Vec<String>,
) -> Result<Traffic, Failure> {
    let as_typed = |text: &str| Ok(text.to_owned());
    let path = settings.or("trace", String::new(), as_typed)?;
    let options = Options {
        time: settings.optional("trace-time", as_typed)?,
        demand: settings.optional("trace-demand", as_typed)?,
        key: settings.optional("trace-key", as_typed)?,
        strict: settings.or("strict", false, switch)?,
    };
    let Spec(ties) = settings.or("trace-ties", Spec(Ties::Spread), |text| {
        spec(text).map(Spec)
    })?;
    let mut trace = Trace::read(Path::new(&path), &options)
        .map_err(|error| settings.refuse("trace", &error.to_string()))?;
    // What is typed goes before what a file happens to hold.
    if settings.has("service") {
        trace.demands = None;
    }
    if settings.has("keys") {
        trace.keys = None;
    }
    let mean_demand = trace.mean_demand_seconds();
    let service = match mean_demand {
        Some(_) => workload::demand::Demand::Constant {
            value: ::policy::time::Duration::ZERO,
        },
        None => service(settings)?,
    };
    let demand = mean_demand.unwrap_or_else(|| service.mean_seconds());
    let speedup = speedup(settings, &trace, demand / fleet.capacity())?;
    notes.push(what_was_read(&path, &trace.report, ties));
    notes.push(pace(&trace, demand / fleet.capacity(), speedup));
    Ok(Traffic::Trace {
        trace: Arc::new(trace),
        speedup,
        ties,
        service,
    })
}

/// What recorded time is divided by; a request a second is a load of `each`.
fn speedup(settings: &mut Table, trace: &Trace, each: f64) -> Result<f64, Failure> {
    let recorded = trace.rate();
    if let Some(rate) = settings.optional("rate", read_rate)? {
        settings
            .config
            .derive("load", rate * each, "follows from the rate");
        return Ok(rate / recorded);
    }
    if let Some(load) = settings.optional("load", read_load)? {
        if each == 0.0 {
            return Err(settings.refuse("load", "all demands in the trace are 0, so is any load"));
        }
        let rate = load / each;
        check_rate(settings, rate)?;
        settings
            .config
            .derive("rate", rate, "requests/s, follows from the load");
        return Ok(rate / recorded);
    }
    settings
        .config
        .derive("load", recorded * each, "as recorded");
    settings
        .config
        .derive("rate", recorded, "requests/s, as recorded");
    Ok(1.0)
}

fn what_was_read(path: &str, report: &Report, ties: Ties) -> String {
    let Report {
        lines,
        requests,
        malformed,
        inversions,
        tick,
        ..
    } = report;
    let mut text = format!("{path}: {lines} lines read, {requests} requests");
    if let Some(Malformed { line, reason }) = report.first_malformed.first() {
        text.push_str(&format!(
            "; {malformed} malformed and skipped, the first at line {line} ({reason})"
        ));
    }
    if *inversions > 0 {
        text.push_str(&format!(
            "; {inversions} earlier than the line before them and sorted in"
        ));
    }
    if report.ties > 0 {
        let treated = match ties {
            Ties::Spread => "spread within it",
            Ties::Keep => "kept together",
        };
        let (same, tick) = (report.ties, Human(*tick));
        text.push_str(&format!(
            "; the clock's tick is {tick}, {same} share their stamp with the one before and are {treated}"
        ));
    }
    text.push('.');
    text
}

/// A request a second is a load of `each`. That the load is idle is noted with the results, unless it was scaled
/// from such traffic and is no longer.
fn pace(trace: &Trace, each: f64, speedup: f64) -> String {
    let (rate, scv) = (trace.rate(), trace.report.scv);
    let idle = if speedup != 1.0 && rate * each < sim::scenario::IDLE_LOAD {
        " and is idle traffic"
    } else {
        ""
    };
    let recorded = format!(
        "The recorded pace, {rate:.4} requests/s over {:.1}, is {:.2e} of capacity{idle}; the gaps' squared \
         coefficient of variation is {scv:.2}",
        Human(trace.report.span),
        rate * each
    );
    if speedup == 1.0 {
        return format!("{recorded}.");
    }
    format!(
        "{recorded}. Recorded time is divided by {speedup:.4}, which makes the load {:.3}.",
        rate * each * speedup
    )
}
