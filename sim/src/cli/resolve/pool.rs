//! Backends as workers that are started and stopped.

use policy::growth::Jitter;
use policy::sizing::{Bounds, Controller};
use policy::supervise;
use policy::time::Duration;
use sim::operations::{ColdStart, PoolSpec};
use sim::scenario::FleetSpec;
use spec::pool::{bounds, lifetime, sizing, supervisor};
use spec::value::{Parsed, duration, small_count, span};
use spec::{Failure, Pairs, Table, Written, jitter};

/// A tenth of a millisecond.
const TENTH: u64 = 100_000;

/// The cold start of the runtime whose pool this project started from, on macOS, as its authors give it: 83 ms as it was
/// and 71 ms without parsing. What they list (spawn 10 to 15 ms, linker 15 to 20, I/O backend 5, parsing 8,
/// compilation 4, cache 1, connection pool 5, listener 3) adds up to 51 to 61 ms and 38 to 48 ms, the second of which
/// is 13 ms less and not 12. Elsewhere they have the linker at 80 to 90 ms alone, so it is given what is missing in
/// the first, and initialisation the odd millisecond of the second. Their 30 ms are "network and processing only" of a
/// worker that was there already: nothing is spawned, linked or initialised.
const NAMED: &[(&str, ColdStart)] = &[
    ("runtime-83ms", phases(125, 445, 230, 30)),
    ("runtime-71ms", phases(125, 445, 110, 30)),
    ("runtime-30ms", phases(0, 0, 0, 300)),
];

const fn phases(spawn: u64, link: u64, init: u64, listen: u64) -> ColdStart {
    ColdStart {
        spawn: Duration(spawn * TENTH),
        link: Duration(link * TENTH),
        init: Duration(init * TENTH),
        listen: Duration(listen * TENTH),
        jitter: Jitter::NONE,
    }
}

/// Refuses what says something about nothing.
pub(super) fn settle(settings: &mut Table) -> Result<(), Failure> {
    for key in ["min-workers", "max-workers", "sizing-interval"] {
        settings.needs(key, "sizing")?;
    }
    Ok(())
}

/// `has_slots`: requests wait for a slot where they find no worker.
pub(super) fn resolve(
    settings: &mut Table,
    fleet: &FleetSpec,
    has_slots: bool,
) -> Result<Option<PoolSpec>, Failure> {
    let backends = fleet.len();
    let cold_start = settings.unless_none("cold-start", cold_start)?;
    let sizing = settings.unless_none("sizing", sizing)?;
    let is_sized = sizing.is_some();
    let bounds = bounds(
        settings,
        is_sized,
        backends,
        (backends, "the backends there are"),
    )?;
    let interval = sizing
        .as_ref()
        .map(|sizing| sizing.value.0.about().interval);
    let interval = interval.unwrap_or(Duration::from_millis(1_000));
    let sizing_interval = settings.detail(is_sized, "sizing-interval", interval, duration)?;
    let lifetime = settings.unless_none("max-requests", lifetime)?;
    let supervisor = settings.unless_none("restart", supervisor)?;
    let prewarmed = prewarmed(settings, is_sized.then_some(bounds), backends)?;
    if prewarmed == Some(0) && !has_slots {
        let reason = "with no worker at the beginning every request fails at once: give --slots, in front of which \
                      requests wait until there is one, or --prewarm 1";
        return Err(settings.refuse("prewarm", reason));
    }
    let exists = cold_start.is_some()
        || is_sized
        || lifetime.is_some()
        || supervisor.is_some()
        || prewarmed.is_some();
    let controller = sizing.map(|Written { value, .. }| Controller::new(value.0, &value.1, bounds));
    let sizing = controller.transpose();
    let sizing = sizing.map_err(|error| settings.refuse("sizing", &error.to_string()))?;
    let initial = if is_sized { bounds.min } else { backends };
    Ok(exists.then(|| PoolSpec {
        prewarmed: prewarmed.unwrap_or(initial),
        cold_start: cold_start.map_or(ColdStart::default(), |written| written.value),
        sizing,
        sizing_interval,
        supervisor: supervisor.map_or(supervise::Config::default(), |written| written.value),
        lifetime: lifetime.map(|Written { value, .. }| value),
    }))
}

/// Who is warm at the beginning, if that was said.
fn prewarmed(
    settings: &mut Table,
    bounds: Option<Bounds>,
    backends: u32,
) -> Result<Option<u32>, Failure> {
    // With none and nobody who starts any, nothing is ever served.
    let least = if bounds.is_some() { 0 } else { 1 };
    let most = bounds.map_or(backends, |bounds| bounds.max);
    settings.unless_none("prewarm", |text| {
        small_count(text, least..=most)
            .map_err(|reason| format!("{reason}, the workers there can be"))
    })
}

fn cold_start(text: &str) -> Parsed<Written<ColdStart>> {
    const FORM: &str = "runtime-83ms, runtime-71ms, runtime-30ms, or any of \
                        spawn=10ms,link=15ms,init=5ms,listen=3ms,jitter=10%";
    if let Some((name, value)) = NAMED.iter().find(|(name, _)| *name == text.trim()) {
        return Ok(Written {
            value: *value,
            text: (*name).to_owned(),
        });
    }
    if text.trim() == "default" {
        return Err(Pairs::behind(text, "", FORM).refuse("there is no default"));
    }
    let mut pairs = Pairs::new(text, FORM)?;
    let start = ColdStart {
        spawn: pairs.or("spawn", Duration::ZERO, span)?,
        link: pairs.or("link", Duration::ZERO, span)?,
        init: pairs.or("init", Duration::ZERO, span)?,
        listen: pairs.or("listen", Duration::ZERO, span)?,
        jitter: jitter(&mut pairs, Jitter::NONE)?,
    };
    pairs.finish(Ok::<_, String>(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_cold_starts_take_what_their_names_say() {
        for (name, start) in NAMED {
            let total = cold_start(name).unwrap().value.total();
            assert_eq!(total, start.total());
            assert_eq!(
                format!("runtime-{}", workload::quantity::Human(total)),
                *name
            );
        }
    }
}
