use proptest::prelude::*;

use super::*;

fn changes(standings: &mut Standings) -> Vec<(u32, bool)> {
    let mut all = Vec::new();
    standings.drain_changes(|slot, may| all.push((slot, may)));
    all
}

#[test]
fn each_takes_back_only_its_own_reason() {
    let mut standings = Standings::new(4, Panic::NEVER);
    assert!(standings.set(2, Reason::Ejected, true));
    assert!(standings.set(2, Reason::Open, true));
    assert!(!standings.set(2, Reason::Open, true));
    assert_eq!(changes(&mut standings), [(2, false)]);
    assert!(standings.set(2, Reason::Ejected, false));
    assert_eq!(changes(&mut standings), []);
    assert!(!standings.may_be_chosen(2));
    assert!(standings.reasons(2).eq([Reason::Open]));
    assert!(standings.set(2, Reason::Open, false));
    assert_eq!(changes(&mut standings), [(2, true)]);
    assert_eq!(changes(&mut standings), []);
}

#[test]
fn what_changed_there_and_back_is_not_told() {
    let mut standings = Standings::new(4, Panic::NEVER);
    standings.set(1, Reason::Open, true);
    standings.set(1, Reason::Open, false);
    assert_eq!(changes(&mut standings), []);
}

#[test]
fn below_the_threshold_health_is_ignored_and_nothing_else() {
    let mut standings = Standings::new(4, Panic::default());
    standings.set(0, Reason::Unhealthy, true);
    standings.set(1, Reason::Failing, true);
    standings.set(3, Reason::Open, true);
    assert!(!standings.is_panicking(), "half of them are healthy");
    assert_eq!(
        changes(&mut standings),
        [(0, false), (1, false), (3, false)]
    );
    standings.set(2, Reason::Ejected, true);
    assert!(standings.is_panicking());
    assert_eq!(changes(&mut standings), [(0, true), (1, true)]);
    assert!(standings.may_be_chosen(2) && !standings.may_be_chosen(3));
    standings.set(1, Reason::Failing, false);
    assert!(!standings.is_panicking());
    assert_eq!(changes(&mut standings), [(0, false), (2, false)]);
}

/// With many backends about the threshold every failure may begin or end a panic.
#[test]
fn a_panic_looks_at_those_held_ill_and_at_nobody_else() {
    let mut standings = Standings::new(200, Panic { thousandths: 980 });
    for slot in [3, 70, 140, 199] {
        standings.set(slot, Reason::Ejected, true);
    }
    standings.set(5, Reason::Open, true);
    assert!(!standings.is_panicking());
    standings.drain_changes(|_, _| {});
    standings.set(64, Reason::Failing, true);
    assert!(standings.is_panicking());
    assert_eq!(standings.touched, [64, 3, 70, 140, 199]);
    standings.drain_changes(|_, _| {});
    standings.set(64, Reason::Failing, false);
    assert!(!standings.is_panicking());
    assert_eq!(standings.touched, [64, 3, 70, 140, 199]);
}

/// Each backend once, however many judge it.
#[test]
fn the_ill_are_members_with_a_judgement_on_their_health() {
    let mut standings = Standings::new(4, Panic::default());
    for reason in [Reason::Unhealthy, Reason::Failing, Reason::Ejected] {
        standings.set(0, reason, true);
    }
    standings.set(1, Reason::Open, true);
    standings.set(2, Reason::Unhealthy, true);
    assert_eq!(standings.ill(), 2);
    standings.set(2, Reason::Absent, true);
    assert_eq!(standings.ill(), 1);
    standings.set(3, Reason::Failing, true);
    assert!(standings.is_panicking());
    assert_eq!(standings.ill(), 2);
}

#[test]
fn who_is_not_there_to_serve_is_no_reason_to_panic() {
    let mut standings = Standings::new(8, Panic::default());
    standings.set(0, Reason::Unhealthy, true);
    for (slot, reason) in [
        (1, Reason::Absent),
        (2, Reason::Draining),
        (3, Reason::Starting),
    ] {
        standings.set(slot, reason, true);
    }
    assert_eq!((standings.members(), standings.healthy()), (5, 4));
    for slot in 4..7 {
        assert!(!standings.is_panicking());
        standings.set(slot, Reason::Draining, true);
    }
    assert_eq!((standings.members(), standings.healthy()), (2, 1));
    standings.set(7, Reason::Starting, true);
    assert!(standings.is_panicking());
    assert!(standings.may_be_chosen(0) && !standings.may_be_chosen(2));
}

#[test]
fn nobody_is_missed_where_nobody_is() {
    let mut standings = Standings::new(0, Panic { thousandths: 1000 });
    assert!(!standings.is_panicking());
    standings.grow(2);
    assert_eq!(
        (standings.count(Reason::Absent), standings.members()),
        (2, 0)
    );
    assert!(!standings.is_panicking());
    assert_eq!(changes(&mut standings), []);
    standings.set(1, Reason::Absent, false);
    assert_eq!(changes(&mut standings), [(1, true)]);
    standings.grow(1);
    assert_eq!(standings.count(Reason::Absent), 1);
}

#[test]
fn a_threshold_above_all_is_refused_with_a_sentence() {
    assert_eq!(Panic { thousandths: 1000 }.check(), Ok(()));
    let refusal = Panic { thousandths: 1001 }.check().unwrap_err().to_string();
    assert!(refusal.contains("at most 1000"), "{refusal}");
}

proptest! {
    #[test]
    fn counting_everybody_anew_gives_the_same(
        thousandths in prop_oneof![Just(0), 1..=1000u32],
        steps in prop::collection::vec((0..10u32, 0..Reason::ALL.len(), any::<bool>(), any::<bool>()), 1..200),
    ) {
        let mut standings = Standings::new(6, Panic { thousandths });
        standings.grow(10);
        let mut eligible: Vec<bool> = (0..10).map(|slot| slot < 6).collect();
        let mut all: Vec<Vec<Reason>> = vec![Vec::new(); 6];
        all.resize(10, vec![Reason::Absent]);
        for (slot, reason, holds, drains) in steps {
            let reason = Reason::ALL[reason];
            let had = all[slot as usize].contains(&reason);
            all[slot as usize].retain(|&other| other != reason);
            if holds {
                all[slot as usize].push(reason);
            }
            prop_assert_eq!(standings.set(slot, reason, holds), had != holds);

            let gone = |its: &Vec<Reason>| its.iter().any(|&it| it <= Reason::Starting);
            let ill = |its: &Vec<Reason>| its.iter().any(|it| it.is_health());
            let members = all.iter().filter(|its| !gone(its)).count() as u32;
            let healthy = all.iter().filter(|its| !gone(its) && !ill(its)).count() as u32;
            let panics = healthy * 1000 < members * thousandths;
            prop_assert_eq!((standings.members(), standings.healthy()), (members, healthy));
            prop_assert_eq!(standings.is_panicking(), panics);
            for reason in Reason::ALL {
                let count = all.iter().filter(|its| its.contains(&reason)).count() as u32;
                prop_assert_eq!(standings.count(reason), count);
            }
            if drains {
                standings.drain_changes(|slot, may| {
                    assert_ne!(eligible[slot as usize], may, "no change is told twice");
                    eligible[slot as usize] = may;
                });
            }
            for (slot, its) in (0..10).zip(&all) {
                let may = its.iter().all(|it| panics && it.is_health());
                prop_assert_eq!(standings.may_be_chosen(slot), may);
                prop_assert!(!drains || eligible[slot as usize] == may);
            }
        }
    }
}
