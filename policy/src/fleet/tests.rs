//! Whatever happens to a fleet, its indices answer what a scan would, and stale ids change nothing.

use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use std::collections::BTreeSet;

use super::*;
use crate::view::eligible;

#[derive(Clone, Debug)]
enum Event {
    Start(usize),
    Finish(usize),
    SetEligible(usize, bool),
    SetWeight(usize, f64),
    Remove(usize),
    Add(f64),
    Observe(Vec<u32>),
}

fn event() -> impl Strategy<Value = Event> {
    let weight = prop::sample::select(vec![1.0, 2.0, 0.5]);
    prop_oneof![
        12 => (0usize..8).prop_map(Event::Start),
        12 => (0usize..8).prop_map(Event::Finish),
        2 => (0usize..8, any::<bool>()).prop_map(|(at, on)| Event::SetEligible(at, on)),
        1 => (0usize..8, weight.clone()).prop_map(|(at, w)| Event::SetWeight(at, w)),
        1 => (0usize..8).prop_map(Event::Remove),
        1 => weight.prop_map(Event::Add),
        1 => prop::collection::vec(0u32..4, 12).prop_map(Event::Observe),
    ]
}

/// Applies `event` to the fleet; `ids` also keeps those that left, so that stale ones are used too.
fn apply<I: Index>(fleet: &mut Fleet<I>, ids: &mut Vec<BackendId>, event: &Event) {
    let id = |at: &usize| ids[at % ids.len()];
    match event {
        Event::Start(at) => _ = fleet.start(id(at)),
        Event::Finish(at) => _ = fleet.finish(id(at), Some(Duration(5)), Instant(9)),
        Event::SetEligible(at, on) => _ = fleet.set_eligible(id(at), *on),
        Event::SetWeight(at, weight) => _ = fleet.set_weight(id(at), Weight::new(*weight).unwrap()),
        Event::Remove(at) => _ = fleet.remove(id(at)),
        Event::Add(weight) => {
            let added = fleet.add(Weight::new(*weight).unwrap(), 7);
            ids.push(added);
        }
        Event::Observe(counts) => {
            // Only members can have anything in flight.
            let mut seen = vec![0; fleet.roster.slots()];
            for member in fleet.members() {
                seen[member.id.slot as usize] = counts[member.id.slot as usize % counts.len()];
            }
            fleet.observe(&seen);
        }
    }
}

fn picks(
    fleet: &impl View,
    pick: impl Fn(&mut Xoshiro256PlusPlus) -> Option<BackendId>,
) -> BTreeSet<BackendId> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let tries = 40 * fleet.eligible_count();
    (0..tries).filter_map(|_| pick(&mut rng)).collect()
}

proptest! {
    #[test]
    fn the_levels_offer_exactly_the_least_loaded(events in prop::collection::vec(event(), 0..80)) {
        let mut fleet = Fleet::<Levels>::new([(Weight::ONE, 1), (Weight::ONE, 2), (Weight::new(2.0).unwrap(), 3)]);
        let mut ids: Vec<BackendId> = fleet.members().iter().map(|member| member.id).collect();
        for event in &events {
            apply(&mut fleet, &mut ids, event);
            let least = eligible(&fleet).map(|id| fleet.load(id)).min();
            let expected: BTreeSet<_> = eligible(&fleet).filter(|&id| Some(fleet.load(id)) == least).collect();
            prop_assert_eq!(picks(&fleet, |rng| fleet.least_loaded(rng)), expected);
        }
    }

    #[test]
    fn the_idle_set_offers_exactly_the_idle(events in prop::collection::vec(event(), 0..80)) {
        let mut fleet = Fleet::<IdleSet>::new([(Weight::ONE, 1), (Weight::ONE, 2), (Weight::ONE, 3)]);
        let mut ids: Vec<BackendId> = fleet.members().iter().map(|member| member.id).collect();
        for event in &events {
            apply(&mut fleet, &mut ids, event);
            let expected: BTreeSet<_> = eligible(&fleet).filter(|&id| fleet.in_flight(id) == 0).collect();
            prop_assert_eq!(picks(&fleet, |rng| fleet.idle(rng)), expected);
        }
    }

    #[test]
    fn counts_balance_and_stale_ids_change_nothing(events in prop::collection::vec(event(), 0..120)) {
        let mut fleet = Fleet::<NoIndex>::new([(Weight::ONE, 1), (Weight::ONE, 2)]);
        let mut ids: Vec<BackendId> = fleet.members().iter().map(|member| member.id).collect();
        for event in &events {
            apply(&mut fleet, &mut ids, event);
            let total: u64 = fleet.members().iter().map(|member| u64::from(fleet.in_flight(member.id))).sum();
            prop_assert_eq!(total, fleet.total_in_flight());
            let members: BTreeSet<_> = fleet.members().iter().map(|member| member.id).collect();
            prop_assert!(eligible(&fleet).all(|id| members.contains(&id) && fleet.is_eligible(id)));
            for id in ids.iter().filter(|id| !members.contains(id)) {
                prop_assert!(!fleet.is_eligible(*id));
                prop_assert!(!fleet.clone().start(*id) && !fleet.clone().finish(*id, None, Instant(0)));
            }
        }
    }
}

