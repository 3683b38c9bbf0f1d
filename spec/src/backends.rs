//! What balancers do about backends.

use policy::breaker::window::FailureRate;
use policy::growth::Growth;
use policy::outlier::SuccessRate;
use policy::standing::Panic;
use policy::time::Duration;
use policy::{breaker, health, outlier, slow_start};

use crate::failure::Failure;
use crate::pairs::{Pairs, Written, jitter};
use crate::table::Table;
use crate::value::{
    Parsed, Share, Thousandths, duration, or_none, share, small_count, thousandths,
};

const MOST_IN_A_ROW: u32 = 1_000_000;
const MOST_FAILS: u32 = 1_000;

/// What was resolved.
#[derive(Clone, Debug)]
pub struct Backends {
    /// `--health-interval` and what goes with it.
    pub probes: Option<health::active::Config>,
    /// `--max-fails` and `--fail-timeout`.
    pub passive: Option<health::passive::Config>,
    /// `--breaker`
    pub breaker: Option<breaker::Config>,
    /// `--outlier` and `--max-ejection`.
    pub outlier: Option<outlier::Config>,
    /// `--panic`
    pub panic: Panic,
    /// `--slow-start`
    pub slow_start: Option<slow_start::Config>,
}

/// Refuses what says something about nothing.
pub fn settle(settings: &mut Table) -> Result<(), Failure> {
    for key in ["health-timeout", "health-rise", "health-fall"] {
        settings.needs(key, "health-interval")?;
    }
    settings.needs("fail-timeout", "max-fails")?;
    settings.needs("max-ejection", "outlier")?;
    settings.needs_one_of("panic", &["health-interval", "max-fails", "outlier"])
}

/// Reads all of it.
pub fn resolve(settings: &mut Table) -> Result<Backends, Failure> {
    let probes = probes(settings)?;
    let passive = passive(settings)?;
    let breaker = settings.unless_none("breaker", breaker)?;
    let outlier = outlier(settings)?;
    let heeds_health = probes.is_some() || passive.is_some() || outlier.is_some();
    let default = Share(Panic::default().thousandths);
    let all = |text: &str| share(text, 0..=1000);
    let Share(thousandths) = settings.detail(heeds_health, "panic", default, all)?;
    let slow_start = settings.unless_none("slow-start", duration)?;
    let slow_start = slow_start.map(|duration| {
        slow_start::Config::new(slow_start::Options {
            duration,
            ..slow_start::Options::default()
        })
    });
    let slow_start = slow_start.transpose();
    Ok(Backends {
        probes,
        passive,
        breaker: breaker.map(|Written { value, .. }| value),
        outlier,
        panic: Panic { thousandths },
        slow_start: slow_start
            .map_err(|error| settings.refuse("slow-start", &error.to_string()))?,
    })
}

fn probes(settings: &mut Table) -> Result<Option<health::active::Config>, Failure> {
    let default = health::active::Options::default();
    let interval = settings.unless_none("health-interval", duration)?;
    let on = interval.is_some();
    let in_a_row = |text: &str| small_count(text, 1..=MOST_IN_A_ROW);
    let options = health::active::Options {
        interval: interval.unwrap_or(default.interval),
        timeout: settings.detail(on, "health-timeout", default.timeout, duration)?,
        rise: settings.detail(on, "health-rise", default.rise, in_a_row)?,
        fall: settings.detail(on, "health-fall", default.fall, in_a_row)?,
        ..default
    };
    let config = health::active::Config::new(options);
    let config = config.map_err(|error| settings.refuse("health-interval", &error.to_string()))?;
    Ok(on.then_some(config))
}

fn passive(settings: &mut Table) -> Result<Option<health::passive::Config>, Failure> {
    let default = health::passive::Options::default();
    let some = |text: &str| small_count(text, 1..=MOST_FAILS);
    let max_fails = settings.unless_none("max-fails", some)?;
    let on = max_fails.is_some();
    let options = health::passive::Options {
        max_fails: max_fails.unwrap_or(default.max_fails),
        fail_timeout: settings.detail(on, "fail-timeout", default.fail_timeout, duration)?,
    };
    let config = health::passive::Config::new(options);
    let config = config.map_err(|error| settings.refuse("max-fails", &error.to_string()))?;
    Ok(on.then_some(config))
}

