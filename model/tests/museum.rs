//! Every bug of the museum under every checker: who must find it finds it, who cannot does not.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use model::examine::{Plan, exhibit};
use model::findings::Findings;
use model::report;
use model::suite::{Tier, Workers};

#[test]
fn every_bug_is_found_by_who_must_and_by_nobody_who_cannot() {
    let stop = AtomicBool::new(false);
    let workers = Workers {
        program: Path::new(env!("CARGO_BIN_EXE_model")),
        at_once: std::thread::available_parallelism().map_or(1, usize::from),
        stop: &stop,
    };
    let plan = Plan {
        properties: Vec::new(),
        all: true,
        tier: Tier::Quick,
        seed: 1,
    };
    let mut findings = Findings::default();
    exhibit(&plan, &workers, &mut (), &mut findings).expect("processes start");
    assert!(findings.museum.len() >= 15);
    assert!(findings.are_good(), "{}", report::table(&findings));
    assert!(
        findings
            .museum
            .iter()
            .all(|shown| shown.killed_by.is_some())
    );
}
