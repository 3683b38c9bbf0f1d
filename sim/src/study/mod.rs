//! All variants, all strategies, all replications: run side by side, cut, gathered and compared.

mod compare;
mod fairness;
mod gather;
mod incidents;
mod notes;
mod untroubled;

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::outcome::Outcome;
use crate::probe::{Recorded, Segments};
use crate::run::run;
use crate::scenario::{Scenario, Warmup};
use crate::world::Oversight;
use gather::Gathered;
pub use notes::{Said, merged};

/// Where `--precision` gives up.
pub const MAX_REPLICATIONS: u32 = 1_000;

/// A scenario, and what it is called among its variants.
#[derive(Clone, Debug)]
pub struct Arm<'a> {
    /// No two arms have the same name. `None`: it is the only one, and nothing is said of variants.
    pub variant: Option<String>,
    /// What is simulated.
    pub scenario: &'a Scenario,
}

/// Simulates every strategy of `scenario` on `jobs` threads. The outcome does not depend on how many.
///
/// Memory follows the number of backends and of replications in a round, not of requests.
pub fn simulate(scenario: &Scenario, jobs: NonZeroUsize, oversight: &Oversight) -> Outcome {
    let only = Arm {
        variant: None,
        scenario,
    };
    simulate_arms(&[only], jobs, oversight)
}

/// Simulates every strategy of every arm as [`simulate`] does. Arms with the same seed face the same requests, as far
/// as they do not differ in what comes in.
pub fn simulate_arms(arms: &[Arm], jobs: NonZeroUsize, oversight: &Oversight) -> Outcome {
    let mut studied: Vec<Gathered> = arms
        .iter()
        .flat_map(|arm| {
            let strategies = arm.scenario.strategies.iter();
            strategies.map(move |&name| Gathered::new(arm, name))
        })
        .collect();
    loop {
        let round = next_round(&studied);
        if round.is_empty() {
            break;
        }
        perform(&round, &mut studied, jobs, oversight);
        if oversight.stop.load(Ordering::Relaxed) {
            break;
        }
    }
    let interrupted = oversight.stop.load(Ordering::Relaxed);
    studied.retain(|strategy| strategy.replications() > 0);
    let results: Vec<_> = studied.iter().map(Gathered::result).collect();
    let said = arms.iter().map(|arm| {
        let own: Vec<_> = results
            .iter()
            .filter(|result| result.variant == arm.variant)
            .collect();
        Said {
            variant: arm.variant.clone(),
            notes: notes::of(arm.scenario, &own, interrupted),
        }
    });
    Outcome {
        comparisons: compare::all_pairs(&studied),
        notes: merged(&said.collect::<Vec<_>>()),
        triggers: incidents::triggers_of(arms),
        results,
        interrupted,
    }
}

/// One strategy's replications that are run next, in one variant.
struct Task {
    /// Index into all that is studied.
    studied: usize,
    replications: std::ops::Range<u32>,
}

/// What is still to be run. Depends on finished rounds only, never on which thread finished first.
fn next_round(all: &[Gathered]) -> Vec<Task> {
    let task = |(studied, gathered): (usize, &Gathered)| {
        let effort = gathered.scenario().effort;
        let done = gathered.replications();
        let wanted = match done {
            0 if gathered.is_fixed() => 1,
            0 => effort.replications,
            _ if gathered.is_fixed() => done,
            _ => gathered.wanted(effort.precision),
        };
        (wanted > done).then_some(Task {
            studied,
            replications: done..wanted,
        })
    };
    all.iter().enumerate().filter_map(task).collect()
}

/// Runs a round, strategy by strategy, each strategy's replications side by side; as soon as a strategy has
/// all of its own they are cut and summed up, so that few are in memory at a time.
fn perform(round: &[Task], studied: &mut [Gathered], jobs: NonZeroUsize, oversight: &Oversight) {
    let subjects: Vec<_> = studied
        .iter()
        .map(|gathered| (gathered.scenario(), gathered.strategy()))
        .collect();
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
                studied: subject,
                replications,
            } = &round[task];
            let (scenario, name) = subjects[*subject];
            let recorded = run(scenario, name, replication, segments(scenario), oversight);
            let complete = {
                let mut finished = lock(&finished[task]);
                finished.push((replication, recorded));
                (finished.len() == replications.len()).then(|| std::mem::take(&mut *finished))
            };
            if let Some(all) = complete {
                lock(&studied)[*subject].add(all);
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
            lock(&studied)[task.studied].add(left);
        }
    }
}

fn segments(scenario: &Scenario) -> Segments {
    let backends = scenario.fleet.len();
    match scenario.effort.warmup {
        Warmup::Requests(warmup) => Segments::fixed(warmup, backends),
        Warmup::Auto if !scenario.has_warmup() => Segments::fixed(0, backends),
        Warmup::Auto => Segments::open(scenario.effort.requests, backends),
    }
}

/// Nothing panics while it holds one of these locks, and if it did, its panic is what is reported.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
