//! How much is simulated.

use policy::time::Duration;
use serde_json::Value;
use sim::scenario::{Effort, Traffic, Warmup};
use sim::study::MAX_REPLICATIONS;
use spec::value::{self, Parsed, count, duration, percentage, small_count};
use spec::{Failure, Shown, Table};

const MOST_REQUESTS: u64 = 1_000_000_000_000;
const DEFAULT_REQUESTS: u64 = 1_000_000;

/// `is_eventful`: something happens at a time.
pub(super) fn resolve(
    settings: &mut Table,
    traffic: &Traffic,
    is_eventful: bool,
) -> Result<Effort, Failure> {
    let requests = requests(settings, traffic)?;
    let warmup = warmup(settings, traffic, is_eventful)?;
    if let Warmup::Requests(left_out) = warmup
        && left_out >= requests
    {
        let reason = format!("`{left_out}` leaves nothing of {requests} requests");
        return Err(settings.refuse("warmup", &reason));
    }
    let some = |text: &str| small_count(text, 1..=MAX_REPLICATIONS);
    let replications = settings.or("replications", 10, some)?;
    let precision = settings.optional("precision", |text| percentage(text).map(Percent))?;
    Ok(Effort {
        requests,
        warmup,
        replications,
        precision: precision.map(|Percent(percent)| percent / 100.0),
        timeline: 0,
    })
}

fn requests(settings: &mut Table, traffic: &Traffic) -> Result<u64, Failure> {
    let (default, most, because) = match traffic {
        Traffic::Trace { trace, .. } => {
            let all = trace.len() as u64;
            (all, all, "all of the trace")
        }
        _ => (DEFAULT_REQUESTS, MOST_REQUESTS, "default"),
    };
    let given = settings.given("requests", |text| {
        count(text, 1..=most).map_err(|reason| match traffic {
            Traffic::Trace { .. } => format!("{reason}, the trace's length"),
            _ => reason,
        })
    })?;
    let requests = given.unwrap_or(default);
    settings.record("requests", &requests, because);
    Ok(requests)
}

/// It stays `auto` also where that leaves out nothing: variants share it, and in some of them nothing may happen.
fn warmup(settings: &mut Table, traffic: &Traffic, is_eventful: bool) -> Result<Warmup, Failure> {
    let because = match traffic {
        Traffic::Trace { .. } => "default; nothing of a recording",
        _ if is_eventful => "default; nothing where there are faults or controls",
        _ => "default",
    };
    let warmup = settings.given("warmup", read_warmup)?;
    let warmup = warmup.unwrap_or(Warmup::Auto);
    settings.record("warmup", &LeftOut(warmup), because);
    Ok(warmup)
}

fn read_warmup(text: &str) -> Parsed<Warmup> {
    match text.trim() {
        "auto" => Ok(Warmup::Auto),
        _ => match count(text, 0..=MOST_REQUESTS) {
            Ok(requests) => Ok(Warmup::Requests(requests)),
            Err(reason) => Err(format!("{reason}; or auto")),
        },
    }
}

struct LeftOut(Warmup);

impl Shown for LeftOut {
    fn shown(&self) -> Value {
        match &self.0 {
            Warmup::Auto => "auto".into(),
            Warmup::Requests(requests) => (*requests).into(),
        }
    }
}

/// The interval of the time series, if a certain one is asked for.
pub(super) fn series_interval(settings: &mut Table) -> Result<Option<Duration>, Failure> {
    settings.unless_none("series-interval", duration)
}

struct Percent(f64);

impl Shown for Percent {
    fn shown(&self) -> Value {
        format!("{}%", self.0).into()
    }
}

/// Where all randomness comes from.
pub(super) fn seed(settings: &mut Table) -> Result<u64, Failure> {
    settings.or("seed", 1, value::seed)
}
