//! Sticky sessions: a key stays with its backend for as long as that backend is eligible.
//! Cost: O(1), two draws for a key that is new or has lost its backend. Memory: 60 bytes a key, 4 MB at most
//! unless told otherwise.
//!
//! A new key goes to the less loaded of two distinct backends (Mitzenmacher 2001). A key whose backend is
//! gone or ineligible is placed anew in the same way and stays there, also when the old one returns: its
//! session is at the new one now. The keys used longest ago are forgotten first; a hash needs no memory and
//! forgets nobody, but moves keys when the fleet changes (see `maglev`).

use rand_core::Rng;

use super::recent::Recent;
use super::sampled::Sampled;
use super::{About, Options, Strategy};
use crate::fleet::NoIndex;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Sticky {
    placed: Recent,
}

impl Strategy for Sticky {
    type Index = NoIndex;

    const ABOUT: About = About {
        name: "sticky",
        summary: "a key stays where it was first placed: the less loaded of two",
        cost: "O(1)",
        keyed: true,
        weighted: true,
        random: true,
    };

    fn new(options: &Options) -> Self {
        let capacity = options.sticky_keys.clamp(1, Options::MAX_STICKY_KEYS);
        Sticky {
            placed: Recent::new(capacity),
        }
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        request: &Request,
        view: &V,
        _: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        // An id of an earlier generation is not eligible: a slot's next occupant inherits no sessions.
        if let Some(id) = self.placed.get(request.key)
            && view.is_eligible(id)
        {
            return Some(id);
        }
        let id = Sampled::TWO.best(view, rng, |id| view.load(id))?;
        self.placed.place(request.key, id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::testing::Bench;

    fn remembering(keys: u32) -> Options {
        Options {
            sticky_keys: keys,
            ..Options::default()
        }
    }

    #[test]
    fn a_key_stays_however_loaded_its_backend_is() {
        let mut bench = Bench::<Sticky>::new(10);
        let slot = bench.pick_key(7).unwrap().slot;
        (0..100).for_each(|_| bench.start(slot));
        bench.picks(1_000);
        assert_eq!(bench.pick_key(7).unwrap().slot, slot);
    }

    #[test]
    fn a_key_that_had_to_move_stays_where_it_moved_to() {
        let mut bench = Bench::<Sticky>::new(3);
        let first = bench.pick_key(7).unwrap();
        bench.set_eligible(first.slot, false);
        let second = bench.pick_key(7).unwrap();
        assert_ne!(second, first);
        bench.set_eligible(first.slot, true);
        assert_eq!(bench.pick_key(7), Some(second));
    }

    #[test]
    fn the_next_occupant_of_a_slot_inherits_no_keys() {
        let mut bench = Bench::<Sticky>::new(2);
        let old = bench.pick_key(7).unwrap();
        bench.remove(old.slot);
        let new = bench.add(1.0);
        assert_eq!(new.slot, old.slot);
        // Placed by load and not by the slot it once had.
        bench.start(new.slot);
        assert_ne!(bench.pick_key(7).unwrap().slot, new.slot);
    }

    #[test]
    fn with_no_room_the_key_used_longest_ago_is_placed_anew() {
        let mut bench = Bench::<Sticky>::with(2, &remembering(2));
        let slots = [1, 2, 1, 3].map(|key| bench.pick_key(key).unwrap().slot);
        bench.start(slots[0]);
        bench.start(slots[0]);
        assert_eq!(bench.pick_key(1).unwrap().slot, slots[0], "used since");
        bench.start(slots[1]);
        (0..4).for_each(|_| bench.start(slots[1]));
        assert_ne!(bench.pick_key(2).unwrap().slot, slots[1], "forgotten");
    }

    #[test]
    fn new_keys_are_placed_by_load() {
        let mut bench = Bench::<Sticky>::new(100);
        bench.send(1_000);
        let longest = bench.in_flight().into_iter().max().unwrap();
        assert!(longest <= 13, "{longest} on one of 100 backends");
    }
}
