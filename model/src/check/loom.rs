//! Exhaustive search within a bound on preemptions.

use std::collections::BTreeSet;

use super::{Report, assert_phases};
use crate::property::Property;
use crate::watch::{Change, Run};

/// More steps in one execution than this: it does not end.
const MAX_STEPS: usize = 10_000;

pub(super) fn check(property: &Property, bound: Option<usize>, change: Change) -> Report {
    let mut search = Search {
        body: property.loom.expect("loom is to run it"),
        bound,
        report: Report {
            exhaustive: true,
            ..Report::default()
        },
        phases: BTreeSet::new(),
    };
    search.run(change);
    // What is reached only because a swap failed for no reason is hardly reached.
    let plainly = search.phases.clone();
    if property.dies {
        search.each(|nth| Change {
            kill: Some(nth),
            ..change
        });
    }
    search.each(|nth| Change {
        fail_spuriously: Some(nth),
        ..change
    });
    let phases = if property.dies {
        &search.phases
    } else {
        &plainly
    };
    assert_phases(property, change, phases);
    search.report
}

struct Search {
    body: fn(),
    bound: Option<usize>,
    report: Report,
    phases: BTreeSet<&'static str>,
}

impl Search {
    /// Once for every n that takes effect in some execution.
    fn each(&mut self, nth: impl Fn(u64) -> Change) {
        (0..).find(|&n| !self.run(nth(n)));
    }

    /// Searches all schedules; says whether the kill or the failure happened in any.
    fn run(&mut self, change: Change) -> bool {
        let run = Run::new(change);
        let body = self.body;
        run.over(|| {
            builder(self.bound).check(move || {
                let run = Run::current().expect("one thread of the system runs all");
                run.begin_execution();
                body();
                run.end_execution();
            });
        });
        self.report.executions += run.executions();
        self.report.sites.extend(run.sites());
        self.phases.extend(run.phases());
        run.took_effect()
    }
}

/// loom takes its defaults from the environment, limits that end a search early and without a word among them.
/// None is left to it (the command line refuses the variables, so that nobody waits for them to work).
fn builder(bound: Option<usize>) -> loom::model::Builder {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = bound;
    builder.max_branches = MAX_STEPS;
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.checkpoint_file = None;
    builder.log = false;
    builder.location = false;
    builder
}
