//! Whom balancers or workers let in.

use policy::admission::{Aimd, Gradient, Limit, Limiter, Rate, aimd, codel, gradient};
use policy::backoff;
use policy::growth::{Growth, Jitter};
use policy::time::Duration;
use workload::quantity::Human;

use crate::pairs::{Pairs, Written};
use crate::value::{
    Parsed, Share, Thousandths, count, duration, number, or_none, share, small_count, thousandths,
};

/// Requests a second.
const RATES: std::ops::RangeInclusive<f64> = 1e-3..=1e9;
const MOST_AT_ONCE: u64 = 1_000_000_000;
const MOST_IN_FLIGHT: u32 = 1_000_000_000;
/// Slots of a pool, at most.
pub const MOST_SLOTS: u32 = 1_000_000;
/// A system call alone takes some hundred nanoseconds.
const SHORTEST_SLEEP: Duration = Duration(1_000);

/// `--slots`
pub fn slots(text: &str) -> Parsed<u32> {
    small_count(text, 1..=MOST_SLOTS)
}

/// `--rate-limit`
pub fn rate(text: &str) -> Parsed<Written<Rate>> {
    const FORM: &str = "R[,burst=N], such as 500,burst=20";
    let mut pairs = Pairs::behind(text, text, FORM);
    let rate = pairs.first("rate", |text| {
        number(text.strip_suffix("/s").unwrap_or(text), RATES)
    })?;
    let tenth = ((rate / 10.0) as u64).max(1);
    let burst = pairs.or("burst", tenth, |text| count(text, 1..=MOST_AT_ONCE))?;
    // A thousand seconds, so that a rate need not be whole.
    let requests = (rate * 1e3).round() as u64;
    pairs.finish(Rate::new(requests, Duration::from_millis(1_000_000), burst))
}

/// `--concurrency-limit`
pub fn concurrency(text: &str) -> Parsed<Written<Limiter>> {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    let limit = match name.trim() {
        "aimd" => aimd(text, rest)?,
        "gradient" => gradient(text, rest)?,
        _ => {
            let limit = small_count(text, 1..=MOST_IN_FLIGHT);
            let limit = limit.map_err(|reason| format!("{reason}; or aimd, or gradient"))?;
            let text = limit.to_string();
            let value = Limit::Fixed(limit);
            Written { value, text }
        }
    };
    let Written { value, text } = limit;
    let value = Limiter::new(value).map_err(|error| error.to_string())?;
    Ok(Written { value, text })
}

fn in_flight(text: &str) -> Parsed<u32> {
    small_count(text, 1..=MOST_IN_FLIGHT)
}

fn aimd(spec: &str, text: &str) -> Parsed<Written<Limit>> {
    const FORM: &str = "aimd or aimd:initial=10,min=1,max=1000,kept=90%,timeout=5s, or parts of it";
    let default = aimd::Options::default();
    let mut pairs = Pairs::behind(spec, text, FORM);
    let initial = pairs.or("initial", default.initial, in_flight)?;
    let min = pairs.or("min", default.min, in_flight)?;
    let max = pairs.or("max", default.max, in_flight)?;
    let kept = Share(u32::from(default.kept));
    let Share(kept) = pairs.or("kept", kept, |text| share(text, 500..=999))?;
    let timeout = pairs.or("timeout", default.timeout, duration)?;
    let written = pairs.finish(aimd::Config::new(aimd::Options {
        initial,
        min,
        max,
        kept: kept as u16,
        timeout,
    }))?;
    Ok(written.map(Aimd::new).map(Limit::Aimd).named("aimd"))
}

fn gradient(spec: &str, text: &str) -> Parsed<Written<Limit>> {
    const FORM: &str = "gradient or gradient:initial=20,min=1,max=1000,tolerance=1.5,smoothing=20%,window=1s,\
                        windows=600, or parts of it";
    let default = gradient::Options::default();
    let mut pairs = Pairs::behind(spec, text, FORM);
    let initial = pairs.or("initial", default.initial, in_flight)?;
    let min = pairs.or("min", default.min, in_flight)?;
    let max = pairs.or("max", default.max, in_flight)?;
    let tolerance = Thousandths(default.tolerance);
    let Thousandths(tolerance) = pairs.or("tolerance", tolerance, |text| {
        thousandths(text, 1.0..=1000.0)
    })?;
    let smoothing = Share(u32::from(default.smoothing));
    let Share(smoothing) = pairs.or("smoothing", smoothing, |text| share(text, 1..=1000))?;
    let window = pairs.or("window", default.window, duration)?;
    let long_windows = pairs.or("windows", default.long_windows, |text| {
        small_count(text, 1..=1_000_000)
    })?;
    let written = pairs.finish(gradient::Config::new(gradient::Options {
        initial,
        min,
        max,
        tolerance,
        smoothing: smoothing as u16,
        window,
        long_windows,
    }))?;
    let limit = written.map(Gradient::new).map(Limit::Gradient);
    Ok(limit.named("gradient"))
}

/// `--codel`
pub fn codel(text: &str) -> Parsed<Written<codel::Config>> {
    const FORM: &str = "default, or TARGET,INTERVAL[,stale], such as 5ms,100ms";
    let default = codel::Options::default();
    let full = format!("{},{}", Human(default.target), Human(default.interval));
    let text = if text.trim() == "default" {
        &full
    } else {
        text
    };
    let mut pairs = Pairs::new(text, FORM)?;
    let target = pairs.first("target", duration)?;
    let interval = pairs.first("interval", duration)?;
    let law = match pairs.flag("stale") {
        true => codel::Law::Stale,
        false => codel::Law::Spaced,
    };
    pairs.finish(codel::Config::new(codel::Options {
        target,
        interval,
        law,
    }))
}

/// `--slot-wait`
pub fn wait(text: &str) -> Parsed<Written<backoff::Config>> {
    const FORM: &str = "any of spins=10,first=10us,max=1ms,patience=5s,retries=100";
    let default = backoff::Options::default();
    let mut pairs = Pairs::new(text, FORM)?;
    let spins = |text: &str| small_count(text, 0..=1_000);
    let tries = |text: &str| small_count(text, 0..=1_000_000);
    let options = backoff::Options {
        spins: pairs.or("spins", default.spins, spins)?,
        sleep: Growth {
            first: pairs.or("first", default.sleep.first, duration)?,
            max: pairs.or("max", default.sleep.max, duration)?,
            jitter: Jitter::QUARTER,
        },
        patience: pairs.or("patience", default.patience, |text| or_none(text, duration))?,
        retries: pairs.or("retries", default.retries, |text| or_none(text, tries))?,
    };
    let made = match options.sleep.first < SHORTEST_SLEEP {
        true => Err(format!(
            "first: nobody sleeps for less than {}",
            Human(SHORTEST_SLEEP)
        )),
        false => backoff::Config::new(options).map_err(|error| error.to_string()),
    };
    pairs.finish(made)
}
