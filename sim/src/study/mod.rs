//! All strategies, all replications: run side by side, cut, gathered and compared.

mod compare;
mod fairness;
mod gather;
mod notes;

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::outcome::Outcome;
use crate::probe::{Recorded, Segments};
use crate::run::run;
use crate::scenario::{Scenario, Traffic, Warmup};
use crate::world::Oversight;
use gather::Gathered;

/// Where `--precision` gives up.
pub const MAX_REPLICATIONS: u32 = 1_000;

/// Simulates every strategy of `scenario` on `jobs` threads. The outcome does not depend on how many.
///
/// Memory follows the number of backends and of replications in a round, not of requests.
pub fn simulate(scenario: &Scenario, jobs: NonZeroUsize, oversight: &Oversight) -> Outcome {
    let mut studied: Vec<Gathered> = scenario
        .strategies
        .iter()
        .map(|&name| Gathered::new(name))
        .collect();
    loop {
        let round = next_round(scenario, &studied);
        if round.is_empty() {
            break;
        }
        perform(scenario, &round, &mut studied, jobs, oversight);
        if oversight.stop.load(Ordering::Relaxed) {
            break;
        }
    }
    let interrupted = oversight.stop.load(Ordering::Relaxed);
    studied.retain(|strategy| strategy.replications() > 0);
    let results: Vec<_> = studied
        .iter()
        .map(|strategy| strategy.result(scenario))
        .collect();
    Outcome {
        comparisons: compare::all_pairs(scenario, &studied),
        notes: notes::of(scenario, &results, interrupted),
        results,
        interrupted,
    }
}

/// One strategy's replications that are run next.
struct Task {
    /// Index into the scenario's strategies.
    strategy: usize,
    replications: std::ops::Range<u32>,
}

/// What is still to be run. Depends on finished rounds only, never on which thread finished first.
fn next_round(scenario: &Scenario, studied: &[Gathered]) -> Vec<Task> {
    let task = |(strategy, gathered): (usize, &Gathered)| {
        let done = gathered.replications();
        let wanted = match done {
            0 if scenario.is_fixed(gathered.strategy()) => 1,
            0 => scenario.effort.replications,
            _ if scenario.is_fixed(gathered.strategy()) => done,
            _ => gathered.wanted(scenario.effort.precision),
        };
        (wanted > done).then_some(Task {
            strategy,
            replications: done..wanted,
        })
    };
    studied.iter().enumerate().filter_map(task).collect()
}

/// Runs a round, strategy by strategy, each strategy's replications side by side; as soon as a strategy has
/// all of its own they are cut and summed up, so that few are in memory at a time.
fn perform(
    scenario: &Scenario,
    round: &[Task],
    studied: &mut [Gathered],
    jobs: NonZeroUsize,
    oversight: &Oversight,
) {
    let runs: Vec<(usize, u32)> = round
        .iter()
        .enumerate()
        .flat_map(|(task, Task { replications, .. })| replications.clone().map(move |r| (task, r)))
        .collect();
    let next = AtomicUsize::new(0);
    let finished: Vec<Mutex<Vec<(u32, Recorded)>>> =
        round.iter().map(|_| Mutex::default()).collect();
    let studied = Mutex::new(studied);
    let work = || {
        while let Some(&(task, replication)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if oversight.stop.load(Ordering::Relaxed) {
                break;
            }
            let Task {
                strategy,
                replications,
            } = &round[task];
            let name = scenario.strategies[*strategy];
            let recorded = run(scenario, name, replication, segments(scenario), oversight);
            let complete = {
                let mut finished = lock(&finished[task]);
                finished.push((replication, recorded));
                (finished.len() == replications.len()).then(|| std::mem::take(&mut *finished))
            };
            if let Some(all) = complete {
                lock(&studied)[*strategy].add(scenario, all);
            }
        }
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..jobs.get().min(runs.len()))
            .map(|_| scope.spawn(work))
            .collect();
        work();
        // A panic on another thread is this one's panic.
        for helper in helpers {
            if let Err(panic) = helper.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    // Interrupted: what is there is used.
    for (task, left) in round.iter().zip(finished) {
        let left = left
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if !left.is_empty() {
            lock(&studied)[task.strategy].add(scenario, left);
        }
    }
}

fn segments(scenario: &Scenario) -> Segments {
    let backends = scenario.fleet.len();
    match (scenario.effort.warmup, &scenario.traffic) {
        (Warmup::Requests(warmup), _) => Segments::fixed(warmup, backends),
        (Warmup::Auto, Traffic::Trace { .. }) => Segments::fixed(0, backends),
        (Warmup::Auto, _) => Segments::open(scenario.effort.requests, backends),
    }
}

/// Nothing panics while it holds one of these locks, and if it did, its panic is what is reported.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
