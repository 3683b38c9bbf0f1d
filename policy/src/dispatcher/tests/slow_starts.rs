use super::*;

fn with_ramp() -> Config {
    Config {
        slow_start: Some(ramp()),
        ..Config::default()
    }
}

/// The first of two is away for a while.
fn comes_back(dispatcher: &mut Dispatcher, reason: Reason, now: u64) {
    dispatcher.stands(0, reason, true, Instant(now));
    dispatcher.stands(0, reason, false, Instant(now));
}

#[test]
fn who_comes_back_comes_back_slowly() {
    for reason in [Reason::Absent, Reason::Draining, Reason::Starting] {
        let mut dispatcher = dispatcher(2, &with_ramp());
        comes_back(&mut dispatcher, reason, 7);
        // A quarter of the other's weight: least connections in proportion.
        assert_eq!(dispatcher.chosen(10, 7), [2, 8], "{reason:?}");
        assert_eq!(dispatcher.next_deadline(), Instant(100 * MS + 7));
        dispatcher.wakes(100 * MS + 7);
        // Half.
        assert_eq!(dispatcher.chosen(5, 100 * MS + 7), [3, 2], "{reason:?}");
        dispatcher.wakes(300 * MS + 7);
        assert_eq!(dispatcher.next_deadline(), Instant::NEVER);
        assert_eq!(dispatcher.chosen(5, 300 * MS + 7), [5, 0], "{reason:?}");
    }
}

#[test]
fn nobody_starts_slowly_at_boot() {
    let mut dispatcher = at_boot(2, &with_ramp());
    comes_back(&mut dispatcher, Reason::Absent, 0);
    dispatcher.begin();
    assert_eq!(dispatcher.next_deadline(), Instant::NEVER);
    assert_eq!(dispatcher.chosen(10, 0), [5, 5]);
}

#[test]
fn who_goes_again_begins_again() {
    let mut dispatcher = dispatcher(2, &with_ramp());
    comes_back(&mut dispatcher, Reason::Absent, 0);
    dispatcher.wakes(200 * MS);
    dispatcher.stands(0, Reason::Draining, true, Instant(250 * MS));
    assert_eq!(dispatcher.next_deadline(), Instant::NEVER);
    dispatcher.stands(0, Reason::Draining, false, Instant(250 * MS));
    assert_eq!(dispatcher.next_deadline(), Instant(350 * MS));
    assert_eq!(dispatcher.chosen(10, 250 * MS), [2, 8]);
}

#[test]
fn a_new_weight_is_reached_as_slowly() {
    let mut dispatcher = dispatcher(2, &with_ramp());
    comes_back(&mut dispatcher, Reason::Absent, 0);
    let twice = Weight::new(2.0).unwrap();
    assert!(dispatcher.set_weight(first_in(0), twice));
    assert_eq!(dispatcher.slow_start_thousandths(first_in(0)), 250);
    assert_eq!(dispatcher.members()[0].weight.thousandths(), 500);
    dispatcher.wakes(300 * MS);
    assert_eq!(dispatcher.members()[0].weight, twice);
}
