//! What a request costs a balancer that holds everything against its backends, beside one that only chooses.
//!
//! `cargo bench -p policy --bench dispatcher`. A step is a request from being let in to its end, all of them answered, with
//! a look at the next deadline as a server takes it. It must not depend on how many backends there are; what the controls
//! add is the difference between the two groups.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Duration as WallTime;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use policy::admission::{Gradient, Limit, Limiter, Outcome, Rate, gradient};
use policy::breaker::window::FailureRate;
use policy::dispatcher::{Assigned, Config, Dispatcher, End};
use policy::hash::mix;
use policy::retry::{After, Hedge, Retries};
use policy::strategy::{AnyBalancer, Options, StrategyName};
use policy::time::{Duration, Instant};
use policy::{Request, Weight, breaker, health, outlier, retry, slow_start};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// All controls, as they are by default; limits far above what comes.
fn everything() -> Config {
    let breaker = breaker::Options {
        rate_to_open: Some(FailureRate::HALF),
        ..breaker::Options::default()
    };
    Config {
        probes: Some(health::active::Config::default()),
        passive: Some(health::passive::Config::default()),
        breaker: breaker::Config::new(breaker).ok(),
        outlier: Some(outlier::Config::default()),
        slow_start: Some(slow_start::Config::default()),
        rate: Rate::new(100_000_000, Duration::from_seconds(1.0), 1_000).ok(),
        concurrency: Limiter::new(Limit::Gradient(Gradient::new(gradient::Config::default()))).ok(),
        retries: Some(Retries::default()),
        budget: Some(retry::Config::default()),
        hedge: Hedge::new(After::Quantile { thousandths: 950 }).ok(),
        ..Config::default()
    }
}

/// A dispatcher, and the few requests it has in flight.
struct Load {
    dispatcher: Dispatcher,
    in_flight: VecDeque<Assigned>,
    rng: Xoshiro256PlusPlus,
    requests: u64,
}

impl Load {
    fn on(config: Config, strategy: StrategyName, n: u32) -> Load {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let backends = (0..u64::from(n)).map(|n| (Weight::ONE, mix(n)));
        let balancer = AnyBalancer::new(strategy, &Options::default(), backends);
        let mut dispatcher = Dispatcher::new(config, balancer, Instant::ZERO, &mut rng);
        dispatcher.begin();
        let mut load = Load {
            dispatcher,
            in_flight: VecDeque::new(),
            rng,
            requests: 0,
        };
        (0..8).for_each(|_| load.send());
        load
    }

    fn now(&self) -> Instant {
        Instant(self.requests * 1_000)
    }

    #[inline]
    fn send(&mut self) {
        self.requests += 1;
        let now = self.now();
        let request = Request {
            key: mix(self.requests),
        };
        self.dispatcher.admit(now).expect("there is room");
        self.dispatcher.requested(now);
        let assigned = (self.dispatcher).assign(&request, None, now, &mut self.rng);
        self.in_flight
            .push_back(assigned.expect("all are eligible"));
    }

    #[inline]
    fn step(&mut self) {
        self.send();
        let (id, permit) = self.in_flight.pop_front().expect("it was just sent");
        let (now, response) = (self.now(), Duration(8_000));
        let how = End::Answered(response);
        self.dispatcher.ended(id, permit, how, now, &mut self.rng);
        self.dispatcher.finished(Outcome::Answered(response), now);
        black_box(self.dispatcher.next_deadline());
    }
}

const STRATEGIES: [StrategyName; 3] = [
    StrategyName::RoundRobin,
    StrategyName::TwoChoices,
    StrategyName::LeastConnections,
];

fn requests(criterion: &mut Criterion) {
    for (name, config) in [("alone", Config::default()), ("everything", everything())] {
        let mut group = criterion.benchmark_group(name);
        for strategy in STRATEGIES {
            for n in [16, 1_000] {
                let mut load = Load::on(config.clone(), strategy, n);
                group.bench_function(BenchmarkId::new(strategy.about().name, n), |bencher| {
                    bencher.iter(|| load.step());
                });
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(WallTime::from_secs(1)).warm_up_time(WallTime::from_millis(300));
    targets = requests
}
criterion_main!(benches);
