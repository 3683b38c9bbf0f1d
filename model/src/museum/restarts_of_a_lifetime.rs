//! A supervisor that gives up after so many exits of its workers, counted since it began, clean ones included.
//!
//! The threshold is half the processors. On two, the second worker that ever ends, however orderly, ends the service.

use policy::supervise::{self, Action, Config, Exit};
use policy::time::{Duration, Instant};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(orderly_exits_do_not_end_the_service<Lifetime>),
        ours: Some(owned_ours!(orderly_exits_do_not_end_the_service<Ours>)),
        found_in: "valyala/fasthttp prefork/prefork.go, RecoverThreshold (since valyala/fasthttp#755)",
        harm: "a service that recycles its workers is down on the second day",
        guarded_by: Guard::Test(
            "policy/src/supervise/tests.rs",
            "clean_exits_are_not_counted_and_their_successors_start_at_once",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

/// As many as processors.
const WORKERS: u32 = 2;

/// Of that many workers.
trait Supervisor {
    fn new() -> Self;
    /// A worker ended at `seconds`, on its own account or not; whether the service goes on.
    fn goes_on(&mut self, seconds: u64, orderly: bool) -> bool;
}

struct Lifetime {
    exits: u32,
    threshold: u32,
}

impl Supervisor for Lifetime {
    fn new() -> Self {
        Lifetime {
            exits: 0,
            threshold: WORKERS / 2,
        }
    }

    fn goes_on(&mut self, _: u64, _: bool) -> bool {
        self.exits += 1;
        self.exits <= self.threshold
    }
}

struct Ours {
    supervisor: supervise::Supervisor,
    rng: Xoshiro256PlusPlus,
}

impl Supervisor for Ours {
    fn new() -> Self {
        Ours {
            supervisor: supervise::Supervisor::new(Config::default(), WORKERS, Instant::ZERO),
            rng: Xoshiro256PlusPlus::seed_from_u64(1),
        }
    }

    fn goes_on(&mut self, seconds: u64, orderly: bool) -> bool {
        let now = Instant::ZERO + Duration::from_seconds(seconds as f64);
        while let Some(action) = self.supervisor.due(now) {
            assert!(matches!(action, Action::Start(_)), "all are wanted");
        }
        // While it waits before it starts another there may be none that could end.
        let ending = self.supervisor.alive().next();
        if let Some(worker) = ending {
            let exit = if orderly { Exit::Clean } else { Exit::Crash };
            self.supervisor.exited(worker, exit, now, &mut self.rng);
        }
        !self.supervisor.gave_up()
    }
}

/// One worker a day ends as it was told to, for a year; then they crash, ten times a second.
fn orderly_exits_do_not_end_the_service<S: Supervisor>() {
    let mut supervisor = S::new();
    for day in 1..=365 {
        assert!(supervisor.goes_on(day * 86_400, true), "on day {day}");
    }
    let crashes = (0..1_000).map(|crash| 366 * 86_400 + crash / 10);
    let goes_on = crashes.map(|seconds| supervisor.goes_on(seconds, false));
    assert_eq!(goes_on.last(), Some(false), "a crash loop has an end");
}
