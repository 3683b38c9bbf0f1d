use proptest::prelude::*;

use super::*;
use crate::station::variable::testing::{job, key};
use policy::deadline::Deadline;

/// One station and who was dropped there.
struct Only {
    stations: Queueing,
    dropped: Vec<(AttemptKey, Dropped)>,
}

impl Only {
    fn new(servers: u32) -> Only {
        Only::minded(servers, Discipline::Fifo, 100, None)
    }

    fn minded(
        servers: u32,
        discipline: Discipline,
        waiting: u32,
        codel: Option<codel::Config>,
    ) -> Only {
        let limits = Limits {
            discipline,
            waiting,
        };
        Only {
            stations: Queueing::new(1, servers, limits, codel),
            dropped: Vec::new(),
        }
    }

    fn accept(&mut self, number: u64, service: u64, since: u64) -> Taken {
        self.stations.accept(0, job(number, service, since))
    }

    fn speed(&mut self, speed: f64, now: u64) {
        self.stations.set_speed(0, speed, Instant(now));
    }

    fn leave(&mut self, number: u64, now: u64) -> Duration {
        (self.stations).leave(0, key(number), Instant(now), &mut self.dropped)
    }

    /// The next departure, which happens: when, and whose.
    fn depart(&mut self) -> (u64, AttemptKey) {
        let at = self.stations.next_departure(0);
        (at.0, self.stations.depart(0, at, &mut self.dropped))
    }

    fn work_done(&self, now: u64) -> u64 {
        self.stations.work_done(0, Instant(now))
    }
}

#[test]
fn what_was_served_is_kept_while_the_speed_changes() {
    let mut only = Only::new(1);
    only.accept(1, 100, 0);
    only.speed(0.0, 10);
    assert_eq!(only.stations.next_departure(0), Instant::NEVER);
    // 90 are left: 50 ns at half speed give 25 of them.
    only.speed(0.5, 50);
    assert_eq!(only.stations.next_departure(0), Instant(230));
    only.speed(1.0, 100);
    assert_eq!(only.depart(), (165, key(1)));
}

#[test]
fn what_is_paused_as_it_ends_ends_when_the_pause_does() {
    let mut only = Only::new(1);
    only.accept(1, 100, 0);
    only.speed(0.0, 100);
    assert_eq!(only.stations.next_departure(0), Instant::NEVER);
    only.speed(1.0, 150);
    assert_eq!(only.depart(), (150, key(1)));
}

#[test]
fn a_service_that_begins_at_another_speed_takes_as_long_as_that_says() {
    let mut only = Only::new(1);
    only.speed(0.5, 0);
    only.accept(1, 100, 0);
    only.accept(2, 50, 0);
    assert_eq!(only.depart(), (200, key(1)));
    only.speed(0.0, 250);
    assert_eq!(only.leave(2, 400), Duration(25));
    only.accept(3, 60, 400);
    only.speed(2.0, 500);
    assert_eq!(only.depart(), (530, key(3)));
}

proptest! {
    /// The speeds' integral over the time at the station is the service, but for a nanosecond or so a change.
    #[test]
    fn the_work_done_is_the_service(
        service in 1u64..1_000_000,
        changes in prop::collection::vec((0u64..50_000, 0usize..5), 0..20),
    ) {
        const SPEEDS: [f64; 5] = [0.0, 0.3, 0.5, 1.0, 3.0];
        let mut only = Only::new(1);
        only.accept(1, service, 0);
        let (mut now, mut speed, mut served) = (0, 1.0, 0.0);
        for (span, at) in &changes {
            if only.stations.next_departure(0) <= Instant(now + span) {
                break;
            }
            now += span;
            served += *span as f64 * speed;
            speed = SPEEDS[*at];
            only.speed(speed, now);
        }
        if speed == 0.0 {
            speed = 1.0;
            only.speed(speed, now);
        }
        let (ends, _) = only.depart();
        served += (ends - now) as f64 * speed;
        let error = (served - service as f64).abs();
        prop_assert!(error <= 2.0 * (changes.len() + 1) as f64, "off by {error} ns");
    }
}

