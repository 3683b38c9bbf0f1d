//! Processor sharing, which does not care about the distribution of service.

use evenkeel_tests::exact::ErlangC;
use evenkeel_tests::measure::{Plan, replicate_one, response};
use evenkeel_tests::setup::{UNIT_SECONDS, open, sharing};
use evenkeel_tests::verdict::agrees;
use policy::strategy::StrategyName;
use policy::time::Duration;
use sim::probe::Segments;
use sim::world::Oversight;

/// M/G/1-PS: E\[T\] = 1 / (1 - rho) (Kleinrock 1976, section 4.4), at 0.8.
fn one_core(service: &str, plan: Plan) {
    let load = 0.8;
    let runs = replicate_one(&open(sharing(1, 1), "poisson", service, load), plan);
    let name = format!("M/G/1-PS 0.8, {service}: E[T]");
    agrees(&name, runs.iter().map(response), 1.0 / (1.0 - load));
}

#[test]
fn one_core_hyperexponential() {
    one_core("hyperexp:10ms,cv=2", Plan::millions(50));
}

#[test]
fn one_core_constant() {
    one_core("const:10ms", Plan::millions(40));
}

/// Each request gets min(1, c / n) of a core when there are n: a symmetric queue (Kelly 1979, section 3.3) with the rates
/// of M/M/c, so E\[T\] is that of M/M/c whatever the distribution.
fn several_cores(service: &str, plan: Plan) {
    let (cores, offered) = (4, 3.6);
    let runs = replicate_one(&open(sharing(1, cores), "poisson", service, 0.9), plan);
    let name = format!("M/G/4-PS 0.9, {service}: E[T]");
    let exact = ErlangC::new(cores, offered).response();
    agrees(&name, runs.iter().map(response), exact);
}

#[test]
fn several_cores_exponential() {
    several_cores("exp:10ms", Plan::millions(80));
}

#[test]
fn several_cores_hyperexponential() {
    several_cores("hyperexp:10ms,cv=2", Plan::millions(100));
}

/// M/G/1-PS: E\[T | service x\] = x / (1 - rho), for a short x and one eleven times as long.
#[test]
fn response_is_proportional_to_service() {
    let (load, replications, warmup, measured) = (0.8, 50, 20_000, 600_000);
    let mut scenario = open(sharing(1, 1), "poisson", "bimodal:5ms,p=0.9,55ms", load);
    scenario.effort.requests = warmup + measured;
    scenario.effort.timeline = scenario.effort.requests as usize;
    let services = [5, 55].map(|milliseconds| Duration(milliseconds * 1_000_000));
    let mut means = services.map(|_| Vec::new());
    for seed in 0..replications {
        // Only the first replication of a seed keeps its requests one by one.
        scenario.seed = 1 + seed;
        let segments = Segments::fixed(0, 1);
        let strategy = StrategyName::RoundRobin;
        let recorded = sim::run::run(&scenario, strategy, 0, segments, &Oversight::default());
        let timeline = recorded.timeline.expect("it was asked for");
        let warm = &timeline.spans()[warmup as usize..];
        for (service, means) in services.into_iter().zip(&mut means) {
            let responses = warm.iter().filter(|span| span.service == service);
            let (sum, count) = responses.fold((0, 0), |(sum, count), span| {
                (sum + span.response.0, count + 1)
            });
            means.push(sum as f64 / f64::from(count) * 1e-9 / UNIT_SECONDS);
        }
    }
    for (service, means) in services.into_iter().zip(means) {
        let units = service.as_seconds() / UNIT_SECONDS;
        let name = format!("M/G/1-PS 0.8: E[T | x = {units}]");
        agrees(&name, means, units / (1.0 - load));
    }
}
