//! What one run of a checker watches for, and what it changes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use super::step::Call;
use super::{Mutation, Site, Step};
use crate::platform::Platform;

/// The panic of an execution that was to be shown and did not fail.
pub const STOPPED: &str = "this execution holds";

thread_local! {
    /// loom and shuttle run all threads of a model on the thread of the system that called them.
    static CURRENT: RefCell<Option<Rc<Run>>> = const { RefCell::new(None) };
}

/// What is to be otherwise than written, for a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// This operation is made weaker.
    pub mutation: Option<(Site, Mutation)>,
    /// The [`mortal`] part of an execution ends before its n-th step, from 0.
    pub kill: Option<u64>,
    /// The n-th weak compare-and-swap of an execution fails without a reason.
    pub fail_spuriously: Option<u64>,
    /// When the n-th execution, from 1, held, the run ends with a panic that says [`STOPPED`].
    pub stop_after: Option<u64>,
}

/// What is watched and changed during one run, over all its executions.
#[derive(Default)]
pub struct Run {
    change: Cell<Change>,
    /// What changes from one execution to the next, for a checker that does not search but draws.
    varied: Cell<Option<Varied>>,
    executions: Cell<u64>,
    reached: RefCell<BTreeSet<&'static str>>,
    sites: RefCell<BTreeSet<Site>>,
    took_effect: Cell<bool>,
    execution: Execution,
}

#[derive(Clone, Copy)]
struct Varied {
    dies: bool,
    /// The most steps that a mortal part has taken so far, and the most swaps of an execution.
    steps: u64,
    swaps: u64,
}

/// What belongs to one execution.
#[derive(Default)]
struct Execution {
    mortal: Cell<Option<u64>>,
    lived: Cell<u64>,
    dead: Cell<bool>,
    swaps: Cell<u64>,
    spurious: Cell<u64>,
    steps: RefCell<Vec<(u64, Step)>>,
}

/// Unwinds the thread of a process that died.
struct Died;

/// What is to become of a step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    AsWritten,
    Mutated(Mutation),
    /// By a process that is dead: nothing happens, though the code unwinds through it.
    Void,
}

impl Run {
    /// A run with this change.
    pub fn new(change: Change) -> Rc<Self> {
        Rc::new(Run {
            change: Cell::new(change),
            ..Run::default()
        })
    }

    /// From now on each execution kills before another step, if a process `dies` at all, and every other one fails
    /// another weak compare-and-swap instead: all in turn, as many as there have been.
    pub fn vary_by_execution(&self, dies: bool) {
        self.varied.set(Some(Varied {
            dies,
            steps: 0,
            swaps: 0,
        }));
    }

    /// Whether it does.
    pub fn varies(&self) -> bool {
        self.varied.get().is_some()
    }

    /// What is changed in the execution that is going on.
    pub fn change(&self) -> Change {
        self.change.get()
    }

    /// Runs `check` under this.
    pub fn over<R>(self: &Rc<Self>, check: impl FnOnce() -> R) -> R {
        CURRENT.set(Some(Rc::clone(self)));
        let result = check();
        CURRENT.set(None);
        result
    }

    /// The run that is going on in this thread of the system, if one is.
    pub fn current() -> Option<Rc<Run>> {
        CURRENT.with_borrow(|run| run.clone())
    }

    /// To be called when an execution of the model begins.
    pub fn begin_execution(&self) {
        self.executions.set(self.executions.get() + 1);
        if let Some(varied) = self.varied.get() {
            self.vary(varied);
        }
        let Execution {
            mortal,
            lived,
            dead,
            swaps,
            spurious,
            steps,
        } = &self.execution;
        mortal.set(None);
        lived.set(0);
        dead.set(false);
        swaps.set(0);
        spurious.set(0);
        steps.borrow_mut().clear();
    }

    fn vary(&self, varied: Varied) {
        let varied = Varied {
            steps: varied.steps.max(self.execution.lived.get()),
            swaps: varied.swaps.max(self.execution.swaps.get()),
            ..varied
        };
        self.varied.set(Some(varied));
        let nth = self.executions.get() / 2;
        let fails = !varied.dies || self.executions.get() % 2 == 1;
        self.change.set(Change {
            kill: (!fails).then_some(nth % (varied.steps + 1)),
            fail_spuriously: fails.then_some(nth % (varied.swaps + 1)),
            ..self.change.get()
        });
    }