fn breaker(text: &str) -> Parsed<Written<breaker::Config>> {
    const FORM: &str = "default, or any of failures=5,rate=50%,window=10s,minimum=20,open=30s,max=300s,jitter=25%,\
                        probes=1,successes=1";
    let default = breaker::Options::default();
    let half = FailureRate::HALF;
    let mut pairs = Pairs::new(text, FORM)?;
    let some = |text: &str| small_count(text, 1..=MOST_IN_A_ROW);
    let optional = |text: &str| or_none(text, some);
    let failures_to_open = pairs.or("failures", default.failures_to_open, optional)?;
    let positive = |text: &str| or_none(text, |text| share(text, 1..=1000));
    let rate = pairs.or("rate", None, positive)?;
    let on = rate.is_some();
    let span = Duration(half.bucket.0 * u64::from(half.buckets));
    let window = pairs.detail(on, "rate", "window", span, duration)?;
    let minimum = pairs.detail(on, "rate", "minimum", half.minimum, some)?;
    let open = Growth {
        first: pairs.or("open", default.open.first, duration)?,
        max: pairs.or("max", default.open.max, duration)?,
        jitter: jitter(&mut pairs, default.open.jitter)?,
    };
    let options = breaker::Options {
        failures_to_open,
        rate_to_open: rate.map(|Share(thousandths)| FailureRate {
            thousandths,
            minimum,
            bucket: Duration(window.0 / u64::from(half.buckets)),
            buckets: half.buckets,
        }),
        probes: pairs.or("probes", default.probes, some)?,
        successes_to_close: pairs.or("successes", default.successes_to_close, some)?,
        open,
    };
    pairs.finish(breaker::Config::new(options))
}

fn outlier(settings: &mut Table) -> Result<Option<outlier::Config>, Failure> {
    let default = outlier::Options::default();
    let options = settings.unless_none("outlier", outliers)?;
    let (on, limit) = (options.is_some(), Share(default.max_ejected_thousandths));
    let all = |text: &str| share(text, 0..=1000);
    let Share(max_ejected_thousandths) = settings.detail(on, "max-ejection", limit, all)?;
    let Some(Written { value, .. }) = options else {
        return Ok(None);
    };
    let config = outlier::Config::new(outlier::Options {
        max_ejected_thousandths,
        ..value
    });
    let config = config.map_err(|error| settings.refuse("outlier", &error.to_string()))?;
    Ok(Some(config))
}

fn outliers(text: &str) -> Parsed<Written<outlier::Options>> {
    const FORM: &str =
        "default, or any of failures=5,stdev=1.9,volume=100,hosts=5,interval=10s,base=30s,max=300s";
    let default = outlier::Options::default();
    let envoy = SuccessRate::ENVOY;
    let mut pairs = Pairs::new(text, FORM)?;
    let some = |text: &str| small_count(text, 1..=MOST_IN_A_ROW);
    let failures = pairs.or("failures", default.consecutive_failures, |text| {
        or_none(text, some)
    })?;
    let stdev = pairs.or(
        "stdev",
        Some(Thousandths(envoy.stdev_thousandths)),
        |text| or_none(text, |text| thousandths(text, 0.0..=100.0)),
    )?;
    let on = stdev.is_some();
    let request_volume = pairs.detail(on, "stdev", "volume", envoy.request_volume, some)?;
    let min_hosts = pairs.detail(on, "stdev", "hosts", envoy.min_hosts, some)?;
    let options = outlier::Options {
        consecutive_failures: failures,
        success_rate: stdev.map(|Thousandths(stdev_thousandths)| SuccessRate {
            request_volume,
            min_hosts,
            stdev_thousandths,
        }),
        interval: pairs.or("interval", default.interval, duration)?,
        base: pairs.or("base", default.base, duration)?,
        max: pairs.or("max", default.max, duration)?,
        ..default
    };
    let checked = outlier::Config::new(options);
    let written = pairs.finish(checked)?;
    Ok(written.map(|config| *config.options()))
}