#[test]
fn of_equal_ends_the_service_that_began_first_is_first_also_after_a_pause() {
    let mut only = Only::new(3);
    for number in [3, 1, 2] {
        only.accept(number, 100, 0);
    }
    only.speed(0.0, 40);
    only.speed(1.0, 70);
    let order: Vec<_> = (0..3).map(|_| only.depart()).collect();
    assert_eq!(order, [(130, key(3)), (130, key(1)), (130, key(2))]);
}

#[test]
fn who_leaves_a_server_lets_the_next_begin_and_was_given_what_it_was_given() {
    let mut only = Only::new(1);
    only.accept(1, 100, 0);
    only.accept(2, 50, 0);
    assert!(only.stations.is_waiting(0, key(2)));
    only.speed(0.5, 20);
    assert_eq!(only.leave(1, 60), Duration(40));
    assert!(!only.stations.is_waiting(0, key(2)));
    assert_eq!(only.depart(), (160, key(2)));
    assert_eq!(only.stations.in_system(0), 0);
}

#[test]
fn who_leaves_the_queue_was_given_nothing_and_the_others_keep_their_order() {
    let mut only = Only::new(1);
    for number in 1..=5 {
        only.accept(number, 10, 0);
    }
    assert_eq!(only.leave(2, 5), Duration::ZERO);
    assert_eq!(only.stations.waiting(0), 3);
    assert_eq!(only.stations.in_system(0), 4);
    let order: Vec<_> = (0..4).map(|_| only.depart()).collect();
    let expected = [(10, key(1)), (20, key(3)), (30, key(4)), (40, key(5))];
    assert_eq!(order, expected);
}

#[test]
fn who_is_cleared_comes_in_the_order_of_ends_and_then_of_arrival() {
    let mut only = Only::new(2);
    only.accept(1, 100, 0);
    only.accept(2, 50, 10);
    only.accept(3, 10, 20);
    only.accept(4, 10, 20);
    let gone = only.stations.clear(0, Instant(40));
    let nothing = Duration::ZERO;
    assert_eq!(
        gone,
        [
            (key(2), Duration(30)),
            (key(1), Duration(40)),
            (key(3), nothing),
            (key(4), nothing),
        ]
    );
    assert_eq!(only.stations.in_system(0), 0);
    assert_eq!(only.stations.next_departure(0), Instant::NEVER);
    // 40 and 30, and nothing since.
    assert_eq!(only.work_done(1_000), 70);
}

#[test]
fn who_is_cleared_from_a_station_that_stands_still_was_given_what_it_had_by_then() {
    let mut only = Only::new(2);
    only.accept(1, 100, 0);
    only.speed(0.0, 30);
    only.accept(2, 10, 40);
    let gone = only.stations.clear(0, Instant(90));
    assert_eq!(gone, [(key(1), Duration(30)), (key(2), Duration::ZERO)]);
}

#[test]
fn who_is_late_is_dropped_at_its_turn_and_not_before() {
    let mut only = Only::new(1);
    only.accept(1, 100, 0);
    for (number, deadline) in [(2, 50), (3, 100), (4, 101)] {
        let deadline = Deadline::from(Instant(deadline));
        let job = Job {
            deadline,
            ..job(number, 10, 0)
        };
        only.stations.accept(0, job);
    }
    only.speed(1.0, 60);
    assert_eq!(only.stations.waiting(0), 3);
    assert_eq!(only.depart(), (100, key(1)));
    // At the very instant nobody waits any more.
    let late = [(key(2), Dropped::Late), (key(3), Dropped::Late)];
    assert_eq!(only.dropped, late);
    assert_eq!(only.depart(), (110, key(4)));
}

/// All who waited 20 or more, once that has lasted for 100.
fn stale() -> codel::Config {
    codel::Config::new(codel::Options {
        target: Duration(10),
        interval: Duration(100),
        law: codel::Law::Stale,
    })
    .unwrap()
}

