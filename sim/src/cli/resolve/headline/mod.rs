//! What is simulated, in one line.

mod operations;

use sim::accept::Knowledge;
use sim::scenario::{Scenario, Service, Traffic};
use sim::station::Discipline;
use workload::quantity::Human;

/// Of `scenario`, whose trace, if it has one, is called `trace`.
pub(super) fn of(scenario: &Scenario, trace: Option<&str>) -> String {
    let backends = scenario.fleet.len();
    let plural = if backends == 1 { "" } else { "s" };
    let mut parts = vec![
        format!("{backends} backend{plural}"),
        traffic(scenario, trace.unwrap_or("a trace")),
    ];
    parts.extend(service(&scenario.traffic));
    parts.push(queue(scenario));
    if scenario.dispatchers > 1 {
        parts.push(format!("{} dispatchers", scenario.dispatchers));
    }
    if let Knowledge::Board(interval) = scenario.knowledge {
        parts.push(format!("loads up to {} old", Human(interval)));
    }
    if let Some(timeout) = scenario.timeout {
        parts.push(format!("timeout {}", Human(timeout)));
    }
    if let Some(operations) = &scenario.operations {
        parts.extend(operations::of(operations));
    }
    parts.join(", ")
}

fn traffic(scenario: &Scenario, trace: &str) -> String {
    let load = short(scenario.offered_load().unwrap_or_default());
    match &scenario.traffic {
        Traffic::Open { arrivals, rate, .. } => {
            format!("open loop {arrivals} at {}/s (load {load})", short(*rate))
        }
        Traffic::Closed { clients, think, .. } => {
            format!("closed loop of {clients} clients, think {think}")
        }
        Traffic::Trace {
            trace: recorded,
            speedup,
            ..
        } => {
            let rate = short(recorded.rate() * speedup);
            format!("requests of {trace} at {rate}/s (load {load})")
        }
    }
}

fn service(traffic: &Traffic) -> Option<String> {
    let service = match traffic {
        Traffic::Trace { trace, .. } if trace.demands.is_some() => {
            return Some("service as recorded".to_owned());
        }
        Traffic::Open { service, .. }
        | Traffic::Closed { service, .. }
        | Traffic::Trace { service, .. } => service,
    };
    Some(format!("service {service}"))
}

fn queue(scenario: &Scenario) -> String {
    let fleet = &scenario.fleet;
    let mut text = match fleet.queue {
        Service::Queue(Discipline::Fifo) => "fifo",
        Service::Queue(Discipline::Lifo) => "lifo",
        Service::Sharing => "ps",
    }
    .to_owned();
    if fleet.servers > 1 {
        text.push_str(&format!(" with {} servers each", fleet.servers));
    }
    if let Some(limit) = fleet.queue_limit {
        text.push_str(&format!(", at most {limit} waiting"));
    }
    text
}

/// Three decimals at most; of what is smaller, three digits.
fn short(number: f64) -> String {
    if number < 0.001 {
        return format!("{number:.2e}");
    }
    let decimals = format!("{number:.3}");
    let rounded = decimals.trim_end_matches('0').trim_end_matches('.');
    rounded.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(short(1440.0), "1440");
        assert_eq!(short(0.8999999), "0.9");
        assert_eq!(short(0.000_034_567), "3.46e-5");
    }
}
