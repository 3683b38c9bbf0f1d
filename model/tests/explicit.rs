//! Every state of every system that `model::explicit` builds of shipped policy code.

use std::time::Instant;

use model::explicit::{self, Explicit};

/// The larger systems where there is time for them.
fn systems() -> Vec<Explicit> {
    if cfg!(loom) {
        [explicit::all(), explicit::deep()].concat()
    } else {
        explicit::all()
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "to print how long a search took")]
fn every_state_of_every_system_keeps_what_is_claimed() {
    for system in systems() {
        let begin = Instant::now();
        let explored = match (system.run)() {
            Ok(explored) => explored,
            Err(violation) => panic!("{violation}"),
        };
        println!(
            "{}: {} states, {} steps, depth {}, {:.2} s",
            explored.name,
            explored.states,
            explored.transitions,
            explored.depth,
            begin.elapsed().as_secs_f64()
        );
        assert!(explored.exhaustive && explored.states > 1_000);
        assert!(explored.properties.iter().all(|(.., holds)| *holds));
    }
}
