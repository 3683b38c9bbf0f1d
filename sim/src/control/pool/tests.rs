use policy::growth::{Growth, Jitter};
use policy::recycle::Lifetime;
use policy::sizing::{self, Bounds, SizerName, staffing};
use policy::supervise::{Config, Options};
use workload::stream::Purpose;

use super::*;
use crate::operations::ColdStart;

/// One worker from the beginning, which takes 15 ns to start; two crashes are put up with, and a worker that crashed
/// is started again after 10 ns.
fn spec() -> PoolSpec {
    PoolSpec {
        prewarmed: 1,
        cold_start: ColdStart {
            spawn: Duration(10),
            init: Duration(5),
            ..ColdStart::default()
        },
        sizing: None,
        sizing_interval: Duration(100),
        supervisor: Config::new(Options {
            crashes: 2,
            window: Duration(1_000),
            restart: Growth::constant(Duration(10), Jitter::NONE),
            settled: Duration(50),
        })
        .unwrap(),
        lifetime: None,
    }
}

/// As many workers as were busy since it looked last, 1 to 8.
fn as_many_as_busy() -> Controller {
    let config = sizing::Config::new(sizing::Options {
        staffing: staffing::Options {
            beta: 0.0,
            smoothing: Duration(1),
        },
        ..sizing::Options::default()
    });
    let bounds = Bounds { min: 1, max: 8 };
    Controller::new(SizerName::Staffing, &config.unwrap(), bounds).unwrap()
}

fn pool(spec: PoolSpec, concurrency: u32) -> Pool {
    Pool::new(spec, 8, concurrency, Stream::new(1, 0, Purpose::Workers))
}

/// All that is due at `now` is done: who is started, and who is told to end.
fn run(pool: &mut Pool, now: u64) -> (Vec<Worker>, Vec<u32>) {
    let (mut started, mut stopped) = (Vec::new(), Vec::new());
    while let Some(action) = pool.due(Instant(now)) {
        match action {
            Action::Start(worker) => {
                pool.start(worker);
                started.push(worker);
            }
            Action::Stop(worker) => {
                pool.drain(worker.slot);
                stopped.push(worker.slot);
            }
        }
    }
    (started, stopped)
}

fn worker(slot: u32, incarnation: u32) -> Worker {
    Worker { slot, incarnation }
}

fn exited(pool: &mut Pool, exit: Exit, now: u64) -> bool {
    pool.exited(0, exit, Instant(now))
}

#[test]
fn a_worker_starts_is_ready_drains_and_is_gone() {
    let mut pool = pool(spec(), 1);
    assert!(!pool.is_alive(0));
    let Some(Action::Start(first)) = pool.due(Instant::ZERO) else {
        panic!("it is to be started")
    };
    assert_eq!(pool.start(first), Duration(15));
    assert!(pool.is_alive(0) && pool.is_starting(first) && !pool.is_listening(0));
    pool.ready(first);
    assert!(pool.is_ready(0) && pool.is_listening(0) && !pool.is_starting(first));
    assert!(pool.drain(0));
    assert!(pool.drains(0) && pool.is_listening(0) && !pool.is_ready(0));
    // It is not ready a second time.
    assert!(!pool.drain(0));
    assert!(!exited(&mut pool, Exit::Clean, 100));
    assert!(!pool.is_alive(0) && !pool.drains(0));
    assert_eq!(run(&mut pool, 100).0, [worker(0, 1)]);
}

#[test]
fn a_worker_that_is_drained_while_it_starts_never_listens_and_ends_clean() {
    let mut pool = pool(spec(), 1);
    let first = worker(0, 0);
    assert_eq!(run(&mut pool, 0).0, [first]);
    assert!(!pool.drain(0));
    assert!(pool.drains(0));
    // The timer of its start goes off for nothing.
    assert!(!pool.is_starting(first));
    assert!(!exited(&mut pool, Exit::Clean, 3));
    assert_eq!(pool.supervisor.crashes().count(), 0);
    // One that ends as soon as it is started is not started again at once.
    assert_eq!(pool.next_deadline(), Instant(10));
    assert_eq!(run(&mut pool, 10).0, [worker(0, 1)]);
    assert!(!pool.is_starting(first));
    assert!(pool.is_starting(worker(0, 1)));
}

