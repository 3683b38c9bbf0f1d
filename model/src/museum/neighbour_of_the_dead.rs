//! Round robin by a counter; a turn that falls to a dead backend goes to the next living one.
//!
//! Always to the same one: it has its own turns and the dead one's.

use policy::strategy::RoundRobin;

use super::common::chooser::{Chooser, Ours};
use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(the_living_share_the_turns_of_the_dead<CounterAndSkip>),
        ours: Some(owned_ours!(
            the_living_share_the_turns_of_the_dead<Ours<RoundRobin>>
        )),
        found_in: "apple/servicetalk#3021 (RoundRobinSelector), ContentSquare/chproxy#82, ejpir/zig-loadbalancer \
                   src/memory/shared_region.zig, getNextRoundRobin (seed 003)",
        harm: "twice the load on one backend, which may die of it, and its neighbour next",
        guarded_by: Guard::Test(
            "policy/src/strategy/round_robin.rs",
            "a_dead_backend_s_neighbour_gets_no_more_than_the_others",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

struct CounterAndSkip {
    counter: usize,
    alive: Vec<bool>,
}

impl Chooser for CounterAndSkip {
    fn new(weights: &[u32]) -> Self {
        CounterAndSkip {
            counter: 0,
            alive: vec![true; weights.len()],
        }
    }

    fn dies(&mut self, backend: usize) {
        self.alive[backend] = false;
    }

    fn pick(&mut self, _: u64) -> usize {
        let (turn, n) = (self.counter, self.alive.len());
        self.counter += 1;
        let mut onward = (0..n).map(|skip| (turn + skip) % n);
        onward
            .find(|&backend| self.alive[backend])
            .expect("some are alive")
    }
}

fn the_living_share_the_turns_of_the_dead<C: Chooser>() {
    let mut chooser = C::new(&[1; 5]);
    chooser.dies(2);
    let counts = chooser.counts(5, 400);
    assert_eq!(counts, [100, 100, 0, 100, 100]);
}
