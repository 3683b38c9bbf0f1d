//! What a dead backend would have got goes to the lowest living one (count trailing zeros of the bitmap).
//!
//! All of it: with half of the backends dead, one of the other half has more than half of the load.

use policy::hash::mix;
use policy::strategy::Rendezvous;

use super::common::chooser::{Chooser, Ours};
use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(no_survivor_takes_over_alone<Lowest>),
        ours: Some(owned_ours!(no_survivor_takes_over_alone<Ours<Rendezvous>>)),
        found_in: "ejpir/zig-loadbalancer, findHealthyBackend (seed 003: \"uses CPU ctz intrinsic\")",
        harm: "the first backend is next to fall, then the second",
        guarded_by: Guard::Test(
            "policy/src/strategy/rendezvous.rs",
            "a_backend_that_leaves_moves_its_own_keys_and_they_spread",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

struct Lowest {
    alive: u64,
    backends: u64,
}

impl Chooser for Lowest {
    fn new(weights: &[u32]) -> Self {
        Lowest {
            alive: (1 << weights.len()) - 1,
            backends: weights.len() as u64,
        }
    }

    fn dies(&mut self, backend: usize) {
        self.alive &= !(1 << backend);
    }

    fn pick(&mut self, key: u64) -> usize {
        let wanted = mix(key) % self.backends;
        if self.alive & 1 << wanted != 0 {
            return wanted as usize;
        }
        self.alive.trailing_zeros() as usize
    }
}

/// Of eight, four are dead. A quarter each is fair; the bound is ten standard errors above it.
fn no_survivor_takes_over_alone<C: Chooser>() {
    let mut chooser = C::new(&[1; 8]);
    (0..4).for_each(|backend| chooser.dies(2 * backend));
    let counts = chooser.counts(8, 4_000);
    assert!(counts.iter().all(|&count| count < 1_300), "{counts:?}");
}