    /// To be called when an execution came to its end and nothing failed.
    pub fn end_execution(&self) {
        if self.change.get().stop_after == Some(self.executions.get()) {
            panic!("{STOPPED}");
        }
    }

    /// How many executions there were.
    pub fn executions(&self) -> u64 {
        self.executions.get()
    }

    /// The phases of the model that some execution reached.
    pub fn phases(&self) -> BTreeSet<&'static str> {
        self.reached.borrow().clone()
    }

    /// The places in the source that some execution came by.
    pub fn sites(&self) -> BTreeSet<Site> {
        self.sites.borrow().clone()
    }

    /// Whether some execution was long enough for the kill or the spurious failure to happen.
    pub fn took_effect(&self) -> bool {
        self.took_effect.get()
    }

    /// The steps of the execution that is going on, or was the last.
    pub fn schedule(&self) -> Vec<Step> {
        let steps = self.execution.steps.borrow();
        let mut threads = Vec::new();
        let mut number = |key| {
            threads
                .iter()
                .position(|&known| known == key)
                .unwrap_or_else(|| {
                    threads.push(key);
                    threads.len() - 1
                })
        };
        let numbered = steps.iter().map(|&(key, step)| Step {
            thread: number(key),
            ..step
        });
        numbered.collect()
    }

    /// What becomes of a step of the running thread.
    pub(super) fn fate<P: Platform>(&self, site: Site) -> Fate {
        if self.execution.mortal.get() == Some(P::thread()) {
            if self.execution.dead.get() {
                return Fate::Void;
            }
            let lived = self.execution.lived.get();
            self.execution.lived.set(lived + 1);
            if self.change.get().kill == Some(lived) {
                self.took_effect.set(true);
                self.execution.dead.set(true);
                resume_unwind(Box::new(Died));
            }
        }
        self.sites.borrow_mut().insert(site);
        match self.change.get().mutation {
            Some((at, mutation)) if at == site => Fate::Mutated(mutation),
            _ => Fate::AsWritten,
        }
    }

    /// Whether a weak compare-and-swap is to fail.
    pub(super) fn fails_spuriously(&self) -> bool {
        let count = self.execution.swaps.get();
        self.execution.swaps.set(count + 1);
        let fails = self.change.get().fail_spuriously == Some(count);
        if fails {
            self.took_effect.set(true);
            let spurious = &self.execution.spurious;
            spurious.set(spurious.get() + 1);
        }
        fails
    }

    pub(super) fn took<P: Platform>(&self, site: Site, mutation: Option<Mutation>, call: Call) {
        let step = Step {
            thread: 0,
            site,
            mutation,
            call,
        };
        self.execution.steps.borrow_mut().push((P::thread(), step));
    }
}

/// A phase that the model must reach in some execution, or it has shown nothing.
pub fn reached(phase: &'static str) {
    if let Some(run) = Run::current() {
        run.reached.borrow_mut().insert(phase);
    }
}

/// Runs `life` as the process that may be killed; `None` if it was. Where nothing is watched nobody dies.
pub fn mortal<P: Platform, R>(life: impl FnOnce() -> R) -> Option<R> {
    let Some(run) = Run::current() else {
        return Some(life());
    };
    run.execution.mortal.set(Some(P::thread()));
    match catch_unwind(AssertUnwindSafe(life)) {
        Ok(result) => {
            run.execution.mortal.set(None);
            Some(result)
        }
        Err(cause) if cause.is::<Died>() => {
            run.execution.mortal.set(None);
            None
        }
        Err(cause) => resume_unwind(cause),
    }
}

/// The steps that the running thread takes in `part`, weak swaps that failed for no reason not counted; `None` where
/// nothing is watched.
pub fn steps_of<P: Platform, R>(part: impl FnOnce() -> R) -> (R, Option<u64>) {
    let taken = || {
        let run = Run::current()?;
        let me = P::thread();
        let steps = run.execution.steps.borrow();
        let mine = steps.iter().filter(|step| step.0 == me).count() as u64;
        Some(mine - run.execution.spurious.get())
    };
    let before = taken();
    let result = part();
    let count = taken().zip(before).map(|(after, before)| after - before);
    (result, count)
}