#[test]
fn who_waited_too_long_in_a_long_queue_is_shed_at_its_turn() {
    let mut only = Only::minded(1, Discipline::Fifo, 100, Some(stale()));
    only.accept(1, 50, 0);
    only.accept(2, 100, 0);
    for (number, since) in [(3, 0), (4, 120), (5, 135), (6, 149)] {
        only.accept(number, 10, since);
    }
    // Overlong from here on: a wait of 50 when the second begins.
    assert_eq!(only.depart(), (50, key(1)));
    assert_eq!(only.dropped, []);
    assert_eq!(only.depart(), (150, key(2)));
    let shed = [(key(3), Dropped::Shed), (key(4), Dropped::Shed)];
    assert_eq!(only.dropped, shed);
    // Waited 15 only.
    assert_eq!(only.depart(), (160, key(5)));
    assert_eq!(only.depart(), (170, key(6)));
    assert_eq!(only.dropped, shed);
}

/// A queue that is overlong since 50, made empty in some way, and so long again: who is shed at 150.
fn shed_after(empty: impl FnOnce(&mut Only)) -> Vec<(AttemptKey, Dropped)> {
    let mut only = Only::minded(1, Discipline::Fifo, 100, Some(stale()));
    only.accept(1, 50, 0);
    only.accept(2, 100, 0);
    only.accept(3, 10, 0);
    only.depart();
    empty(&mut only);
    only.accept(4, 10, 100);
    only.accept(5, 10, 100);
    while only.stations.next_departure(0) <= Instant(150) {
        only.depart();
    }
    only.dropped
}

#[test]
fn a_queue_that_was_emptied_by_leaving_is_not_overlong_any_more() {
    let first = [(key(3), Dropped::Shed), (key(4), Dropped::Shed)];
    assert_eq!(shed_after(|_| ()), first);
    let left = shed_after(|only| {
        only.leave(3, 60);
    });
    assert_eq!(left, []);
    let cleared = shed_after(|only| {
        only.stations.clear(0, Instant(60));
        only.accept(6, 90, 60);
    });
    assert_eq!(cleared, []);
}

#[test]
fn the_last_come_is_served_first_but_what_began_is_finished() {
    let mut only = Only::minded(1, Discipline::Lifo, 100, None);
    for number in 1..=3 {
        only.accept(number, 10, number);
    }
    let order: Vec<_> = (0..3).map(|_| only.depart()).collect();
    assert_eq!(order, [(11, key(1)), (21, key(3)), (31, key(2))]);
}

#[test]
fn a_full_queue_refuses_and_servers_are_no_part_of_it() {
    let mut only = Only::minded(2, Discipline::Fifo, 1, None);
    assert_eq!(only.accept(1, 10, 0), Taken::Serving);
    assert_eq!(only.accept(2, 10, 0), Taken::Serving);
    assert_eq!(only.accept(3, 10, 0), Taken::Waiting);
    assert_eq!(only.accept(4, 10, 0), Taken::Refused);
    assert_eq!(only.stations.in_system(0), 3);
    only.leave(3, 5);
    assert_eq!(only.accept(5, 10, 5), Taken::Waiting);
}

#[test]
fn servers_are_at_work_at_any_speed_but_none() {
    let mut only = Only::new(2);
    only.accept(1, 100, 10);
    only.accept(2, 100, 20);
    assert_eq!(only.work_done(30), 20 + 10);
    only.speed(0.0, 30);
    assert_eq!(only.work_done(80), 30);
    only.speed(0.5, 80);
    assert_eq!(only.work_done(90), 30 + 2 * 10);
    // Who came while it stood still did not make it work.
    only.speed(0.0, 90);
    only.leave(1, 95);
    only.accept(3, 100, 100);
    only.speed(1.0, 110);
    assert_eq!(only.work_done(120), 50 + 2 * 10);
}

#[test]
fn stations_are_each_their_own() {
    let limits = Limits {
        discipline: Discipline::Fifo,
        waiting: 0,
    };
    let mut stations = Queueing::new(2, 1, limits, None);
    stations.accept(0, job(1, 10, 0));
    stations.set_speed(0, 0.0, Instant(5));
    stations.accept(1, job(2, 10, 0));
    assert_eq!(stations.next_departure(1), Instant(10));
    assert_eq!((stations.in_system(0), stations.in_system(1)), (1, 1));
}
