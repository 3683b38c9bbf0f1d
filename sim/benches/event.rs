//! What a simulated request costs inside one process: W1 by strategy and fleet size, and what the options
//! that a run can switch on add to it.
//!
//!     cargo bench -p sim --bench event

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use policy::strategy::{Options, StrategyName};
use policy::time::Duration;
use sim::accept::Knowledge;
use sim::probe::Segments;
use sim::run::run;
use sim::scenario::{Effort, FleetSpec, Scenario, Service, Traffic, Warmup};
use sim::station::Discipline;
use sim::world::Oversight;
use workload::arrivals::Arrivals;

const REQUESTS: u64 = 200_000;

/// Open loop, Poisson, FIFO single servers, exponential service, load 0.9.
fn w1(strategy: StrategyName, backends: usize) -> Scenario {
    let service = "exp:10ms".parse().expect("a demand");
    Scenario {
        strategies: vec![strategy],
        options: Options::default(),
        secure_rng: false,
        fleet: FleetSpec {
            weights: vec![1.0; backends],
            speeds: vec![1.0; backends],
            servers: 1,
            queue: Service::Queue(Discipline::Fifo),
            queue_limit: None,
        },
        traffic: Traffic::Open {
            arrivals: Arrivals::Poisson,
            rate: 90.0 * backends as f64,
            service,
        },
        keys: "uniform:10000".parse().expect("keys"),
        timeout: None,
        dispatchers: 1,
        knowledge: Knowledge::Own,
        operations: None,
        effort: Effort {
            requests: REQUESTS,
            warmup: Warmup::Requests(0),
            replications: 1,
            precision: None,
            timeline: 0,
        },
        seed: 1,
    }
}

fn simulate(scenario: &Scenario) {
    let segments = Segments::fixed(0, scenario.fleet.len());
    black_box(run(
        scenario,
        scenario.strategies[0],
        0,
        segments,
        &Oversight::default(),
    ));
}

fn strategies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("w1");
    group
        .throughput(Throughput::Elements(REQUESTS))
        .sample_size(10);
    for backends in [16, 10_000] {
        for &strategy in StrategyName::ALL {
            // O(n) a pick: nothing to learn from waiting for it.
            if backends == 10_000 && strategy.about().cost == "O(n)" {
                continue;
            }
            let scenario = w1(strategy, backends);
            let id = BenchmarkId::new(strategy.to_string(), backends);
            group.bench_function(id, |bencher| bencher.iter(|| simulate(&scenario)));
        }
    }
}

fn options(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("options");
    group
        .throughput(Throughput::Elements(REQUESTS))
        .sample_size(10);
    let base = w1(StrategyName::TwoChoices, 16);
    let with = |change: fn(&mut Scenario)| {
        let mut scenario = base.clone();
        change(&mut scenario);
        scenario
    };
    for (name, scenario) in [
        ("none", base.clone()),
        (
            "lifo",
            with(|s| s.fleet.queue = Service::Queue(Discipline::Lifo)),
        ),
        (
            "processor-sharing",
            with(|s| s.fleet.queue = Service::Sharing),
        ),
        ("timeout", with(|s| s.timeout = Some(Duration(100_000_000)))),
        ("dispatchers", with(|s| s.dispatchers = 4)),
        (
            "staleness",
            with(|s| s.knowledge = Knowledge::Board(Duration(10_000_000))),
        ),
        ("secure-rng", with(|s| s.secure_rng = true)),
        (
            "speeds",
            with(|s| s.fleet.speeds = (0..16).map(|n| 0.5 + f64::from(n) / 15.0).collect()),
        ),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| simulate(&scenario)));
    }
}

criterion_group!(benches, strategies, options);
criterion_main!(benches);
