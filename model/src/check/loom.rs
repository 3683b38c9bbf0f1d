//! Exhaustive search within a bound on preemptions.

use std::collections::BTreeSet;

use super::Report;
use crate::property::Property;
use crate::watch::{Change, Mutation, Run, Site};

/// Checks `property` with at most `bound` preemptions (`None`: any number); where it says so, once for each step at
/// which a process may be killed; and then once for each weak compare-and-swap that may fail without a reason.
///
/// # Panics
/// If it does not hold; if a phase it must reach was never reached; if loom is told by its environment to stop
/// early, which it would do without a word.
pub fn under_loom(
    property: &Property,
    bound: Option<usize>,
    mutation: Option<(Site, Mutation)>,
) -> Report {
    let body = property.loom.expect("loom is to run it");
    let mut search = Search {
        body,
        bound,
        mutation,
        executions: 0,
        phases: BTreeSet::new(),
        sites: BTreeSet::new(),
    };
    search.run(None, None);
    if property.dies {
        search.each(|nth| (Some(nth), None));
    }
    search.each(|nth| (None, Some(nth)));
    for phase in property.phases {
        assert!(
            mutation.is_some() || search.phases.contains(phase),
            "{property} never reached `{phase}`"
        );
    }
    Report {
        checker: "loom".into(),
        executions: search.executions,
        bound: bound.map_or("no bound".into(), |bound| format!("{bound} preemptions")),
        exhaustive: true,
        sites: search.sites,
    }
}

struct Search {
    body: fn(),
    bound: Option<usize>,
    mutation: Option<(Site, Mutation)>,
    executions: u64,
    phases: BTreeSet<&'static str>,
    sites: BTreeSet<Site>,
}

impl Search {
    /// Once for every `nth` that takes effect in some execution.
    fn each(&mut self, what: impl Fn(u64) -> (Option<u64>, Option<u64>)) {
        let mut nth = 0;
        loop {
            let (kill, fail_spuriously) = what(nth);
            if !self.run(kill, fail_spuriously) {
                return;
            }
            nth += 1;
        }
    }

    /// Searches all schedules; says whether the kill or the failure happened in any.
    fn run(&mut self, kill: Option<u64>, fail_spuriously: Option<u64>) -> bool {
        let run = Run::new(Change {
            mutation: self.mutation,
            kill,
            fail_spuriously,
        });
        let body = self.body;
        run.over(|| {
            builder(self.bound).check(move || {
                let run = Run::current().expect("this thread runs all of it");
                run.begin_execution();
                body();
            });
        });
        self.executions += run.executions();
        self.phases.extend(run.phases());
        self.sites.extend(run.sites());
        run.took_effect()
    }
}

/// loom's own defaults come from the environment; none of them is left to it.
fn builder(bound: Option<usize>) -> loom::model::Builder {
    let mut builder = loom::model::Builder::new();
    assert!(
        builder.max_permutations.is_none() && builder.max_duration.is_none(),
        "LOOM_MAX_PERMUTATIONS and LOOM_MAX_DURATION end a search early and call it done: unset them"
    );
    builder.preemption_bound = bound;
    builder.max_branches = 10_000;
    builder.checkpoint_file = None;
    builder.log = false;
    builder.location = false;
    builder
}
