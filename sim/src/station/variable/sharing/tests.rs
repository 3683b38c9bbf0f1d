use proptest::prelude::*;
use slotmap::Key;

use super::*;
use crate::station::variable::testing::{job, key};

/// One station.
struct Only(Sharing);

impl Only {
    fn new(cores: u32) -> Only {
        Only(Sharing::new(1, cores, 100))
    }

    fn accept(&mut self, number: u64, service: u64, since: u64) -> Taken {
        self.0.accept(0, job(number, service, since))
    }

    fn speed(&mut self, speed: f64, now: u64) {
        self.0.set_speed(0, speed, Instant(now));
    }

    fn leave(&mut self, number: u64, now: u64) -> Duration {
        (self.0).leave(0, key(number), Instant(now), &mut Vec::new())
    }

    /// The next departure, which happens: when, and whose.
    fn depart(&mut self) -> (u64, AttemptKey) {
        let at = self.0.next_departure(0);
        (at.0, self.0.depart(0, at, &mut Vec::new()))
    }

    fn work_done(&self, now: u64) -> u64 {
        self.0.work_done(0, Instant(now))
    }
}

#[test]
fn what_was_served_is_kept_while_the_speed_changes() {
    let mut only = Only::new(1);
    only.accept(1, 100, 0);
    only.speed(0.0, 10);
    assert_eq!(only.0.next_departure(0), Instant::NEVER);
    // 90 are left: 50 ns at half speed give 25 of them.
    only.speed(0.5, 50);
    assert_eq!(only.0.next_departure(0), Instant(230));
    only.speed(1.0, 100);
    assert_eq!(only.depart(), (165, key(1)));
}

#[test]
fn what_is_paused_as_it_ends_ends_when_the_pause_does() {
    let mut only = Only::new(1);
    only.accept(1, 100, 0);
    only.speed(0.0, 100);
    assert_eq!(only.0.next_departure(0), Instant::NEVER);
    only.speed(1.0, 150);
    assert_eq!(only.depart(), (150, key(1)));
}

#[test]
fn each_has_its_share_of_the_cores_and_never_more_than_one() {
    let mut only = Only::new(2);
    for number in 1..=3 {
        only.accept(number, 100 * number, 0);
    }
    // Two thirds of a core each, then a core each.
    assert_eq!(only.depart(), (150, key(1)));
    assert_eq!(only.depart(), (250, key(2)));
    assert_eq!(only.depart(), (350, key(3)));
}

#[test]
fn who_leaves_was_given_its_share_and_leaves_the_others_more() {
    let mut only = Only::new(1);
    only.accept(1, 100, 0);
    only.accept(2, 60, 0);
    only.speed(0.5, 40);
    // Half of 40, and half of half of 40.
    assert_eq!(only.leave(1, 80), Duration(30));
    assert_eq!(only.depart(), (140, key(2)));
    assert_eq!(only.leave(2, 150), Duration::ZERO);
}

#[test]
fn who_is_cleared_comes_in_order_of_arrival_with_what_it_was_given() {
    let mut only = Only::new(2);
    only.accept(2, 100, 0);
    only.accept(1, 100, 20);
    only.speed(0.0, 50);
    let gone = only.0.clear(0, Instant(90));
    assert_eq!(gone, [(key(2), Duration(50)), (key(1), Duration(30))]);
    assert_eq!(only.0.in_system(0), 0);
    assert_eq!(only.0.next_departure(0), Instant::NEVER);
    assert_eq!(only.work_done(1_000), 80);
    // Whoever comes next owes nothing to who was there.
    only.speed(1.0, 1_000);
    only.accept(3, 10, 1_000);
    assert_eq!(only.depart(), (1_010, key(3)));
}

#[test]
fn of_equal_ends_the_first_to_come_is_the_first_to_go() {
    let mut only = Only::new(1);
    for number in [3, 1, 2] {
        only.accept(number, 10, 0);
    }
    let order: Vec<_> = (0..3).map(|_| only.depart()).collect();
    assert_eq!(order, [(30, key(3)), (30, key(1)), (30, key(2))]);
}

