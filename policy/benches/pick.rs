//! What a request costs in the balancer: a pick, its start, and the finish of the oldest in flight.
//!
//! `cargo bench -p policy`. Group `request`: every strategy, with nine requests in flight for ten backends.
//! Group `dispatch`: the shipped enum beside a generic parameter (the strategy known when compiling) and
//! beside a trait object.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Duration as WallTime;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use policy::hash::mix;
use policy::strategy::{
    AnyBalancer, LeastConnections, Options, Random, RoundRobin, Strategy, StrategyName,
};
use policy::time::{Duration, Instant};
use policy::{BackendId, Balancer, Fleet, Request, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

type Generator = Xoshiro256PlusPlus;

/// What the three ways of dispatch have in common. Object-safe: the generator's type is fixed.
trait Balances {
    fn pick(&mut self, request: &Request, now: Instant, rng: &mut Generator) -> Option<BackendId>;
    fn start(&mut self, id: BackendId) -> bool;
    fn finish(&mut self, id: BackendId, response: Option<Duration>, now: Instant) -> bool;
}

/// By calling the inherent methods of the same names.
macro_rules! balances {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> Balances for $Type {
            #[inline]
            fn pick(&mut self, request: &Request, now: Instant, rng: &mut Generator) -> Option<BackendId> {
                <$Type>::pick(self, request, now, rng)
            }

            #[inline]
            fn start(&mut self, id: BackendId) -> bool {
                <$Type>::start(self, id)
            }

            #[inline]
            fn finish(&mut self, id: BackendId, response: Option<Duration>, now: Instant) -> bool {
                <$Type>::finish(self, id, response, now)
            }
        }
    };
}

balances!([S: Strategy] Balancer<S>);
balances!([] AnyBalancer);

/// Who asks, and what is in flight.
struct Load {
    in_flight: VecDeque<BackendId>,
    rng: Generator,
    requests: u64,
}

impl Load {
    /// Sends `0.9 n` requests.
    fn on<B: Balances + ?Sized>(balancer: &mut B, n: u32) -> Load {
        let mut load = Load {
            in_flight: VecDeque::new(),
            rng: Generator::seed_from_u64(1),
            requests: 0,
        };
        (0..n * 9 / 10).for_each(|_| load.send(balancer));
        load
    }

    #[inline]
    fn send<B: Balances + ?Sized>(&mut self, balancer: &mut B) {
        self.requests += 1;
        let key = mix(self.requests % 100_000);
        let now = Instant(self.requests * 1_000);
        let picked = balancer.pick(&Request { key }, now, &mut self.rng);
        let id = picked.expect("all are eligible");
        balancer.start(id);
        self.in_flight.push_back(id);
    }

    #[inline]
    fn step<B: Balances + ?Sized>(&mut self, balancer: &mut B) {
        self.send(balancer);
        let oldest = self.in_flight.pop_front().expect("it was just sent");
        let now = Instant(self.requests * 1_000);
        balancer.finish(oldest, Some(Duration(900_000)), now);
    }
}

fn backends(n: u32) -> impl Iterator<Item = (Weight, u64)> {
    (0..u64::from(n)).map(|n| (Weight::ONE, mix(n)))
}

fn any(name: StrategyName, n: u32) -> AnyBalancer {
    AnyBalancer::new(name, &Options::default(), backends(n))
}

fn generic<S: Strategy>(n: u32) -> Balancer<S> {
    Balancer::new(S::new(&Options::default()), Fleet::new(backends(n)))
}

fn request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for &name in StrategyName::ALL {
        for n in [16, 10_000] {
            let mut balancer = any(name, n);
            let mut load = Load::on(&mut balancer, n);
            group.bench_function(BenchmarkId::new(name.about().name, n), |bencher| {
                bencher.iter(|| load.step(&mut balancer));
            });
        }
    }
}

/// The balancer passes through `black_box` each time: nothing is learnt of it from one step to the next.
fn dispatch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dispatch");
    macro_rules! compare {
        ($($Type:ident),*) => {$(
            for n in [4, 16, 64] {
                let case = |way: &str| BenchmarkId::new(format!("{}/{way}", $Type::ABOUT.name), n);

                let mut balancer = generic::<$Type>(n);
                let mut load = Load::on(&mut balancer, n);
                group.bench_function(case("generic"), |bencher| {
                    bencher.iter(|| load.step(black_box(&mut balancer)));
                });

                let mut balancer = any(black_box(StrategyName::$Type), n);
                let mut load = Load::on(&mut balancer, n);
                group.bench_function(case("enum"), |bencher| {
                    bencher.iter(|| load.step(black_box(&mut balancer)));
                });

                let mut balancer: Box<dyn Balances> = Box::new(generic::<$Type>(n));
                let mut load = Load::on(&mut *balancer, n);
                group.bench_function(case("dyn"), |bencher| {
                    bencher.iter(|| load.step(black_box(&mut *balancer)));
                });
            }
        )*};
    }
    compare!(RoundRobin, Random, LeastConnections);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(WallTime::from_millis(200))
        .measurement_time(WallTime::from_millis(800))
        .sample_size(30);
    targets = request, dispatch
}
criterion_main!(benches);
