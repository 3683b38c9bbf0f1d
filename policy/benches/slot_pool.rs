//! The slot pool beside what people use for it: crossbeam's `ArrayQueue` of free slots, and a `Mutex` around a `Vec`.
//!
//! Each pool hands out numbers of slots. Alone, at several occupancies with releases in random order, and from two
//! threads at once. What counts is the ratio between the rows of one run.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use crossbeam_queue::ArrayQueue;
use policy::Owner;
use policy::random::below;
use policy::shared::{Held, Native, Near, Slots};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const SLOTS: usize = 1024;
/// How many are given back before as many are taken again: as many as a worker remembers, and more than that.
const BURSTS: [usize; 2] = [8, 64];

/// What the three have in common.
trait Pool: Sync {
    const NAME: &str;
    type Held;

    fn new(slots: usize) -> Self;
    fn acquire(&self, worker: &Worker) -> Option<Self::Held>;
    fn release(&self, worker: &Worker, held: Self::Held);
}

/// Who acquires and releases.
struct Worker {
    owner: Owner,
    near: Near,
}

impl Worker {
    fn new(number: u8) -> Self {
        let owner = Owner::new(number).expect("1 to 254");
        Worker {
            owner,
            near: Near::new(owner),
        }
    }
}

impl Pool for Slots<'static, Native> {
    const NAME: &str = "slots";
    type Held = Held;

    fn new(slots: usize) -> Self {
        let words: Vec<_> = (0..slots).map(|_| AtomicU64::new(0)).collect();
        Slots::over(words.leak())
    }

    #[inline]
    fn acquire(&self, worker: &Worker) -> Option<Held> {
        self.acquire(worker.owner, &worker.near)
    }

    #[inline]
    fn release(&self, worker: &Worker, held: Held) {
        self.release(held, &worker.near);
    }
}

impl Pool for ArrayQueue<u32> {
    const NAME: &str = "array_queue";
    type Held = u32;

    fn new(slots: usize) -> Self {
        let queue = ArrayQueue::new(slots);
        (0..slots as u32).for_each(|slot| queue.push(slot).expect("there is room"));
        queue
    }

    #[inline]
    fn acquire(&self, _: &Worker) -> Option<u32> {
        self.pop()
    }

    #[inline]
    fn release(&self, _: &Worker, slot: u32) {
        self.push(slot).expect("there is room for every slot");
    }
}

impl Pool for Mutex<Vec<u32>> {
    const NAME: &str = "mutex_vec";
    type Held = u32;

    fn new(slots: usize) -> Self {
        Mutex::new((0..slots as u32).collect())
    }

    #[inline]
    fn acquire(&self, _: &Worker) -> Option<u32> {
        self.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    #[inline]
    fn release(&self, _: &Worker, slot: u32) {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(slot);
    }
}

/// Acquire and release, nobody else about.
fn alone<P: Pool>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let pool = P::new(SLOTS);
    let worker = Worker::new(1);
    group.bench_function(P::NAME, |bencher| {
        bencher.iter(|| {
            let slot = pool.acquire(&worker).expect("all are free");
            pool.release(&worker, slot);
        });
    });
}

/// A pool with `percent` of its slots taken, at random places, and what is held of it.
fn filled<P: Pool>(percent: usize, rng: &mut Xoshiro256PlusPlus) -> (P, Vec<P::Held>) {
    let pool = P::new(SLOTS);
    let worker = Worker::new(3);
    let mut held: Vec<_> = (0..SLOTS).map(|_| take(&pool, &worker)).collect();
    while held.len() > SLOTS * percent / 100 {
        let any = below(held.len() as u32, rng) as usize;
        pool.release(&worker, held.swap_remove(any));
    }
    (pool, held)
}

fn take<P: Pool>(pool: &P, worker: &Worker) -> P::Held {
    pool.acquire(worker).expect("some are free")
}

/// A burst of releases in random order and as many acquires, by one worker or by another. Reported for the burst.
fn bursts<P: Pool>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    percent: usize,
    burst: usize,
    others: bool,
) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let (pool, mut held) = filled::<P>(percent, &mut rng);
    let giver = Worker::new(1);
    let other = Worker::new(2);
    let taker = if others { &other } else { &giver };
    group.bench_function(format!("{} {percent} %", P::NAME), |bencher| {
        bencher.iter(|| {
            for _ in 0..burst {
                let any = below(held.len() as u32, &mut rng) as usize;
                pool.release(&giver, held.swap_remove(any));
            }
            for _ in 0..burst {
                held.push(take(&pool, taker));
            }
        });
    });
}

/// Acquire and release while another thread does the same. On one processor it is only interrupted.
fn contended<P: Pool>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let pool = P::new(SLOTS);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let worker = Worker::new(2);
            while !stop.load(Ordering::Relaxed) {
                if let Some(slot) = pool.acquire(&worker) {
                    pool.release(&worker, slot);
                }
            }
        });
        let worker = Worker::new(1);
        group.bench_function(P::NAME, |bencher| {
            bencher.iter(|| {
                let slot = pool.acquire(&worker).expect("two of many are taken");
                pool.release(&worker, slot);
            });
        });
        stop.store(true, Ordering::Relaxed);
    });
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("acquire + release, alone");
    alone::<Slots<'static, Native>>(&mut group);
    alone::<ArrayQueue<u32>>(&mut group);
    alone::<Mutex<Vec<u32>>>(&mut group);
    group.finish();

    for (burst, others) in [(BURSTS[0], false), (BURSTS[1], false), (1, true)] {
        let who = if others { "another" } else { "the same" };
        let name = format!("{burst} random releases, {burst} acquires by {who} worker");
        let mut group = criterion.benchmark_group(name);
        for percent in [10, 50, 90, 99] {
            bursts::<Slots<'static, Native>>(&mut group, percent, burst, others);
            bursts::<ArrayQueue<u32>>(&mut group, percent, burst, others);
            bursts::<Mutex<Vec<u32>>>(&mut group, percent, burst, others);
        }
        group.finish();
    }

    let mut group = criterion.benchmark_group("acquire + release, two threads");
    contended::<Slots<'static, Native>>(&mut group);
    contended::<ArrayQueue<u32>>(&mut group);
    contended::<Mutex<Vec<u32>>>(&mut group);
    group.finish();
}

criterion_group!(slot_pool, benches);
criterion_main!(slot_pool);
