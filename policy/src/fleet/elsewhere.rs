//! The members of a fleet with somebody else's counts.

use crate::time::Instant;
use crate::view::{BackendId, Member, View, Weight};

/// Who is there, who may be chosen and how fast each answers is the fleet's knowledge; what is in flight is asked for, by
/// slot. The fleet's indices are by its own counts and answer nothing here.
pub(crate) struct Elsewhere<'a, V, F> {
    fleet: &'a V,
    in_flight: F,
}

impl<'a, V: View, F: Fn(u32) -> u32> Elsewhere<'a, V, F> {
    pub(crate) fn new(fleet: &'a V, in_flight: F) -> Self {
        Elsewhere { fleet, in_flight }
    }
}

impl<V: View, F: Fn(u32) -> u32> View for Elsewhere<'_, V, F> {
    fn epoch(&self) -> u64 {
        self.fleet.epoch()
    }

    fn members(&self) -> &[Member] {
        self.fleet.members()
    }

    fn eligible_count(&self) -> u32 {
        self.fleet.eligible_count()
    }

    fn nth_eligible(&self, n: u32) -> Option<BackendId> {
        self.fleet.nth_eligible(n)
    }

    fn next_eligible(&self, slot: u32) -> Option<BackendId> {
        self.fleet.next_eligible(slot)
    }

    fn is_eligible(&self, id: BackendId) -> bool {
        self.fleet.is_eligible(id)
    }

    fn in_flight(&self, id: BackendId) -> u32 {
        (self.in_flight)(id.slot)
    }

    fn total_in_flight(&self) -> u64 {
        let members = self.members().iter();
        members
            .map(|member| u64::from(self.in_flight(member.id)))
            .sum()
    }

    fn weight(&self, id: BackendId) -> Weight {
        self.fleet.weight(id)
    }

    fn expected_response(&self, id: BackendId, now: Instant) -> f64 {
        self.fleet.expected_response(id, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fleet;
    use crate::fleet::Levels;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn the_least_loaded_is_so_by_the_counts_that_are_asked_for() {
        let mut fleet = Fleet::<Levels>::new((0..3).map(|n| (Weight::ONE, n)));
        let ids: Vec<_> = fleet.members().iter().map(|member| member.id).collect();
        fleet.start(ids[2]);
        let view = Elsewhere::new(&fleet, |slot| [4, 3, 0][slot as usize]);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        assert_eq!(view.least_loaded(&mut rng), Some(ids[2]));
        assert_eq!(view.idle(&mut rng), Some(ids[2]));
        assert_eq!(view.total_in_flight(), 7);
        fleet.set_eligible(ids[2], false);
        let view = Elsewhere::new(&fleet, |slot| [4, 3, 0][slot as usize]);
        assert_eq!(view.least_loaded(&mut rng), Some(ids[1]));
    }
}
