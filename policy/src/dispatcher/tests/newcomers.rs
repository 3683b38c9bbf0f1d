use super::*;

#[test]
fn of_a_newcomer_nothing_is_known() {
    let mut dispatcher = judged();
    for reason in JUDGEMENTS {
        assert!(dispatcher.standings.holds(0, reason), "{reason:?}");
    }
    let now = Instant(200 * MS);
    dispatcher.stands(0, Reason::Absent, true, now);
    dispatcher.stands(0, Reason::Absent, false, now);
    assert_eq!(dispatcher.reasons(first_in(0)).next(), None);
    assert_eq!(dispatcher.backends[0].phase, backend::Phase::Closed);
    assert_eq!(dispatcher.outlier.as_ref().unwrap().ejected(), 0);
    assert!(!dispatcher.starts_ill(0));
    // It is probed at once, and nothing that was to be taken back still is.
    assert_eq!(dispatcher.next_deadline(), now);
    let before = dispatcher.counters().probes;
    dispatcher.wakes(now.0);
    assert!(dispatcher.counters().probes > before);
    // One failure is not two.
    dispatcher.ends(0, End::Failed, now.0);
    assert!(dispatcher.may(0));
}

#[test]
fn a_newcomer_that_is_not_trusted_waits_for_its_probes() {
    let config = Config {
        probes: Some(probes(false)),
        panic: Panic::NEVER,
        ..Config::default()
    };
    let mut dispatcher = dispatcher(2, &config);
    assert!(!dispatcher.may(0) && !dispatcher.may(1));
    dispatcher.wakes(100 * MS);
    assert!(dispatcher.may(0) && dispatcher.may(1));
    let now = Instant(150 * MS);
    dispatcher.stands(0, Reason::Absent, true, now);
    dispatcher.stands(0, Reason::Absent, false, now);
    assert!(!dispatcher.may(0));
    dispatcher.wakes(150 * MS);
    assert!(dispatcher.may(0));
}

#[test]
fn who_comes_late_at_boot_is_probed_all_the_same() {
    let config = Config {
        probes: Some(probes(false)),
        ..Config::default()
    };
    let mut dispatcher = at_boot(1, &config);
    dispatcher.stands(0, Reason::Absent, true, Instant::ZERO);
    dispatcher.wakes(1_000 * MS);
    dispatcher.stands(0, Reason::Absent, false, Instant(1_000 * MS));
    dispatcher.wakes(1_000 * MS);
    assert_eq!(dispatcher.counters().probes, 1);
    assert!(!dispatcher.holds(first_in(0), Reason::Unhealthy));
}

#[test]
fn who_only_drained_is_the_same_as_before() {
    let mut dispatcher = judged();
    let now = Instant(200 * MS);
    dispatcher.stands(0, Reason::Draining, true, now);
    dispatcher.stands(0, Reason::Draining, false, now);
    for reason in JUDGEMENTS {
        assert!(dispatcher.standings.holds(0, reason), "{reason:?}");
    }
}

#[test]
fn what_one_left_behind_that_is_gone_says_nothing_of_the_next() {
    let mut dispatcher = judged();
    let now = Instant(200 * MS);
    let sent = [(); 5].map(|()| dispatcher.send_to(1, now.0));
    let before = *dispatcher.counters();
    dispatcher.stands(1, Reason::Absent, true, now);
    for sent in sent {
        dispatcher.end(sent, End::Failed, now.0);
    }
    assert!(dispatcher.is_idle());
    dispatcher.stands(1, Reason::Absent, false, now);
    assert_eq!(dispatcher.reasons(first_in(1)).next(), None);
    assert_eq!(*dispatcher.counters(), before);
}
