//! Round robin by a counter modulo the number of backends.
//!
//! The counter wraps around at a power of two. Unless that is a multiple of the backends, the turns jump there, and
//! where the counter has a sign, to an index below zero.

use policy::strategy::RoundRobin;

use super::common::chooser::{Chooser, Ours};
use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(turns_go_around_for_ever<Modulo>),
        ours: Some(owned_ours!(turns_go_around_for_ever<Ours<RoundRobin>>)),
        found_in: "googleapis/google-cloud-java#1551 (the bias left over after its mending), Netflix/ribbon#259, \
                   spring-cloud/spring-cloud-commons#1074, apache/shardingsphere#39319 (below zero)",
        harm: "lower indices preferred; with a sign, no request sent at all after 2^31 of them: twelve days (ribbon)",
        guarded_by: Guard::Test(
            "policy/src/strategy/round_robin.rs",
            "the_last_slot_wraps_around",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

/// Of one byte, so as not to count to 2^32.
struct Modulo {
    counter: u8,
    backends: u8,
}

impl Chooser for Modulo {
    fn new(weights: &[u32]) -> Self {
        Modulo {
            counter: 0,
            backends: weights.len() as u8,
        }
    }

    fn dies(&mut self, _: usize) {
        unreachable!("nobody dies here")
    }

    fn pick(&mut self, _: u64) -> usize {
        let chosen = self.counter % self.backends;
        self.counter = self.counter.wrapping_add(1);
        chosen.into()
    }
}

fn turns_go_around_for_ever<C: Chooser>() {
    let mut chooser = C::new(&[1, 1, 1]);
    for pick in 0..1_000 {
        assert_eq!(chooser.pick(0), pick % 3, "at pick {pick}");
    }
}