#[test]
fn ties_are_equally_likely() {
    let mut fleet = Fleet::<Levels>::new((0..5).map(|n| (Weight::ONE, n)));
    fleet.start(fleet.nth_eligible(2).unwrap());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut counts = [0u32; 5];
    for _ in 0..40_000 {
        counts[fleet.least_loaded(&mut rng).unwrap().slot as usize] += 1;
    }
    assert_eq!(counts[2], 0);
    assert!(
        [0, 1, 3, 4]
            .iter()
            .all(|&slot| counts[slot].abs_diff(10_000) < 450),
        "{counts:?}"
    );
}

#[test]
fn a_removed_backend_s_slot_is_used_again_under_another_generation() {
    let mut fleet = Fleet::<NoIndex>::new([(Weight::ONE, 1), (Weight::ONE, 2)]);
    let old = fleet.members()[0].id;
    fleet.start(old);
    assert!(fleet.remove(old));
    assert_eq!(fleet.total_in_flight(), 0);
    let new = fleet.add(Weight::ONE, 3);
    assert_eq!((new.slot, new.generation), (0, 1));
    assert!(
        !fleet.finish(old, None, Instant(0)),
        "the old one's request must not be counted to the new one"
    );
}

#[test]
fn only_real_changes_make_a_new_epoch() {
    let mut fleet = Fleet::<NoIndex>::new([(Weight::ONE, 1)]);
    let id = fleet.members()[0].id;
    let epoch = fleet.epoch();
    fleet.start(id);
    fleet.finish(id, None, Instant(0));
    fleet.set_eligible(id, true);
    assert_eq!(fleet.epoch(), epoch);
    fleet.set_eligible(id, false);
    assert_ne!(fleet.epoch(), epoch);
}

/// A fleet that was answered after these times, all at `Instant(10)`, by its first backends.
fn measured(responses: &[u64]) -> (Fleet<ResponseTimes>, Vec<BackendId>) {
    let mut fleet = Fleet::<ResponseTimes>::new((0..3).map(|n| (Weight::ONE, n)));
    let ids: Vec<BackendId> = fleet.members().iter().map(|member| member.id).collect();
    for (id, response) in ids.iter().zip(responses) {
        assert!(fleet.responded(*id, Duration(*response), Instant(10)));
    }
    (fleet, ids)
}

#[test]
fn a_newcomer_is_taken_to_be_as_fast_as_the_measured_are_on_average() {
    let (mut fleet, ids) = measured(&[4_000, 1_000]);
    assert_eq!(fleet.expected_response(ids[2], Instant(10)), 2_500.0);
    let new = fleet.add(Weight::ONE, 7);
    assert_eq!(fleet.expected_response(new, Instant(10)), 2_500.0);
    fleet.responded(ids[1], Duration(2_000), Instant(10));
    assert_eq!(fleet.expected_response(new, Instant(10)), 3_000.0);
}

#[test]
fn who_left_no_longer_counts_for_newcomers() {
    let (mut fleet, ids) = measured(&[4_000, 1_000]);
    assert!(fleet.remove(ids[0]));
    assert_eq!(fleet.expected_response(ids[2], Instant(10)), 1_000.0);
    let new = fleet.add(Weight::ONE, 7);
    assert_eq!(new.slot, 0);
    assert_eq!(fleet.expected_response(new, Instant(10)), 1_000.0);
    assert!(fleet.remove(ids[1]));
    assert_eq!(fleet.expected_response(new, Instant(10)), 1.0);
}

#[test]
fn who_returns_is_known_still() {
    let (mut fleet, ids) = measured(&[4_000, 1_000, 1_000]);
    fleet.set_eligible(ids[0], false);
    fleet.responded(ids[1], Duration(2_000), Instant(10));
    fleet.set_eligible(ids[0], true);
    assert_eq!(fleet.expected_response(ids[0], Instant(10)), 4_000.0);
}