#[test]
fn a_crash_while_draining_counts_unless_it_was_told_to_end() {
    let mut own = pool(spec(), 1);
    run(&mut own, 0);
    own.drain(0);
    assert!(!exited(&mut own, Exit::Crash, 60));
    assert_eq!(own.supervisor.crashes().count(), 1);
    assert_eq!(own.next_deadline(), Instant(70));

    let mut told = pool(
        PoolSpec {
            prewarmed: 2,
            ..spec()
        },
        1,
    );
    run(&mut told, 0);
    told.supervisor.want(1, Instant(60));
    assert_eq!(run(&mut told, 60), (vec![], vec![1]));
    assert!(!told.exited(1, Exit::Crash, Instant(60)));
    assert_eq!(told.supervisor.crashes().count(), 0);
    assert!(!told.is_alive(1));
    assert_eq!(told.next_deadline(), Instant::NEVER);
}

#[test]
fn a_worker_is_replaced_after_its_lifetime_once_and_its_successor_lives_as_long() {
    let lifetime = Lifetime {
        requests: 3,
        jitter: Jitter::NONE,
    };
    let mut pool = pool(
        PoolSpec {
            lifetime: Some(lifetime),
            ..spec()
        },
        1,
    );
    for incarnation in 0..2 {
        let now = 100 * u64::from(incarnation);
        run(&mut pool, now);
        pool.ready(worker(0, incarnation));
        let replaced: Vec<bool> = (0..3).map(|_| pool.served(0)).collect();
        assert_eq!(replaced, [false, false, true]);
        pool.drain(0);
        // What it had begun it still serves.
        assert!(!pool.served(0));
        exited(&mut pool, Exit::Clean, now + 60);
        assert!(!pool.served(0));
    }
}

#[test]
fn a_worker_that_drains_already_is_not_replaced_for_its_age() {
    let lifetime = Lifetime {
        requests: 1,
        jitter: Jitter::NONE,
    };
    let mut pool = pool(
        PoolSpec {
            lifetime: Some(lifetime),
            ..spec()
        },
        1,
    );
    run(&mut pool, 0);
    pool.ready(worker(0, 0));
    pool.drain(0);
    assert!(!pool.served(0));
}

#[test]
fn nobody_is_replaced_where_no_lifetime_is_said() {
    let mut pool = pool(spec(), 1);
    run(&mut pool, 0);
    pool.ready(worker(0, 0));
    assert!((0..10_000).all(|_| !pool.served(0)));
}

#[test]
fn chance_is_each_starts_own() {
    let jitter = Jitter::QUARTER;
    let cold_start = ColdStart {
        spawn: Duration(1_000_000),
        jitter,
        ..ColdStart::default()
    };
    let mut pool = pool(
        PoolSpec {
            prewarmed: 2,
            cold_start,
            ..spec()
        },
        1,
    );
    let spans = [0, 1].map(|slot| pool.start(worker(slot, 0)).0);
    assert_ne!(spans[0], spans[1]);
    assert!(
        spans
            .iter()
            .all(|span| (750_000..=1_250_000).contains(span))
    );
}

#[test]
fn all_slots_are_wanted_where_nothing_sizes_the_pool() {
    let mut unsized_pool = pool(spec(), 1);
    assert_eq!(run(&mut unsized_pool, 0).0.len(), 1);
    unsized_pool.want_all();
    let rest: Vec<Worker> = (1..8).map(|slot| worker(slot, 0)).collect();
    assert_eq!(run(&mut unsized_pool, 0).0, rest);

    let sizing = Some(as_many_as_busy());
    let mut sized = pool(PoolSpec { sizing, ..spec() }, 1);
    assert_eq!(run(&mut sized, 0).0.len(), 1);
    sized.want_all();
    assert_eq!(run(&mut sized, 0).0.len(), 0);
    assert_eq!(sized.sizing_interval(), Some(Duration(100)));
    assert_eq!(unsized_pool.sizing_interval(), None);
}

