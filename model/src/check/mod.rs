//! The executors: each runs a property's body over many schedules and says how many, and whether that was all.

mod loom;
mod native;
mod shuttle;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::property::Property;
use crate::watch::{Change, Site};

/// Who checks, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checker {
    /// Every schedule with at most `bound` preemptions; `None`: every schedule.
    Loom {
        /// Preemptions.
        bound: Option<usize>,
    },
    /// `iterations` schedules drawn from `seed`.
    Shuttle {
        /// How they are drawn.
        scheduler: Scheduler,
        /// How many.
        iterations: usize,
        /// From which seed.
        seed: u64,
    },
    /// Real threads, `times` times.
    Threads {
        /// How often.
        times: u64,
    },
}

/// How shuttle draws. None of them replaces another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// Any runnable thread next, all equally likely.
    Random,
    /// Probabilistic concurrency testing for bugs of three ordering constraints (Burckhardt et al. 2010). At
    /// depth 2 it missed a torn compare-and-swap that a random walk found at once.
    Pct,
    /// Uniform random walk: threads weighted by the steps they have left (Zhao et al. 2025).
    Urw,
}

/// What a checker did. That there is one means that nothing failed: a failure panics.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many executions.
    pub executions: u64,
    /// Whether those are all there are within the bound.
    pub exhaustive: bool,
    /// Every atomic operation that some execution came by.
    pub sites: BTreeSet<Site>,
}

/// Checks `property` with this `change`; and then, on top of it, with a kill at every step where the property says that a
/// process may die, and with a failure of every weak compare-and-swap, which needs no reason.
///
/// # Panics
/// If it does not hold; if it has no body for this checker; if nothing was changed and a phase that it must reach was
/// never reached.
pub fn check(property: &Property, checker: Checker, change: Change) -> Report {
    match checker {
        Checker::Loom { bound } => loom::check(property, bound, change),
        Checker::Shuttle {
            scheduler,
            iterations,
            seed,
        } => shuttle::check(property, scheduler, iterations, seed, change),
        Checker::Threads { times } => native::check(property, times),
    }
}

impl Checker {
    /// Its name and options, without the options' values.
    pub fn name(self) -> &'static str {
        match self {
            Checker::Loom { .. } => "loom",
            Checker::Shuttle { scheduler, .. } => match scheduler {
                Scheduler::Random => "shuttle-random",
                Scheduler::Pct => "shuttle-pct3",
                Scheduler::Urw => "shuttle-urw",
            },
            Checker::Threads { .. } => "threads",
        }
    }

    /// Within which limit it searches.
    pub fn bound(self) -> String {
        match self {
            Checker::Loom { bound: None } => "none".into(),
            Checker::Loom { bound: Some(bound) } => format!("{bound} preemptions"),
            Checker::Shuttle { seed, .. } => format!("seed {seed}"),
            Checker::Threads { .. } => "as they come".into(),
        }
    }

    /// Whether `property` has a body for it.
    pub fn runs(self, property: &Property) -> bool {
        match self {
            Checker::Loom { .. } => property.loom.is_some(),
            Checker::Shuttle { .. } => property.shuttle.is_some(),
            Checker::Threads { .. } => property.native.is_some(),
        }
    }
}

/// `loom,bound=3`, as a [`crate::job::Job`] writes it.
impl fmt::Display for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Checker::Loom { bound: None } => Ok(()),
            Checker::Loom { bound: Some(bound) } => write!(f, ",bound={bound}"),
            Checker::Shuttle {
                iterations, seed, ..
            } => write!(f, ",iterations={iterations},seed={seed}"),
            Checker::Threads { times } => write!(f, ",times={times}"),
        }
    }
}

impl FromStr for Checker {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let shuttle = |scheduler| Checker::Shuttle {
            scheduler,
            iterations: 10_000,
            seed: 1,
        };
        match name {
            "loom" => Ok(Checker::Loom { bound: None }),
            "shuttle-random" => Ok(shuttle(Scheduler::Random)),
            "shuttle-pct3" => Ok(shuttle(Scheduler::Pct)),
            "shuttle-urw" => Ok(shuttle(Scheduler::Urw)),
            "threads" => Ok(Checker::Threads { times: 1000 }),
            _ => Err(format!(
                "`{name}` is not a checker; allowed: loom, shuttle-random, shuttle-pct3, shuttle-urw, threads"
            )),
        }
    }
}

/// A phase not reached means that nothing was shown, unless something was changed on purpose.
fn assert_phases(property: &Property, change: Change, reached: &BTreeSet<&'static str>) {
    for phase in property.phases {
        assert!(
            change != Change::default() || reached.contains(phase),
            "no execution reached `{phase}`, so nothing was shown"
        );
    }
}
