use super::*;

#[test]
fn those_that_are_absent_are_not_probed() {
    let config = Config {
        probes: Some(probes(true)),
        ..Config::default()
    };
    let mut dispatcher = dispatcher(1, &config);
    dispatcher.stands(0, Reason::Absent, true, Instant(0));
    dispatcher.wakes(1_000 * MS);
    assert_eq!(dispatcher.counters().probes, 0);
    assert_eq!(dispatcher.next_deadline(), Instant::NEVER);
}

#[test]
fn a_probe_that_is_not_answered_fails_at_its_time_limit() {
    let config = Config {
        probes: Some(probes(true)),
        panic: Panic::NEVER,
        ..Config::default()
    };
    let mut dispatcher = dispatcher(1, &config);
    let first = dispatcher.next_deadline();
    // Somewhere in the first interval.
    assert!(first < Instant(100 * MS));
    let probe = dispatcher.due(first).unwrap();
    let limit = first + Duration(50 * MS);
    assert_eq!((probe.backend, probe.until), (first_in(0), limit));
    assert_eq!(dispatcher.due(first), None);
    assert!(dispatcher.may(0));
    assert_eq!(dispatcher.next_deadline(), limit);
    assert_eq!(dispatcher.due(limit), None);
    assert!(!dispatcher.may(0));
    let counters = dispatcher.counters();
    assert_eq!((counters.probes, counters.unhealthy), (1, 1));
    // Its answer comes too late.
    dispatcher.probed(probe.backend, probe.id, true, limit);
    assert!(!dispatcher.may(0));
}

#[test]
fn in_a_panic_health_is_ignored_but_an_open_breaker_is_not() {
    let config = Config {
        passive: Some(passive()),
        breaker: Some(breaker()),
        panic: Panic { thousandths: 500 },
        ..Config::default()
    };
    let mut dispatcher = dispatcher(3, &config);
    // Answered in between, their breakers stay closed; passive checks count all the same.
    for slot in [1, 2] {
        dispatcher.ends(slot, End::Failed, 0);
        dispatcher.ends(slot, ANSWERED, 0);
        dispatcher.ends(slot, End::Failed, 0);
        assert!(dispatcher.standings.holds(slot, Reason::Failing));
    }
    assert!(dispatcher.is_panicking());
    assert_eq!(dispatcher.chosen(6, 0), [2, 2, 2]);
    dispatcher.ends(0, End::Failed, 0);
    dispatcher.ends(0, End::Failed, 0);
    assert!(dispatcher.is_panicking());
    assert!(!dispatcher.may(0));
    assert_eq!(dispatcher.chosen(6, 1), [0, 3, 3]);
}

#[test]
fn who_left_of_its_own_accord_says_nothing_of_its_backend() {
    let config = Config {
        probes: None,
        panic: Panic::NEVER,
        ..watchful()
    };
    let mut dispatcher = dispatcher(4, &config);
    for _ in 0..10 {
        dispatcher.ends(0, End::Cancelled, 0);
    }
    assert!(dispatcher.may(0));
    // Nor does it break a row of failures, as a success would.
    dispatcher.ends(0, End::Failed, 0);
    dispatcher.ends(0, End::Cancelled, 0);
    dispatcher.ends(0, End::Failed, 0);
    for reason in [Reason::Failing, Reason::Ejected, Reason::Open] {
        assert!(dispatcher.standings.holds(0, reason), "{reason:?}");
    }
    let counters = dispatcher.counters();
    assert_eq!((counters.failing, counters.ejected), (1, 1));
    assert!(dispatcher.is_idle());
}

#[test]
fn who_is_ejected_or_failing_comes_back_at_its_time() {
    let by_passive_checks = Config {
        passive: Some(passive()),
        panic: Panic::NEVER,
        ..Config::default()
    };
    let by_the_detector = Config {
        outlier: Some(outlier()),
        panic: Panic::NEVER,
        ..Config::default()
    };
    for (config, reason) in [
        (by_passive_checks, Reason::Failing),
        (by_the_detector, Reason::Ejected),
    ] {
        let mut dispatcher = dispatcher(2, &config);
        dispatcher.ends(0, End::Failed, 7);
        dispatcher.ends(0, End::Failed, 7);
        assert!(dispatcher.standings.holds(0, reason));
        assert_eq!(dispatcher.next_deadline(), Instant(1_000 * MS + 7));
        dispatcher.wakes(1_000 * MS + 6);
        assert!(!dispatcher.may(0));
        dispatcher.wakes(1_000 * MS + 7);
        assert!(dispatcher.may(0), "{reason:?}");
    }
}

#[test]
fn no_more_are_ejected_than_a_share_of_those_who_are_there() {
    let config = Config {
        outlier: Some(outlier()),
        panic: Panic::NEVER,
        ..Config::default()
    };
    let mut dispatcher = dispatcher(4, &config);
    // Half of two.
    dispatcher.stands(2, Reason::Absent, true, Instant::ZERO);
    dispatcher.stands(3, Reason::Absent, true, Instant::ZERO);
    for slot in [0, 0, 1, 1] {
        dispatcher.ends(slot, End::Failed, 0);
    }
    assert!(!dispatcher.may(0) && dispatcher.may(1));
}

/// A server's clock may have shown any time when it started.
#[test]
fn the_detector_does_not_catch_up_on_what_was_before_it() {
    let config = Config {
        outlier: Some(outlier()),
        ..Config::default()
    };
    let now = Instant(1 << 60);
    let identified = [(Weight::ONE, 1)];
    let name = StrategyName::RoundRobin;
    let balancer = AnyBalancer::new(name, &Options::default(), identified);
    let dispatcher = Dispatcher::new(config, balancer, now, &mut rng());
    assert_eq!(dispatcher.next_deadline(), now + Duration(10_000 * MS));
}

/// What is held against whom, as recounted.
fn recounted(dispatcher: &Dispatcher) -> Levels {
    let of = |phase| {
        let backends = dispatcher.backends.iter();
        backends.filter(|known| known.phase == phase).count() as u32
    };
    Levels {
        ill: dispatcher.standings.ill(),
        open: of(backend::Phase::Open),
        half_open: of(backend::Phase::HalfOpen),
    }
}

#[test]
fn levels_are_what_counting_anew_gives() {
    let mut dispatcher = judged();
    let mut seen = Vec::new();
    for step in 0..400 {
        let now = 200 * MS + step * 7 * MS;
        let slot = (step % 3) as u32;
        let before = (dispatcher.version(), dispatcher.levels());
        dispatcher.wakes(now);
        match step % 5 {
            0 | 3 if dispatcher.may(slot) => dispatcher.ends(slot, End::Failed, now),
            1 if dispatcher.may(slot) => dispatcher.ends(slot, ANSWERED, now),
            2 => drop(dispatcher.send(now)),
            4 => dispatcher.stands(slot, Reason::Absent, step % 2 == 0, Instant(now)),
            _ => {}
        }
        let levels = dispatcher.levels();
        assert_eq!(levels, recounted(&dispatcher), "at step {step}");
        assert!(before.1 == levels || before.0 != dispatcher.version());
        seen.push([levels.ill, levels.open, levels.half_open]);
    }
    // All of them moved.
    for level in 0..3 {
        assert!(seen.iter().any(|seen| seen[level] > 0), "{level}");
        assert!(seen.iter().any(|seen| seen[level] == 0), "{level}");
    }
}
