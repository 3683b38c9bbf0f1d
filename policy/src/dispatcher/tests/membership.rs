use super::*;
use crate::view::Member;

#[test]
fn who_comes_while_it_runs_is_probed_at_once_and_starts_slowly() {
    let config = Config {
        slow_start: Some(ramp()),
        ..watchful()
    };
    let mut dispatcher = dispatcher(1, &config);
    dispatcher.wakes(100 * MS);
    let now = Instant(130 * MS);
    let id = dispatcher.add(Weight::ONE, 77, now);
    assert_eq!(id, first_in(1));
    assert_eq!(dispatcher.slow_start_thousandths(id), 250);
    let probe = dispatcher.due(now).unwrap();
    assert_eq!(probe.backend, id);
    dispatcher.probed(id, probe.id, true, now);
    assert!(dispatcher.is_eligible(id));
    dispatcher.wakes(600 * MS);
    assert_eq!(dispatcher.slow_start_thousandths(id), 1000);
}

#[test]
fn who_comes_untrusted_is_not_chosen_before_its_probes_succeed() {
    let config = Config {
        probes: Some(probes(false)),
        panic: Panic::NEVER,
        ..Config::default()
    };
    let mut dispatcher = dispatcher(0, &config);
    assert_eq!(dispatcher.send(0), None);
    let id = dispatcher.add(Weight::ONE, 77, Instant(5));
    assert_eq!(dispatcher.send(5), None);
    assert!(dispatcher.reasons(id).eq([Reason::Unhealthy]));
    dispatcher.wakes(5);
    assert_eq!(dispatcher.send(5), Some((id, None)));
}

#[test]
fn what_comes_back_from_one_that_left_says_nothing_of_who_took_its_slot() {
    let mut dispatcher = dispatcher(2, &watchful());
    let mut permits = [(); 6].map(|()| Some(dispatcher.send_to(0, 0)));
    assert!(dispatcher.remove(first_in(0), Instant(1)));
    assert!(dispatcher.is_idle(), "what was counted there is gone");
    assert!(dispatcher.reasons(first_in(0)).eq([Reason::Absent]));
    for sent in &mut permits[..2] {
        dispatcher.end(sent.take().unwrap(), End::Failed, 1);
    }
    let next = dispatcher.add(Weight::ONE, 77, Instant(2));
    assert_eq!((next.slot, next.generation), (0, 1));
    let sent = dispatcher.assign_to(next, Instant(2)).unwrap();
    for late in permits.into_iter().flatten() {
        dispatcher.end(late, End::Failed, 3);
    }
    assert_eq!(dispatcher.reasons(next).next(), None);
    assert_eq!(dispatcher.in_flight(next), 1);
    dispatcher.end(sent, ANSWERED, 3);
    assert!(dispatcher.is_idle());
    assert_eq!(*dispatcher.counters(), Counters::default());
}

#[test]
fn the_answer_to_a_probe_of_one_that_left_says_nothing_of_who_took_its_slot() {
    let mut dispatcher = dispatcher(2, &watchful());
    let first = dispatcher.due(Instant(100 * MS)).unwrap();
    let now = Instant(101 * MS);
    assert!(dispatcher.remove(first.backend, now));
    let next = dispatcher.add(Weight::ONE, 77, now);
    assert_eq!(next.slot, first.backend.slot);
    let second = std::iter::from_fn(|| dispatcher.due(now))
        .find(|probe| probe.backend == next)
        .unwrap();
    dispatcher.probed(first.backend, first.id, false, now);
    assert!(dispatcher.is_eligible(next));
    // Nor if it were taken for the newcomer's.
    assert_ne!(first.id, second.id);
    dispatcher.probed(next, second.id, false, now);
    assert!(!dispatcher.is_eligible(next));
}

