//! Schedules drawn at random.

use shuttle::scheduler::{PctScheduler, RandomScheduler, UrwRandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use super::Report;
use crate::property::Property;
use crate::watch::{Change, Run};

/// How shuttle draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// Any runnable thread next, all equally likely.
    Random,
    /// Probabilistic concurrency testing (Burckhardt et al. 2010) for bugs that take three ordering constraints. At
    /// depth 2 it missed a torn compare-and-swap that a random walk found at once.
    Pct3,
    /// Uniform random walk over the threads' remaining steps (Zhao et al. 2025).
    Urw,
}

impl Scheduler {
    /// All of them: none replaces another.
    pub const ALL: [Scheduler; 3] = [Scheduler::Random, Scheduler::Pct3, Scheduler::Urw];

    fn name(self) -> &'static str {
        match self {
            Scheduler::Random => "shuttle random",
            Scheduler::Pct3 => "shuttle pct 3",
            Scheduler::Urw => "shuttle urw",
        }
    }
}

/// Checks `property` over `iterations` schedules from `seed`.
///
/// # Panics
/// If it does not hold; if a phase it must reach was never reached.
pub fn under_shuttle(
    property: &Property,
    scheduler: Scheduler,
    iterations: usize,
    seed: u64,
) -> Report {
    let body = property.shuttle.expect("shuttle is to run it");
    let run = Run::new(Change::default());
    let execution = move || {
        let run = Run::current().expect("this thread runs all of it");
        run.begin_execution();
        body();
    };
    let config = config();
    run.over(|| match scheduler {
        Scheduler::Random => {
            Runner::new(RandomScheduler::new_from_seed(seed, iterations), config).run(execution)
        }
        Scheduler::Pct3 => {
            Runner::new(PctScheduler::new_from_seed(seed, 3, iterations), config).run(execution)
        }
        Scheduler::Urw => {
            Runner::new(UrwRandomScheduler::new_from_seed(seed, iterations), config).run(execution)
        }
    });
    for phase in property.phases {
        assert!(
            run.phases().contains(phase),
            "{property} never reached `{phase}`"
        );
    }
    Report {
        checker: scheduler.name().into(),
        executions: run.executions(),
        bound: format!("seed {seed}"),
        exhaustive: false,
        sites: run.sites(),
    }
}

fn config() -> Config {
    let mut config = Config::default();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(100_000);
    config.silence_warnings = true;
    config
}
