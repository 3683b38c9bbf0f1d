//! A key goes to backend `hash(key) % n`.
//!
//! With one backend more or less, nearly every key goes somewhere else: of n + 1 backends only one key in n + 1 finds
//! its place again.

use policy::hash::mix;
use policy::strategy::RingHash;

use super::common::chooser::{Chooser, Ours};
use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(who_stays_keeps_its_keys<Modulo>),
        ours: Some(owned_ours!(who_stays_keeps_its_keys<Ours<RingHash>>)),
        found_in: "early memcached clients (Jones 2007, libketama, was written against it); ip_hash and `hash` without \
                   `consistent` in nginx",
        harm: "every cache is cold after each change of the fleet, and every session begins anew",
        guarded_by: Guard::Test(
            "policy/src/strategy/ring_hash.rs",
            "a_backend_that_leaves_moves_its_own_keys_and_no_other",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

struct Modulo(Vec<usize>);

impl Chooser for Modulo {
    fn new(weights: &[u32]) -> Self {
        Modulo((0..weights.len()).collect())
    }

    fn dies(&mut self, backend: usize) {
        self.0.retain(|&other| other != backend);
    }

    fn pick(&mut self, key: u64) -> usize {
        self.0[(mix(key) % self.0.len() as u64) as usize]
    }
}

fn who_stays_keeps_its_keys<C: Chooser>() {
    let mut chooser = C::new(&[1; 10]);
    let before: Vec<usize> = (0..1_000).map(|key| chooser.pick(key)).collect();
    chooser.dies(3);
    let moved = (0..1_000u64)
        .zip(before)
        .filter(|&(key, backend)| backend != 3 && chooser.pick(key) != backend)
        .count();
    assert_eq!(moved, 0, "keys of backends that did not change");
}