#[test]
fn who_has_left_stands_nowhere_and_weighs_nothing() {
    let mut dispatcher = dispatcher(2, &watchful());
    let gone = first_in(0);
    dispatcher.stands(0, Reason::Draining, true, Instant(1));
    assert!(dispatcher.remove(gone, Instant(1)));
    assert!(!dispatcher.remove(gone, Instant(1)));
    assert!(!dispatcher.set_weight(gone, Weight::ONE));
    assert!(!dispatcher.stand(gone, Reason::Absent, false, Instant(1)));
    assert_eq!(dispatcher.breaker(gone), None);
    let next = dispatcher.add(Weight::ONE, 77, Instant(2));
    assert_eq!(dispatcher.reasons(next).next(), None);
}

#[test]
fn those_that_left_ill_are_no_reason_to_panic_nor_to_eject_fewer() {
    let config = Config {
        outlier: Some(outlier()),
        ..Config::default()
    };
    let mut dispatcher = dispatcher(4, &config);
    for slot in [0, 0, 1, 1] {
        dispatcher.ends(slot, End::Failed, 0);
    }
    assert_eq!(dispatcher.levels().ill, 2);
    for slot in [0, 1] {
        dispatcher.remove(first_in(slot), Instant(1));
    }
    assert_eq!(dispatcher.levels().ill, 0);
    assert!(!dispatcher.is_panicking());
    // Of two members half may be ejected, and nobody is.
    dispatcher.ends(2, End::Failed, 1);
    dispatcher.ends(2, End::Failed, 1);
    assert!(!dispatcher.may(2));
}

#[test]
fn who_shows_the_backends_learns_that_one_has_left() {
    for absent in [false, true] {
        let mut dispatcher = dispatcher(2, &Config::default());
        dispatcher.stands(0, Reason::Absent, absent, Instant(1));
        let version = dispatcher.version();
        dispatcher.remove(first_in(0), Instant(1));
        assert_ne!(dispatcher.version(), version);
    }
}

fn member(slot: u32, generation: u32, weight: f64) -> Member {
    Member {
        id: BackendId { slot, generation },
        weight: Weight::new(weight).unwrap(),
        identity: u64::from(slot + 10 * generation),
    }
}

#[test]
fn a_reload_changes_nothing_about_who_stays() {
    let mut dispatcher = judged();
    let sent = dispatcher.send_to(0, 100 * MS);
    let before: Vec<_> = dispatcher.reasons(first_in(0)).collect();
    assert_eq!(before, JUDGEMENTS);
    let now = Instant(120 * MS);
    // Slot 1 has another occupant, slot 2 is left, 5 is new.
    let members = [
        member(5, 0, 1.0),
        member(0, 0, 3.0),
        member(1, 1, 1.0),
        member(3, 0, 1.0),
    ];
    dispatcher.follow(&members, now);
    assert!(dispatcher.reasons(first_in(0)).eq(before));
    assert_eq!(dispatcher.in_flight(first_in(0)), 1);
    assert_eq!(dispatcher.slots(), 6);
    let mut expected = members.to_vec();
    expected.sort_by_key(|member| member.id);
    let here = dispatcher.members().iter();
    assert!(
        here.map(|member| member.id)
            .eq(expected.iter().map(|member| member.id))
    );
    assert_eq!(dispatcher.members()[0].weight, Weight::new(3.0).unwrap());
    assert!(!dispatcher.is_member(first_in(2)) && !dispatcher.is_member(first_in(4)));
    dispatcher.end(sent, ANSWERED, 130 * MS);
    let version = dispatcher.version();
    dispatcher.follow(&members, now);
    assert_eq!(dispatcher.version(), version, "nothing was new");
    dispatcher.follow(&[], now);
    assert_eq!(dispatcher.send(130 * MS), None);
    assert!(dispatcher.is_idle());
}

#[test]
fn nobody_takes_a_slot_that_is_taken() {
    let mut dispatcher = dispatcher(1, &watchful());
    assert!(!dispatcher.join(member(0, 3, 1.0), Instant(1)));
    assert!(dispatcher.is_member(first_in(0)));
    assert!(dispatcher.join(member(3, 3, 1.0), Instant(1)));
    assert_eq!(dispatcher.slots(), 4);
    // The lowest that is free.
    assert_eq!(dispatcher.add(Weight::ONE, 5, Instant(1)).slot, 1);
}