/// After 100 ns in which servers worked for `work_ns`, and again after as many, in which they did not.
fn sized(concurrency: u32, work_ns: u128) -> [u32; 2] {
    let sizing = Some(as_many_as_busy());
    let mut pool = pool(PoolSpec { sizing, ..spec() }, concurrency);
    run(&mut pool, 0);
    [100, 200].map(|at| {
        let until_now = Looked {
            at: Instant(at),
            arrivals: 10,
            completions: 10,
            work_ns,
        };
        pool.size(until_now, 1, 0);
        pool.supervisor.wanted()
    })
}

#[test]
fn a_worker_that_serves_several_at_once_is_busy_when_all_its_servers_are() {
    // What it was in all is told, what it was since counts.
    assert_eq!(sized(1, 600), [6, 1]);
    assert_eq!(sized(2, 600), [3, 1]);
    assert_eq!(sized(3, 600), [2, 1]);
}

/// A pool of two of which one is ready and another crashed, and what its controller then wants that is content with
/// the workers there are.
fn content(crashes: u32) -> (Pool, u32) {
    let sizing = Some(as_many_as_busy());
    let supervisor = Config::new(Options {
        crashes,
        ..*spec().supervisor.options()
    });
    let mut pool = pool(
        PoolSpec {
            prewarmed: 3,
            sizing,
            supervisor: supervisor.unwrap(),
            ..spec()
        },
        1,
    );
    run(&mut pool, 0);
    pool.ready(worker(0, 0));
    let gave_up = pool.exited(1, Exit::Crash, Instant(5));
    assert_eq!(gave_up, crashes == 0);
    // Nothing was measured yet, in no time at all.
    pool.size(Looked::default(), 1, 0);
    let wanted = pool.supervisor.wanted();
    (pool, wanted)
}

#[test]
fn who_waits_to_be_started_again_is_meant_to_be_there() {
    // One ready, one that starts, one that will.
    let (mut pool, wanted) = content(1);
    assert_eq!(wanted, 3);
    assert_eq!(pool.waiting_to_start(), 1);
    assert_eq!(run(&mut pool, 15).0, [worker(1, 1)]);
}

#[test]
fn nobody_waits_to_be_started_when_it_was_given_up() {
    let (mut pool, wanted) = content(0);
    assert_eq!(wanted, 2);
    // Who would be started if anybody were, is not.
    pool.supervisor.want(8, Instant(10));
    assert_eq!(pool.waiting_to_start(), 0);
    assert_eq!(run(&mut pool, 1_000_000).0, []);
    assert_eq!(pool.next_deadline(), Instant::NEVER);
}

#[test]
fn in_a_crash_loop_nobody_is_started_any_more() {
    let mut pool = pool(spec(), 1);
    let mut now = 0;
    for gave_up in [false, false, true] {
        run(&mut pool, now);
        assert!(pool.is_alive(0));
        assert_eq!(exited(&mut pool, Exit::Crash, now + 1), gave_up);
        now += 11;
    }
    assert_eq!(run(&mut pool, now).0, []);
    // Who is not there cannot end.
    assert!(!exited(&mut pool, Exit::Crash, now));
}

#[test]
fn only_some_controllers_are_asked_on_need() {
    let asked = |sizing| {
        let pool = pool(PoolSpec { sizing, ..spec() }, 1);
        pool.is_asked_on_need()
    };
    let config = sizing::Config::default();
    let bounds = Bounds { min: 1, max: 8 };
    let on_demand = Controller::new(SizerName::OnDemand, &config, bounds).unwrap();
    assert!(asked(Some(on_demand)));
    assert!(!asked(Some(as_many_as_busy())));
    assert!(!asked(None));
}
