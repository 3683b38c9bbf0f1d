use super::*;

#[test]
fn a_probe_of_a_breaker_comes_back_however_it_ends() {
    for how in [ANSWERED, End::Failed, End::Cancelled] {
        let mut dispatcher = dispatcher(1, &with_breaker());
        dispatcher.ends(0, End::Failed, 0);
        dispatcher.ends(0, End::Failed, 0);
        dispatcher.wakes(10 * TICK);
        let now = 10 * TICK + 1;
        let sent = dispatcher.send(now).unwrap();
        assert!(sent.1.is_some());
        // The only permit is taken.
        assert_eq!(dispatcher.send(now), None);
        assert!(!dispatcher.is_idle());
        dispatcher.end(sent, how, now);
        assert!(dispatcher.is_idle(), "{how:?}");
        // Failed, it is open; else another probe may be sent.
        assert_eq!(dispatcher.may(0), how != End::Failed, "{how:?}");
        if let Some(sent) = dispatcher.send(now) {
            dispatcher.end(sent, ANSWERED, now);
            // Two successes close it, one does not.
            let closed = dispatcher.backends[0].phase == backend::Phase::Closed;
            assert_eq!(closed, how == ANSWERED, "{how:?}");
        }
    }
}

#[test]
fn an_open_breaker_keeps_its_backend_from_being_chosen_until_its_time() {
    let mut dispatcher = dispatcher(2, &with_breaker());
    dispatcher.ends(0, End::Failed, 0);
    assert!(dispatcher.may(0));
    dispatcher.ends(0, End::Failed, 0);
    assert_eq!(dispatcher.counters().breaker_openings, 1);
    assert_eq!(dispatcher.levels().open, 1);
    assert_eq!(dispatcher.next_deadline(), Instant(10 * TICK));
    assert_eq!(dispatcher.chosen(5, 1), [0, 5]);
    dispatcher.wakes(10 * TICK - 1);
    assert_eq!(dispatcher.chosen(5, 10 * TICK - 1), [0, 5]);
    dispatcher.wakes(10 * TICK);
    assert_eq!(dispatcher.next_deadline(), Instant::NEVER);
    // One probe at a time.
    assert_eq!(dispatcher.chosen(5, 10 * TICK), [1, 4]);
}

#[test]
fn a_second_attempt_goes_elsewhere_and_is_counted_where_it_went() {
    for (counting, counted) in [(Counting::Own, 2), (Counting::Elsewhere, 0)] {
        let config = Config {
            counting,
            ..with_breaker()
        };
        let mut dispatcher = dispatcher(2, &config);
        let (first, _) = dispatcher.send(1).unwrap();
        let request = Request { key: 1 };
        let again = dispatcher.assign(&request, Some(first), Instant(1), &mut rng());
        let (second, permit) = again.unwrap();
        assert_ne!(first, second);
        assert!(permit.is_some());
        assert_eq!(dispatcher.balancer.total_in_flight(), counted);
    }
}

#[test]
fn nobody_else_is_found_behind_an_open_breaker() {
    let mut dispatcher = dispatcher(2, &with_breaker());
    dispatcher.ends(0, End::Failed, 0);
    dispatcher.ends(0, End::Failed, 0);
    let request = Request { key: 1 };
    let again = dispatcher.assign(&request, Some(first_in(1)), Instant(1), &mut rng());
    assert_eq!(again.map(|(id, _)| id.slot), Some(1));
}

#[test]
fn who_is_gone_opens_no_breaker() {
    let mut dispatcher = dispatcher(1, &with_breaker());
    let sent = [dispatcher.send(0), dispatcher.send(0)];
    dispatcher.stands(0, Reason::Absent, true, Instant(1));
    for sent in sent.into_iter().flatten() {
        dispatcher.end(sent, End::Failed, 1);
    }
    assert_eq!(dispatcher.counters().breaker_openings, 0);
}

#[test]
fn a_permit_of_the_one_before_says_nothing_of_a_newcomer() {
    let mut dispatcher = dispatcher(1, &with_breaker());
    let sent = [dispatcher.send(0), dispatcher.send(0)];
    dispatcher.stands(0, Reason::Absent, true, Instant(1));
    dispatcher.stands(0, Reason::Absent, false, Instant(2));
    for sent in sent.into_iter().flatten() {
        dispatcher.end(sent, End::Failed, 3);
    }
    assert!(dispatcher.may(0));
}

/// Once its time has come it may be chosen; a clock that then shows an earlier time finds it shut after all.
#[test]
fn a_clock_that_runs_backwards_finds_another_backend_or_none() {
    for backends in [1, 2] {
        let mut dispatcher = dispatcher(backends, &with_breaker());
        dispatcher.ends(0, End::Failed, 0);
        dispatcher.ends(0, End::Failed, 0);
        dispatcher.wakes(10 * TICK);
        assert!(dispatcher.may(0));
        let id = dispatcher.of(0);
        assert_eq!(dispatcher.assign_to(id, Instant(9 * TICK)), None);
        let sent = dispatcher.send(9 * TICK);
        assert_eq!(sent.is_some(), backends == 2);
        assert_eq!(dispatcher.next_deadline(), Instant(10 * TICK));
        dispatcher.wakes(10 * TICK);
        assert!(dispatcher.may(0));
    }
}

#[test]
fn a_request_that_is_kept_somewhere_goes_there_if_it_may() {
    let mut dispatcher = dispatcher(2, &with_breaker());
    let now = Instant(1);
    let sent = dispatcher.assign_to(first_in(1), now).unwrap();
    assert_eq!(sent.0, first_in(1));
    assert!(sent.1.is_some());
    assert_eq!(dispatcher.in_flight(first_in(1)), 1);
    dispatcher.end(sent, ANSWERED, 1);
    dispatcher.stands(1, Reason::Draining, true, now);
    assert_eq!(dispatcher.assign_to(first_in(1), now), None);
    let unknown = BackendId {
        slot: 9,
        generation: 0,
    };
    assert_eq!(dispatcher.assign_to(unknown, now), None);
    assert!(dispatcher.is_idle());
}
