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
    let some = |text: &str| small_count(text, 0..=1_000_000_000);
    let pairs = match name {
        SizerName::Thresholds => {
            const FORM: &str = "thresholds or thresholds:up=100,down=10,per=5s,hold=2,cooldown=15s, or parts of it";
            let mut pairs = Pairs::behind(text, rest, FORM);
            let requests = |text: &str| count(text, 0..=MOST_REQUESTS);
            let thresholds::Options {
                up,
                down,
                per,
                hold,
                cooldown,
            } = options.thresholds;
            options.thresholds = thresholds::Options {
                up: pairs.or("up", up, requests)?,
                down: pairs.or("down", down, requests)?,
                per: pairs.or("per", per, duration)?,
                hold: pairs.or("hold", hold, some)?,
                cooldown: pairs.or("cooldown", cooldown, span)?,
            };
            pairs
        }
        SizerName::Utilization => {
            const FORM: &str = "utilization or utilization:target=70%,tolerance=10%,stabilization=5m, or parts of it";
            let mut pairs = Pairs::behind(text, rest, FORM);
            let default = options.utilization;
            let (target, tolerance) = (
                Share(default.target_thousandths),
                Share(default.tolerance_thousandths),
            );
            let Share(target) = pairs.or("target", target, |text| share(text, 1..=1000))?;
            let Share(tolerance) = pairs.or("tolerance", tolerance, |text| share(text, 0..=999))?;
            options.utilization = utilization::Options {
                target_thousandths: target,
                tolerance_thousandths: tolerance,
                stabilization: pairs.or("stabilization", default.stabilization, span)?,
            };
            pairs
        }
        SizerName::Staffing => {
            const FORM: &str = "staffing or staffing:beta=1,smoothing=10s, or parts of it";
            let mut pairs = Pairs::behind(text, rest, FORM);
            let default = options.staffing;
            options.staffing = staffing::Options {
                beta: pairs.or("beta", default.beta, |text| number(text, 0.0..=100.0))?,
                smoothing: pairs.or("smoothing", default.smoothing, duration)?,
            };
            pairs
        }
        SizerName::Doubling => {
            const FORM: &str =
                "doubling or doubling:min-spare=1,max-spare=3,spawn-rate=32, or parts of it";
            let mut pairs = Pairs::behind(text, rest, FORM);
            let default = options.doubling;
            options.doubling = doubling::Options {
                min_spare: pairs.or("min-spare", default.min_spare, some)?,
                max_spare: pairs.or("max-spare", default.max_spare, some)?,
                max_spawn_rate: pairs.or("spawn-rate", default.max_spawn_rate, some)?,
            };
            pairs
        }
        SizerName::OnDemand => {
            const FORM: &str = "on-demand or on-demand:idle=10s";
            let mut pairs = Pairs::behind(text, rest, FORM);
            options.on_demand = on_demand::Options {
                idle: pairs.or("idle", options.on_demand.idle, duration)?,
            };
            pairs
        }
    };
    let written = pairs.finish(sizing::Config::new(options))?;
    Ok(written
        .map(|config| (name, config))
        .named(name.about().name))
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
    let some = |text: &str| small_count(text, 0..=1_000_000_000);
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
