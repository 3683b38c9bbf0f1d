//! Every property, and every mutant of what they are about, in processes of their own: what `model` prints, as a test.
//!
//! Under `--cfg loom` the deep tier: larger bounds, more schedules.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use model::examine::{Plan, prove, weaken};
use model::findings::Findings;
use model::mutate::{FOLDER, inventory};
use model::suite::{Tier, Workers};
use model::{property, report};

const TIER: Tier = if cfg!(loom) { Tier::Deep } else { Tier::Quick };

/// One test: the mutants need to know which property comes by where.
#[test]
fn all_holds_and_every_mutant_is_killed_or_explained() {
    let stop = AtomicBool::new(false);
    let workers = Workers {
        program: Path::new(env!("CARGO_BIN_EXE_model")),
        at_once: std::thread::available_parallelism().map_or(1, usize::from),
        stop: &stop,
    };
    let plan = Plan {
        properties: property::all(),
        all: true,
        tier: TIER,
        seed: 1,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let sites = inventory(root, FOLDER).expect("the sources are there");
    let mut findings = Findings::default();
    let reached = prove(&plan, &workers, &mut (), &mut findings).expect("processes start");
    assert!(findings.are_good(), "{}", report::table(&findings));
    weaken(&plan, &reached, &sites, &workers, &mut (), &mut findings).expect("processes start");
    assert!(findings.are_good(), "{}", report::table(&findings));
    assert!(findings.properties.len() > 100 && findings.mutants.len() > 50);
    // Seen with --nocapture.
    println!("{}", report::table(&findings));
}
