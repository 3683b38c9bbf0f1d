//! Workers that are started and stopped.

use policy::growth::{Growth, Jitter};
use policy::recycle::Lifetime;
use policy::sizing::{
    self, Bounds, SizerName, doubling, on_demand, staffing, thresholds, utilization,
};
use policy::supervise;

use crate::failure::Failure;
use crate::pairs::{Pairs, Written, jitter};
use crate::table::Table;
use crate::value::{Parsed, Share, count, duration, number, share, small_count, span, spec};

const MOST_REQUESTS: u64 = 1_000_000_000_000;

/// `--min-workers` and `--max-workers`, which matter if `on`: at most `most`, which are `what`.
pub fn bounds(
    settings: &mut Table,
    on: bool,
    default_max: u32,
    (most, what): (u32, &str),
) -> Result<Bounds, Failure> {
    let some =
        |text: &str| small_count(text, 1..=most).map_err(|reason| format!("{reason}, {what}"));
    let min = settings.detail(on, "min-workers", 1, some)?;
    let max = settings.detail(on, "max-workers", default_max, some)?;
    if min > max {
        let reason = format!("`{min}` is more than the {max} of --max-workers");
        return Err(settings.refuse("min-workers", &reason));
    }
    Ok(Bounds { min, max })
}

/// `--sizing`
pub fn sizing(text: &str) -> Parsed<Written<(SizerName, sizing::Config)>> {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    let name: SizerName = spec(name.trim())?;
    let mut options = sizing::Options::default();
    let pairs = match name {
        SizerName::Thresholds => thresholds(text, rest, &mut options.thresholds)?,
        SizerName::Utilization => utilization(text, rest, &mut options.utilization)?,
        SizerName::Staffing => staffing(text, rest, &mut options.staffing)?,
        SizerName::Doubling => doubling(text, rest, &mut options.doubling)?,
        SizerName::OnDemand => on_demand(text, rest, &mut options.on_demand)?,
    };
    let written = pairs.finish(sizing::Config::new(options))?;
    Ok(written
        .map(|config| (name, config))
        .named(name.about().name))
}

/// So many of something, workers mostly.
fn some(text: &str) -> Parsed<u32> {
    small_count(text, 0..=1_000_000_000)
}

fn thresholds<'a>(
    spec: &'a str,
    text: &'a str,
    options: &mut thresholds::Options,
) -> Parsed<Pairs<'a>> {
    const FORM: &str =
        "thresholds or thresholds:up=100,down=10,per=5s,hold=2,cooldown=15s, or parts of it";
    let mut pairs = Pairs::behind(spec, text, FORM);
    let requests = |text: &str| count(text, 0..=MOST_REQUESTS);
    *options = thresholds::Options {
        up: pairs.or("up", options.up, requests)?,
        down: pairs.or("down", options.down, requests)?,
        per: pairs.or("per", options.per, duration)?,
        hold: pairs.or("hold", options.hold, some)?,
        cooldown: pairs.or("cooldown", options.cooldown, span)?,
    };
    Ok(pairs)
}

fn utilization<'a>(
    spec: &'a str,
    text: &'a str,
    options: &mut utilization::Options,
) -> Parsed<Pairs<'a>> {
    const FORM: &str =
        "utilization or utilization:target=70%,tolerance=10%,stabilization=5m, or parts of it";
    let mut pairs = Pairs::behind(spec, text, FORM);
    let target = Share(options.target_thousandths);
    let Share(target) = pairs.or("target", target, |text| share(text, 1..=1000))?;
    let tolerance = Share(options.tolerance_thousandths);
    let Share(tolerance) = pairs.or("tolerance", tolerance, |text| share(text, 0..=999))?;
    *options = utilization::Options {
        target_thousandths: target,
        tolerance_thousandths: tolerance,
        stabilization: pairs.or("stabilization", options.stabilization, span)?,
    };
    Ok(pairs)
}

fn staffing<'a>(
    spec: &'a str,
    text: &'a str,
    options: &mut staffing::Options,
) -> Parsed<Pairs<'a>> {
    const FORM: &str = "staffing or staffing:beta=1,smoothing=10s, or parts of it";
    let mut pairs = Pairs::behind(spec, text, FORM);
    *options = staffing::Options {
        beta: pairs.or("beta", options.beta, |text| number(text, 0.0..=100.0))?,
        smoothing: pairs.or("smoothing", options.smoothing, duration)?,
    };
    Ok(pairs)
}

fn doubling<'a>(
    spec: &'a str,
    text: &'a str,
    options: &mut doubling::Options,
) -> Parsed<Pairs<'a>> {
    const FORM: &str = "doubling or doubling:min-spare=1,max-spare=3,spawn-rate=32, or parts of it";
    let mut pairs = Pairs::behind(spec, text, FORM);
    *options = doubling::Options {
        min_spare: pairs.or("min-spare", options.min_spare, some)?,
        max_spare: pairs.or("max-spare", options.max_spare, some)?,
        max_spawn_rate: pairs.or("spawn-rate", options.max_spawn_rate, some)?,
    };
    Ok(pairs)
}

fn on_demand<'a>(
    spec: &'a str,
    text: &'a str,
    options: &mut on_demand::Options,
) -> Parsed<Pairs<'a>> {
    const FORM: &str = "on-demand or on-demand:idle=10s";
    let mut pairs = Pairs::behind(spec, text, FORM);
    *options = on_demand::Options {
        idle: pairs.or("idle", options.idle, duration)?,
    };
    Ok(pairs)
}

/// `--max-requests`
pub fn lifetime(text: &str) -> Parsed<Written<Lifetime>> {
    const FORM: &str = "N[,jitter=PCT], such as 10k,jitter=10%";
    let mut pairs = Pairs::behind(text, text, FORM);
    let lifetime = Lifetime {
        requests: pairs.first("number of requests", |text| count(text, 1..=MOST_REQUESTS))?,
        jitter: jitter(&mut pairs, Jitter::NONE)?,
    };
    pairs.finish(lifetime.check().map(|()| lifetime))
}

/// `--restart`
pub fn supervisor(text: &str) -> Parsed<Written<supervise::Config>> {
    const FORM: &str = "default, or any of crashes=10,window=60s,first=100ms,max=30s";
    let default = supervise::Options::default();
    let mut pairs = Pairs::new(text, FORM)?;
    let options = supervise::Options {
        crashes: pairs.or("crashes", default.crashes, some)?,
        window: pairs.or("window", default.window, duration)?,
        restart: Growth {
            first: pairs.or("first", default.restart.first, duration)?,
            max: pairs.or("max", default.restart.max, duration)?,
            ..default.restart
        },
        ..default
    };
    pairs.finish(supervise::Config::new(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sizer_is_read_back() {
        for name in SizerName::ALL {
            let name = name.about().name;
            let full = sizing(name).unwrap().text;
            assert!(full.starts_with(&format!("{name}:")), "{full}");
            assert_eq!(sizing(&full).unwrap().text, full);
        }
    }
}
