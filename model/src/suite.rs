//! Many jobs, a few processes at a time.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::check::{Checker, Scheduler};
use crate::child::{self, Outcome};
use crate::job::Job;
use crate::museum::Exhibit;
use crate::property::Property;
use crate::watch::Change;

/// How much time there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// For every `cargo test`.
    Quick,
    /// For the run that may take minutes: larger bounds, more draws.
    Deep,
}

/// Who runs jobs: this program, so many processes at a time, until told to stop.
#[derive(Debug)]
pub struct Workers<'a> {
    /// The program that takes [`child::FLAG`].
    pub program: &'a Path,
    /// Processes at a time.
    pub at_once: usize,
    /// Set to start no further job.
    pub stop: &'a AtomicBool,
}

/// Every checker that has a body of `property`, in this tier, with shuttle's schedules drawn from `seed`.
pub fn proofs(property: &Property, tier: Tier, seed: u64) -> Vec<Job> {
    let checkers = match tier {
        Tier::Quick => checkers(property.bounds.quick, 1_000, 1_000, seed),
        Tier::Deep => checkers(property.bounds.deep, 20_000, 10_000, seed),
    };
    jobs(property, checkers)
}

/// Every checker for a bug of the museum, as far as [`crate::museum::FoundBy`] speaks of.
pub fn exhibit(exhibit: &Exhibit, seed: u64) -> Vec<Job> {
    jobs(&exhibit.property, checkers(Some(3), 10_000, 10_000, seed))
}

fn checkers(bound: Option<usize>, iterations: usize, times: u64, seed: u64) -> [Checker; 5] {
    let shuttle = |scheduler| Checker::Shuttle {
        scheduler,
        iterations,
        seed,
    };
    [
        Checker::Loom { bound },
        shuttle(Scheduler::Random),
        shuttle(Scheduler::Pct),
        shuttle(Scheduler::Urw),
        Checker::Threads { times },
    ]
}

fn jobs(property: &Property, checkers: [Checker; 5]) -> Vec<Job> {
    let runs = checkers
        .into_iter()
        .filter(|checker| checker.runs(property));
    runs.map(|checker| Job {
        property: *property,
        checker,
        change: Change::default(),
    })
    .collect()
}

impl Workers<'_> {
    /// Runs `task` on each item, and returns the results in the items' order; `None` for what was not begun.
    /// `done` hears of each as it ends.
    ///
    /// # Errors
    /// The first error of a task; the others are still ended properly.
    pub fn each<I: Sync, R: Send>(
        &self,
        items: &[I],
        task: impl Fn(&I) -> io::Result<R> + Sync,
        mut done: impl FnMut(),
    ) -> io::Result<Vec<Option<R>>> {
        let next = AtomicUsize::new(0);
        let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..self.at_once.clamp(1, items.len().max(1)) {
                let (sender, next, task) = (sender.clone(), &next, &task);
                scope.spawn(move || {
                    while !self.stop.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(index) else { return };
                        let failed = sender.send((index, task(item))).is_err();
                        if failed {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (index, result) in receiver {
                results[index] = Some(result?);
                done();
            }
            Ok(results)
        })
    }

    /// Runs one job in a process of its own.
    ///
    /// # Errors
    /// If the process could not be started.
    pub fn run(&self, job: &Job) -> io::Result<Outcome> {
        child::run(self.program, job)
    }
}
