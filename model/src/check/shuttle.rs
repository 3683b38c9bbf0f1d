//! Schedules drawn at random.

use shuttle::scheduler::{self, PctScheduler, RandomScheduler, UrwRandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use super::{Report, Scheduler, assert_phases};
use crate::property::Property;
use crate::watch::{Change, Run};

/// What a bug may need at most: this many steps that must come in a certain order.
const PCT_DEPTH: usize = 3;
/// More steps in one execution than this: it does not end.
const MAX_STEPS: usize = 100_000;

pub(super) fn check(
    property: &Property,
    scheduler: Scheduler,
    iterations: usize,
    seed: u64,
    change: Change,
) -> Report {
    let run = Run::new(change);
    run.vary_by_execution(property.dies);
    let body = property.shuttle.expect("shuttle is to run it");
    run.over(|| match scheduler {
        Scheduler::Random => draw(body, RandomScheduler::new_from_seed(seed, iterations)),
        Scheduler::Pct => draw(
            body,
            PctScheduler::new_from_seed(seed, PCT_DEPTH, iterations),
        ),
        Scheduler::Urw => draw(body, UrwRandomScheduler::new_from_seed(seed, iterations)),
    });
    assert_phases(property, change, &run.phases());
    Report {
        executions: run.executions(),
        exhaustive: false,
        sites: run.sites(),
    }
}

fn draw(body: fn(), scheduler: impl scheduler::Scheduler + 'static) {
    let mut config = Config::default();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(MAX_STEPS);
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(move || {
        let run = Run::current().expect("one thread of the system runs all");
        run.begin_execution();
        body();
        run.end_execution();
    });
}
