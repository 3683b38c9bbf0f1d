//! What sharing costs: the same strategies over one worker's own fleet and over the board that workers share.
//!
//! `cargo bench -p policy --bench board`. Group `pick`: choosing alone, with nine requests in flight for ten backends.
//! Group `count`: the start and the end of a request. Nobody else is at the board meanwhile: what is measured is the
//! structure, not the traffic between processors.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration as WallTime;

use criterion::measurement::WallTime as Wall;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use policy::hash::mix;
use policy::random::below;
use policy::shared::{BackendList, BoardView, Cached, InFlight, Layout, Mapped, Publisher};
use policy::strategy::{LeastConnections, Options, RoundRobin, Strategy, TwoChoices};
use policy::time::Instant;
use policy::{Balancer, Chooser, Fleet, Owner, Request, View, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

type Generator = Xoshiro256PlusPlus;

const SIZES: [u32; 2] = [16, 1_024];
const REQUEST: Request = Request { key: 0 };

fn backends(n: u32) -> impl Iterator<Item = (Weight, u64)> {
    (0..u64::from(n)).map(|n| (Weight::ONE, mix(n)))
}

/// Where the requests go that are in flight throughout.
fn targets(n: u32) -> impl Iterator<Item = u32> {
    let mut rng = Generator::seed_from_u64(1);
    (0..n * 9 / 10).map(move |_| below(n, &mut rng))
}

fn fleet<S: Strategy>(n: u32) -> Fleet<S::Index> {
    let mut fleet = Fleet::new(backends(n));
    for slot in targets(n) {
        let id = fleet.members()[slot as usize].id;
        fleet.start(id);
    }
    fleet
}

/// What four balancers share, of which this is the first.
struct Shared {
    words: Vec<AtomicU64>,
    list: Arc<BackendList>,
}

impl Shared {
    fn new(n: u32) -> Shared {
        let layout = Layout {
            backends: 2 * n,
            balancers: 4,
            slots: 0,
        };
        let words = layout.initial().expect("within its limits");
        let words = words.map(AtomicU64::new).collect();
        let list = BackendList::empty(2 * n).reload(backends(n), |_| true);
        let shared = Shared {
            words,
            list: Arc::new(list.expect("there is room")),
        };
        for slot in 0..n {
            shared.mapped().health().set(slot);
        }
        for slot in targets(n) {
            std::mem::forget(shared.start(slot));
        }
        shared
    }

    fn mapped(&self) -> Mapped<'_> {
        Mapped::open(&self.words).expect("it was laid out")
    }

    fn start(&self, slot: u32) -> Option<InFlight<'_>> {
        self.mapped().board().lane(Owner::SOLE).start(slot)
    }
}

fn pick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pick");
    for n in SIZES {
        pick_by::<RoundRobin>(&mut group, n);
        pick_by::<TwoChoices>(&mut group, n);
        pick_by::<LeastConnections>(&mut group, n);
    }
}

fn pick_by<S: Strategy>(group: &mut BenchmarkGroup<'_, Wall>, n: u32) {
    let name = S::ABOUT.name;
    let mut rng = Generator::seed_from_u64(2);

    let mut balancer = Balancer::new(S::new(&Options::default()), fleet::<S>(n));
    group.bench_function(BenchmarkId::new(format!("{name}/owned"), n), |bencher| {
        bencher.iter(|| balancer.pick(&REQUEST, Instant::ZERO, &mut rng));
    });

    // As a request does it: the list as it is now, then a pick from it.
    let shared = Shared::new(n);
    let publisher = Publisher::<BackendList>::new(Arc::clone(&shared.list));
    let mut lists = Cached::new(Arc::clone(publisher.table()));
    let (health, board) = (shared.mapped().health(), shared.mapped().board());
    let mut chooser = Chooser::new(S::new(&Options::default()));
    group.bench_function(BenchmarkId::new(format!("{name}/shared"), n), |bencher| {
        bencher.iter(|| {
            let view = BoardView::new(lists.get(), health, board);
            chooser.pick(&REQUEST, &view, Instant::ZERO, &mut rng)
        });
    });
}

fn count(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("count");
    let mut fleet = fleet::<TwoChoices>(16);
    let id = fleet.members()[7].id;
    group.bench_function("owned", |bencher| {
        bencher.iter(|| {
            fleet.start(black_box(id));
            fleet.finish(id, None, Instant::ZERO)
        });
    });
    let shared = Shared::new(16);
    let lane = shared.mapped().board().lane(Owner::SOLE);
    group.bench_function("shared", |bencher| {
        bencher.iter(|| lane.start(black_box(7)).is_some());
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(WallTime::from_millis(200))
        .measurement_time(WallTime::from_millis(800))
        .sample_size(30);
    targets = pick, count
}
criterion_main!(benches);
