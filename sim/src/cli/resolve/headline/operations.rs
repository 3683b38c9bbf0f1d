//! What befalls the fleet and what is done about it, in a few words each.

use std::fmt::Display;

use sim::operations::{
    Abandoned, AdmissionControls, BackendControls, Operations, PoolSpec, RequestControls,
};
use workload::quantity::Human;

/// Of more faults or surges only the number is said.
const FEW: usize = 2;

pub(super) fn of(operations: &Operations) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(some("faults", &operations.faults));
    parts.extend(some("surges", &operations.surges));
    parts.extend(requests(&operations.requests));
    parts.extend(backends(&operations.backends));
    parts.extend(admission(&operations.admission));
    parts.extend(operations.pool.as_ref().map(pool));
    parts
}

fn some(what: &str, all: &[impl Display]) -> Option<String> {
    let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    match texts.len() {
        0 => None,
        1..=FEW => Some(texts.join(" and ")),
        many => Some(format!("{many} {what}")),
    }
}

fn requests(controls: &RequestControls) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(timeout) = controls.attempt_timeout {
        parts.push(format!("attempts time out after {}", Human(timeout)));
    }
    match controls.abandoned {
        Abandoned::Serve => parts.push("abandoned attempts are served".to_owned()),
        Abandoned::Leave => {}
        Abandoned::Cancel => parts.push("abandoned attempts are cancelled".to_owned()),
    }
    if controls.deadlines_travel {
        parts.push("deadlines travel".to_owned());
    }
    let within = match controls.budget {
        Some(_) => " within a budget",
        None => "",
    };
    match controls.retries.map(|retries| retries.options().retries) {
        Some(1) => parts.push(format!("1 retry{within}")),
        Some(retries) => parts.push(format!("up to {retries} retries{within}")),
        None => {}
    }
    if controls.hedge.is_some() {
        parts.push(format!("hedged{within}"));
    }
    parts
}

fn backends(controls: &BackendControls) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(probes) = &controls.probes {
        parts.push(format!("probes every {}", Human(probes.options().interval)));
    }
    if controls.passive.is_some() {
        parts.push("passive health checks".to_owned());
    }
    if controls.breaker.is_some() {
        parts.push("circuit breakers".to_owned());
    }
    if controls.outlier.is_some() {
        parts.push("outlier ejection".to_owned());
    }
    if let Some(slow_start) = &controls.slow_start {
        let duration = Human(slow_start.options().duration);
        parts.push(format!("slow start of {duration}"));
    }
    parts
}

fn admission(controls: &AdmissionControls) -> Vec<String> {
    let AdmissionControls {
        rate,
        concurrency,
        codel,
        slots,
    } = controls;
    let mut parts = Vec::new();
    parts.extend(rate.map(|_| "rate limit".to_owned()));
    parts.extend(concurrency.as_ref().map(|_| "concurrency limit".to_owned()));
    parts.extend(codel.map(|_| "CoDel".to_owned()));
    parts.extend(slots.map(|slots| format!("slots: {}", slots.slots)));
    parts
}

fn pool(pool: &PoolSpec) -> String {
    let mut text = match &pool.sizing {
        None => format!("a pool with {} warm", pool.prewarmed),
        Some(sizing) => {
            let (bounds, name) = (sizing.bounds(), sizing.name());
            format!("a pool of {} to {} by {name}", bounds.min, bounds.max)
        }
    };
    let cold = pool.cold_start.total();
    if cold > policy::time::Duration::ZERO {
        text.push_str(&format!(" (cold start {})", Human(cold)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::fault::Fault;

    #[test]
    fn few_are_named_and_many_are_counted() {
        let of = |text: &str| {
            let faults = Fault::list(text).unwrap();
            of(&Operations {
                faults,
                ..Operations::default()
            })
        };
        assert_eq!(
            of("crash:1@1s,pause:2@2s+1s"),
            ["crash:1@1s and pause:2@2s+1s"]
        );
        assert_eq!(of("crash:1@1s,crash:2@2s,crash:3@3s"), ["3 faults"]);
    }
}
