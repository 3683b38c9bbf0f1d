#![allow(missing_docs)]
use sim::accept::Knowledge;
use sim::probe::*;
use sim::scenario::*;
use sim::station::Discipline;
use sim::world::Oversight;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let strategy: policy::strategy::StrategyName = a[1].parse().unwrap();
    let n: usize = a[2].parse().unwrap();
    let requests: u64 = a[3].parse().unwrap();
    let s = Scenario {
        strategies: vec![strategy],
        options: Default::default(),
        secure_rng: false,
        fleet: FleetSpec {
            weights: vec![1.0; n],
            speeds: vec![1.0; n],
            servers: 1,
            queue: Service::Queue(Discipline::Fifo),
            queue_limit: None,
        },
        traffic: Traffic::Open {
            arrivals: workload::arrivals::Arrivals::Poisson,
            rate: 0.9 * n as f64 / 0.01,
            service: "exp:10ms".parse().unwrap(),
        },
        keys: "uniform:10000".parse().unwrap(),
        timeout: None,
        dispatchers: 1,
        knowledge: Knowledge::Own,
        effort: Effort {
            requests,
            warmup: Warmup::Auto,
            replications: 1,
            precision: None,
            timeline: 0,
        },
        seed: 1,
    };
    let r = sim::run::run(
        &s,
        strategy,
        0,
        Segments::open(requests, n as u32),
        &Oversight::default(),
    );
    println!("{:x} {}", r.hash.value(), r.hash.events());
    let t = r.after(requests / 64);
    println!(
        "{:?} {:?} {:?}",
        t.mean_response(),
        t.mean_wait(),
        t.response.quantile(0.99)
    );
}
