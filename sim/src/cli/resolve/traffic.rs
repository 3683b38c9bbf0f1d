//! What comes in.

use std::ops::RangeInclusive;

use ::policy::time::Duration;
use sim::scenario::{FleetSpec, Traffic};
use spec::value::{Parsed, duration, number, small_count, spec};
use spec::{Failure, Spec, Table};
use workload::arrivals::Arrivals;
use workload::demand::Demand;
use workload::key::Keys;
use workload::quantity::parse_duration;
use workload::stream::{Purpose, Stream};

use super::trace;

/// What arrival processes take.
const RATES: RangeInclusive<f64> = 1e-6..=1e12;
/// Above a thousand times its capacity a fleet shows nothing new.
const LOADS: RangeInclusive<f64> = 1e-6..=1e3;
const DEFAULT_LOAD: f64 = 0.8;
const MOST_CLIENTS: u32 = 10_000_000;

/// Settles what contradicts what.
pub(super) fn settle(settings: &mut Table) -> Result<(), Failure> {
    if let Some(Arrivals::Trace(path)) = settings.given("arrivals", spec)? {
        settings.exclusive("arrivals", "trace", "there can be one trace")?;
        if settings.has("arrivals") {
            settings.rename("arrivals", "trace", path.display().to_string());
        }
    }
    let one_load = "the load is given as a share of capacity or in requests/s, not both";
    settings.exclusive("load", "rate", one_load)?;
    settings.exclusive(
        "trace",
        "arrivals",
        "a trace says itself when requests arrive",
    )?;
    settings.exclusive(
        "trace",
        "clients",
        "recorded requests do not wait for answers",
    )?;
    let closed = "in a closed loop requests come as fast as they are answered";
    for key in ["arrivals", "load", "rate"] {
        settings.exclusive("clients", key, closed)?;
    }
    let one_demand = "the service that a request needs is drawn or recorded, not both";
    settings.exclusive("service", "trace-demand", one_demand)?;
    settings.exclusive("keys", "trace-key", "keys are drawn or recorded, not both")?;
    settings.needs("think", "clients")?;
    for key in trace::DETAILS {
        settings.needs(key, "trace")?;
    }
    Ok(())
}

pub(super) fn resolve(
    settings: &mut Table,
    fleet: &FleetSpec,
    notes: &mut Vec<String>,
) -> Result<Traffic, Failure> {
    if settings.has("trace") {
        trace::resolve(settings, fleet, notes)
    } else if settings.has("clients") {
        closed(settings)
    } else {
        open(settings, fleet)
    }
}

fn open(settings: &mut Table, fleet: &FleetSpec) -> Result<Traffic, Failure> {
    let service = service(settings)?;
    let Spec(arrivals) = settings.or("arrivals", Spec(Arrivals::Poisson), |text| {
        spec(text).map(Spec)
    })?;
    let rate = rate(settings, fleet.capacity() / service.mean_seconds())?;
    let stream = Stream::new(0, 0, Purpose::Arrivals);
    if let Err(error) = arrivals.process(rate, stream) {
        return Err(settings.refuse("arrivals", &error.to_string()));
    }
    Ok(Traffic::Open {
        arrivals,
        rate,
        service,
    })
}

/// Requests/s, of which the fleet serves at most `limit`.
fn rate(settings: &mut Table, limit: f64) -> Result<f64, Failure> {
    if let Some(rate) = settings.optional("rate", read_rate)? {
        settings
            .config
            .derive("load", rate / limit, "follows from the rate");
        return Ok(rate);
    }
    let load = settings.or("load", DEFAULT_LOAD, read_load)?;
    let rate = load * limit;
    check_rate(settings, rate)?;
    settings
        .config
        .derive("rate", rate, "requests/s, follows from the load");
    Ok(rate)
}

pub(super) fn read_rate(text: &str) -> Parsed<f64> {
    number(text, RATES)
}

pub(super) fn read_load(text: &str) -> Parsed<f64> {
    number(text, LOADS)
}

/// Refuses a load that comes to a `rate` nobody can simulate.
pub(super) fn check_rate(settings: &Table, rate: f64) -> Result<(), Failure> {
    if RATES.contains(&rate) {
        return Ok(());
    }
    let (least, most) = RATES.into_inner();
    let reason = format!(
        "of this fleet it would be {rate:e} requests/s; allowed are {least:e} to {most:e} requests/s"
    );
    Err(settings.refuse("load", &reason))
}

fn closed(settings: &mut Table) -> Result<Traffic, Failure> {
    let some = |text: &str| small_count(text, 1..=MOST_CLIENTS);
    let clients = settings.or("clients", 1, some)?;
    let no_time = Demand::Constant {
        value: Duration::ZERO,
    };
    let Spec(think) = settings.or("think", Spec(no_time), |text| think(text).map(Spec))?;
    let service = service(settings)?;
    Ok(Traffic::Closed {
        clients,
        think,
        service,
    })
}

/// As a service demand, or a plain duration, which may be zero.
fn think(text: &str) -> Parsed<Demand> {
    let plain = text.trim();
    let plain = plain.strip_prefix("const:").unwrap_or(plain);
    match parse_duration(plain) {
        Ok(Duration::ZERO) => Ok(Demand::Constant {
            value: Duration::ZERO,
        }),
        Ok(_) => spec(&format!("const:{plain}")),
        Err(_) => spec(text),
    }
}

/// The service that a request needs, where it is drawn.
pub(super) fn service(settings: &mut Table) -> Result<Demand, Failure> {
    const MEAN: Duration = Duration(10_000_000);
    let default = Spec(Demand::Exponential { mean: MEAN });
    let Spec(service) = settings.or("service", default, |text| spec(text).map(Spec))?;
    Ok(service)
}

/// What requests are placed by, where `traffic` does not say.
pub(super) fn keys(settings: &mut Table, traffic: &Traffic) -> Result<Keys, Failure> {
    let default = Keys::Uniform { count: 10_000 };
    if matches!(traffic, Traffic::Trace { trace, .. } if trace.keys.is_some()) {
        return Ok(default);
    }
    let Spec(keys) = settings.or("keys", Spec(default), |text| spec(text).map(Spec))?;
    Ok(keys)
}

/// When a client gives up.
pub(super) fn timeout(settings: &mut Table) -> Result<Option<Duration>, Failure> {
    settings.unless_none("timeout", duration)
}
