use std::collections::BTreeSet;

use super::*;
use crate::check::check;
use crate::watch::Change;

/// The faulty ones run in processes of their own, since a model that fails may abort.
#[test]
fn ours_pass_what_the_exhibits_fail() {
    for ours in all().iter().filter_map(|exhibit| exhibit.ours) {
        for name in [
            "loom",
            "shuttle-random",
            "shuttle-pct3",
            "shuttle-urw",
            "threads",
        ] {
            let checker = match name.parse().expect("a checker") {
                Checker::Loom { .. } => Checker::Loom { bound: Some(3) },
                Checker::Shuttle {
                    scheduler, seed, ..
                } => Checker::Shuttle {
                    scheduler,
                    iterations: 300,
                    seed,
                },
                Checker::Threads { .. } => Checker::Threads { times: 100 },
            };
            if checker.runs(&ours) {
                check(&ours, checker, Change::default());
            }
        }
    }
}

#[test]
fn every_guard_exists() {
    let properties: BTreeSet<String> = crate::property::all()
        .iter()
        .map(ToString::to_string)
        .collect();
    for exhibit in all() {
        let exists = match exhibit.guarded_by {
            Guard::Property(name) => properties.contains(name),
            Guard::Test(file, name) => {
                let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
                let source = std::fs::read_to_string(&path).expect(&path);
                source.contains(&format!("fn {name}("))
            }
        };
        assert!(exists, "{}: no {}", exhibit.property, exhibit.guarded_by);
    }
}

#[test]
fn names_are_different() {
    let names: Vec<String> = properties().iter().map(ToString::to_string).collect();
    let different: BTreeSet<&String> = names.iter().collect();
    assert_eq!(different.len(), names.len());
}