#[test]
fn a_full_station_refuses_and_nobody_waits() {
    let mut only = Only(Sharing::new(1, 1, 2));
    assert_eq!(only.accept(1, 10, 0), Taken::Serving);
    assert_eq!(only.accept(2, 10, 0), Taken::Serving);
    assert_eq!(only.accept(3, 10, 0), Taken::Refused);
    assert_eq!((only.0.in_system(0), only.0.waiting(0)), (2, 0));
    only.leave(1, 5);
    assert_eq!(only.accept(4, 10, 5), Taken::Serving);
}

#[test]
fn cores_are_at_work_at_any_speed_but_none() {
    let mut only = Only::new(2);
    only.accept(1, 100, 10);
    assert_eq!(only.work_done(20), 10);
    only.accept(2, 100, 20);
    only.accept(3, 100, 20);
    // Three share two cores.
    assert_eq!(only.work_done(50), 10 + 60);
    only.speed(0.0, 50);
    assert_eq!(only.work_done(80), 70);
    only.accept(4, 100, 90);
    only.speed(0.5, 100);
    assert_eq!(only.work_done(110), 70 + 20);
}

/// What may happen to a station.
#[derive(Clone, Copy, Debug)]
enum Step {
    Accept(u64),
    Leave(usize),
    Speed(f64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1u64..3_000).prop_map(Step::Accept),
        1 => (0usize..4).prop_map(Step::Leave),
        2 => prop::sample::select(vec![0.0, 0.25, 0.5, 1.0, 2.0]).prop_map(Step::Speed),
    ]
}

/// The same, one nanosecond after the other.
struct Small {
    /// What is left of each.
    left: Vec<(u64, f64)>,
    cores: f64,
    speed: f64,
    busy: f64,
    now: u64,
}

impl Small {
    fn run(&mut self, until: u64) {
        let at_work = self.cores.min(self.left.len() as f64);
        let each = at_work / self.left.len() as f64 * self.speed;
        while self.now < until && !self.left.is_empty() {
            for (_, left) in &mut self.left {
                *left -= each;
            }
            self.busy += if self.speed > 0.0 { at_work } else { 0.0 };
            self.now += 1;
        }
        self.now = until;
    }

    /// What was left of `number`, which is there no more.
    fn remove(&mut self, number: u64) -> f64 {
        let at = self.left.iter().position(|(other, _)| *other == number);
        self.left.remove(at.expect("it is there")).1
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever happens, services end when they do by brute force, but for the rounding of a departure, of which
    /// those who stay have their part.
    #[test]
    fn departures_are_those_of_brute_force(
        cores in 1u32..4,
        steps in prop::collection::vec((0u64..2_000, step()), 1..25),
    ) {
        let mut only = Only::new(cores);
        let mut small =
            Small { left: Vec::new(), cores: f64::from(cores), speed: 1.0, busy: 0.0, now: 0 };
        let (mut now, mut rounding) = (0, 1e-3);
        let mut services = vec![0];
        // In the end all are served.
        let last = [(0, Step::Speed(1.0)), (100_000, Step::Speed(1.0))];
        for (span, step) in steps.into_iter().chain(last) {
            now += span;
            while only.0.next_departure(0) <= Instant(now) {
                let (at, who) = only.depart();
                small.run(at);
                let number = who.data().as_ffi() & 0xffff_ffff;
                rounding += 0.5 * small.speed;
                let left = small.remove(number);
                prop_assert!(left.abs() <= rounding, "{number} goes with {left} ns left");
            }
            small.run(now);
            let late = small.left.iter().find(|(_, left)| *left < -rounding);
            prop_assert_eq!(late, None);
            let error = only.work_done(now) as f64 - small.busy;
            prop_assert!(error.abs() <= 1.1, "busy {error} ns too long");
            match step {
                Step::Accept(service) => {
                    let number = services.len() as u64;
                    services.push(service);
                    only.accept(number, service, now);
                    small.left.push((number, service as f64));
                }
                Step::Leave(at) => {
                    if let Some(&(number, _)) = small.left.get(at) {
                        let given = only.leave(number, now).0 as f64;
                        let error = given + small.remove(number) - services[number as usize] as f64;
                        prop_assert!(error.abs() <= rounding + 1.0, "given {error} ns too much");
                    }
                }
                Step::Speed(speed) => {
                    only.speed(speed, now);
                    small.speed = speed;
                }
            }
        }
        prop_assert_eq!(only.0.in_system(0), 0);
    }
}
