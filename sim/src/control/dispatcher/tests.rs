use policy::admission::{Limit, Rate};
use policy::growth::{Growth, Jitter};
use policy::health::{active, passive};
use policy::retry::{self, After, Delays, Spread, decide};
use policy::standing::Panic;
use policy::strategy::{Options, StrategyName};
use policy::{breaker, outlier, slow_start};
use workload::stream::Purpose;

use super::*;
use crate::client::Sent;
use crate::operations::{AdmissionControls, BackendControls, RequestControls};
use policy::deadline::Deadline;

/// Of the breaker's clock: 1.05 ms.
const TICK: u64 = 1 << 20;
const MS: u64 = 1_000_000;

/// A dispatcher by least connections, which has begun.
fn dispatcher(backends: u32, operations: &Operations) -> Dispatcher {
    let mut dispatcher = at_boot(backends, operations);
    dispatcher.begin();
    dispatcher
}

fn at_boot(backends: u32, operations: &Operations) -> Dispatcher {
    knowing(Knowledge::Own, backends, operations)
}

fn knowing(knowledge: Knowledge, backends: u32, operations: &Operations) -> Dispatcher {
    let weights = vec![Weight::ONE; backends as usize];
    let identified = weights.iter().copied().zip(0..);
    let name = StrategyName::LeastConnections;
    Dispatcher::new(Setup {
        balancer: AnyBalancer::new(name, &Options::default(), identified),
        knowledge,
        weights: &weights,
        operations,
        draws: Stream::new(1, 0, Purpose::Probes),
    })
}

fn backends(backends: BackendControls) -> Operations {
    Operations {
        backends,
        ..Operations::default()
    }
}

/// Two failures in a row open it for ten ticks; it closes after two probes, one at a time.
fn breaker() -> breaker::Config {
    breaker::Config::new(breaker::Options {
        failures_to_open: Some(2),
        successes_to_close: 2,
        open: Growth::constant(Duration(10 * TICK), Jitter::NONE),
        ..breaker::Options::default()
    })
    .unwrap()
}

fn with_breaker() -> Operations {
    backends(BackendControls {
        breaker: Some(breaker()),
        ..BackendControls::default()
    })
}

/// Two failures within a second, for a second.
fn passive() -> passive::Config {
    passive::Config::new(passive::Options {
        max_fails: 2,
        fail_timeout: Duration(1_000 * MS),
    })
    .unwrap()
}

/// Two failures in a row, for a second; half of all may be out.
fn outlier() -> outlier::Config {
    outlier::Config::new(outlier::Options {
        consecutive_failures: Some(2),
        success_rate: None,
        interval: Duration(10_000 * MS),
        base: Duration(1_000 * MS),
        max: Duration(1_000 * MS),
        max_ejected_thousandths: 500,
    })
    .unwrap()
}

/// Every 100 ms; down after one failure, up after one success.
fn probes(starts_up: bool) -> active::Config {
    active::Config::new(active::Options {
        interval: Duration(100 * MS),
        timeout: Duration(50 * MS),
        rise: 1,
        fall: 1,
        starts_up,
    })
    .unwrap()
}

/// From a quarter, in three steps of 100 ms.
fn ramp() -> slow_start::Config {
    slow_start::Config::new(slow_start::Options {
        duration: Duration(300 * MS),
        steps: 3,
        least_thousandths: 250,
    })
    .unwrap()
}

impl Dispatcher {
    fn send(&mut self, now: u64) -> Option<(u32, Option<Permit>)> {
        let mut rng = self.draws.at(1 << 40);
        self.assign(&Request { key: 1 }, None, Instant(now), &mut rng)
    }

    /// An attempt is sent to `slot`, be it that another would be chosen, and ends.
    fn ends(&mut self, slot: u32, how: End, now: u64) {
        let breaker = self.breakers.get_mut(slot as usize);
        let permit = breaker.map(|breaker| breaker.admit(Instant(now)).unwrap());
        self.balancer.start(backend_at(slot));
        self.ended(slot, permit, how, Instant(now));
    }

    fn may(&self, slot: u32) -> bool {
        self.standings.may_be_chosen(slot)
    }

    fn wakes(&mut self, now: u64) {
        self.wake(Instant(now), |_| Probed::Healthy);
    }

    /// Who is chosen by so many requests one after the other, none of which ends.
    fn chosen(&mut self, requests: u32, now: u64) -> Vec<u32> {
        let mut counts = vec![0; self.weights.len()];
        for _ in 0..requests {
            let (slot, _) = self.send(now).unwrap();
            counts[slot as usize] += 1;
        }
        counts
    }
}

const ANSWERED: End = End::Answered(Duration(MS));

#[test]
fn a_probe_of_a_breaker_comes_back_however_it_ends() {
    for how in [ANSWERED, End::Failed, End::Cancelled] {
        let mut dispatcher = dispatcher(1, &with_breaker());
        dispatcher.ends(0, End::Failed, 0);
        dispatcher.ends(0, End::Failed, 0);
        dispatcher.wakes(10 * TICK);
        let now = 10 * TICK + 1;
        let (slot, permit) = dispatcher.send(now).unwrap();
        assert!(permit.is_some());
        // The only permit is taken.
        assert_eq!(dispatcher.send(now), None);
        assert!(!dispatcher.is_idle());
        dispatcher.ended(slot, permit, how, Instant(now));
        assert!(dispatcher.is_idle(), "{how:?}");
        // Failed, it is open; else another probe may be sent.
        assert_eq!(dispatcher.may(0), how != End::Failed, "{how:?}");
        if let Some((slot, permit)) = dispatcher.send(now) {
            dispatcher.ended(slot, permit, ANSWERED, Instant(now));
            // Two successes close it, one does not.
            let closed = dispatcher.breaker_states[0] == CLOSED;
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
    assert_eq!(dispatcher.totals().breaker_openings, 1);
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
    for (knowledge, counted) in [(Knowledge::Own, 2), (Knowledge::Board(Duration(MS)), 0)] {
        let mut dispatcher = knowing(knowledge, 2, &with_breaker());
        let mut rng = dispatcher.draws.at(7);
        let request = Request { key: 1 };
        let (first, _) = (dispatcher.assign(&request, None, Instant(1), &mut rng)).unwrap();
        let again = dispatcher.assign(&request, Some(first), Instant(1), &mut rng);
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
    let mut rng = dispatcher.draws.at(7);
    let again = dispatcher.assign(&Request { key: 1 }, Some(1), Instant(1), &mut rng);
    assert_eq!(again.map(|(slot, _)| slot), Some(1));
}

/// Backends that probes, passive checks and the detector all hold something against: 0 of 4.
fn judged() -> Dispatcher {
    let mut dispatcher = dispatcher(
        4,
        &backends(BackendControls {
            probes: Some(probes(true)),
            passive: Some(passive()),
            outlier: Some(outlier()),
            breaker: Some(breaker()),
            ..BackendControls::default()
        }),
    );
    dispatcher.ends(0, End::Failed, 0);
    dispatcher.ends(0, End::Failed, 0);
    let only_first = |slot| match slot {
        0 => Probed::Refused,
        _ => Probed::Healthy,
    };
    dispatcher.wake(Instant(100 * MS), only_first);
    dispatcher
}

const JUDGEMENTS: [Reason; 3] = [Reason::Unhealthy, Reason::Failing, Reason::Ejected];

#[test]
fn of_a_newcomer_nothing_is_known() {
    let mut dispatcher = judged();
    for reason in JUDGEMENTS {
        assert!(dispatcher.standings.holds(0, reason), "{reason:?}");
    }
    let now = Instant(200 * MS);
    dispatcher.stand(0, Reason::Absent, true, now);
    dispatcher.stand(0, Reason::Absent, false, now);
    assert_eq!(dispatcher.standings.reasons(0).next(), None);
    assert_eq!(dispatcher.breaker_states[0], CLOSED);
    assert_eq!(dispatcher.outlier.as_ref().unwrap().ejected(), 0);
    assert!(dispatcher.probers[0].is_up());
    // It is probed at once, and nothing that was to be taken back still is.
    assert_eq!(dispatcher.next_deadline(), now);
    let before = dispatcher.totals().probes;
    dispatcher.wakes(now.0);
    assert!(dispatcher.totals().probes > before);
    // One failure is not two.
    dispatcher.ends(0, End::Failed, now.0);
    assert!(dispatcher.may(0));
}

#[test]
fn a_newcomer_that_is_not_trusted_waits_for_its_probes() {
    let mut dispatcher = dispatcher(
        2,
        &backends(BackendControls {
            probes: Some(probes(false)),
            panic: Panic::NEVER,
            ..BackendControls::default()
        }),
    );
    assert!(!dispatcher.may(0) && !dispatcher.may(1));
    dispatcher.wakes(100 * MS);
    assert!(dispatcher.may(0) && dispatcher.may(1));
    let now = Instant(150 * MS);
    dispatcher.stand(0, Reason::Absent, true, now);
    dispatcher.stand(0, Reason::Absent, false, now);
    assert!(!dispatcher.may(0));
    dispatcher.wakes(150 * MS);
    assert!(dispatcher.may(0));
}

#[test]
fn who_only_drained_is_the_same_as_before() {
    let mut dispatcher = judged();
    let now = Instant(200 * MS);
    dispatcher.stand(0, Reason::Draining, true, now);
    dispatcher.stand(0, Reason::Draining, false, now);
    for reason in JUDGEMENTS {
        assert!(dispatcher.standings.holds(0, reason), "{reason:?}");
    }
}

#[test]
fn what_one_left_behind_that_is_gone_says_nothing_of_the_next() {
    let mut dispatcher = judged();
    let now = Instant(200 * MS);
    let sent = [(); 5].map(|()| {
        dispatcher.balancer.start(backend_at(1));
        dispatcher.breakers[1].admit(now).ok()
    });
    dispatcher.stand(1, Reason::Absent, true, now);
    for permit in sent {
        dispatcher.ended(1, permit, End::Failed, now);
    }
    assert!(dispatcher.is_idle());
    dispatcher.stand(1, Reason::Absent, false, now);
    assert_eq!(dispatcher.standings.reasons(1).next(), None);
    assert_eq!(dispatcher.totals().ejections, 3);
}

#[test]
fn those_that_are_absent_are_not_probed() {
    let operations = backends(BackendControls {
        probes: Some(probes(true)),
        ..BackendControls::default()
    });
    let mut dispatcher = dispatcher(1, &operations);
    dispatcher.stand(0, Reason::Absent, true, Instant(0));
    dispatcher.wakes(1_000 * MS);
    assert_eq!(dispatcher.totals().probes, 0);
    assert_eq!(dispatcher.next_deadline(), Instant::NEVER);
}

#[test]
fn a_probe_that_is_not_answered_fails_at_its_time_limit() {
    let operations = backends(BackendControls {
        probes: Some(probes(true)),
        panic: Panic::NEVER,
        ..BackendControls::default()
    });
    let mut dispatcher = dispatcher(1, &operations);
    let first = dispatcher.next_deadline();
    // Somewhere in the first interval.
    assert!(first < Instant(100 * MS));
    dispatcher.wake(first, |_| Probed::Silent);
    assert!(dispatcher.may(0));
    let limit = first + Duration(50 * MS);
    assert_eq!(dispatcher.next_deadline(), limit);
    dispatcher.wake(limit, |_| Probed::Silent);
    assert!(!dispatcher.may(0));
    assert_eq!(
        (dispatcher.totals().probes, dispatcher.totals().ejections),
        (1, 1)
    );
}

#[test]
fn in_a_panic_health_is_ignored_but_an_open_breaker_is_not() {
    let mut dispatcher = dispatcher(
        3,
        &backends(BackendControls {
            passive: Some(passive()),
            breaker: Some(breaker()),
            panic: Panic { thousandths: 500 },
            ..BackendControls::default()
        }),
    );
    // Answered in between, their breakers stay closed; passive checks count all the same.
    for slot in [1, 2] {
        dispatcher.ends(slot, End::Failed, 0);
        dispatcher.ends(slot, ANSWERED, 0);
        dispatcher.ends(slot, End::Failed, 0);
        assert!(dispatcher.standings.holds(slot, Reason::Failing));
    }
    assert!(dispatcher.standings.is_panicking());
    assert_eq!(dispatcher.chosen(6, 0), [2, 2, 2]);
    dispatcher.ends(0, End::Failed, 0);
    dispatcher.ends(0, End::Failed, 0);
    assert!(dispatcher.standings.is_panicking());
    assert!(!dispatcher.may(0));
    assert_eq!(dispatcher.chosen(6, 1), [0, 3, 3]);
}

#[test]
fn who_left_of_its_own_accord_says_nothing_of_its_backend() {
    let mut dispatcher = dispatcher(
        4,
        &backends(BackendControls {
            passive: Some(passive()),
            outlier: Some(outlier()),
            breaker: Some(breaker()),
            panic: Panic::NEVER,
            ..BackendControls::default()
        }),
    );
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
    assert_eq!(dispatcher.totals().ejections, 2);
    assert!(dispatcher.is_idle());
}

#[test]
fn who_is_ejected_or_failing_comes_back_at_its_time() {
    for (controls, reason) in [
        (
            BackendControls {
                passive: Some(passive()),
                panic: Panic::NEVER,
                ..BackendControls::default()
            },
            Reason::Failing,
        ),
        (
            BackendControls {
                outlier: Some(outlier()),
                panic: Panic::NEVER,
                ..BackendControls::default()
            },
            Reason::Ejected,
        ),
    ] {
        let mut dispatcher = dispatcher(2, &backends(controls));
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
    let operations = backends(BackendControls {
        outlier: Some(outlier()),
        panic: Panic::NEVER,
        ..BackendControls::default()
    });
    let mut dispatcher = dispatcher(4, &operations);
    // Half of two.
    dispatcher.stand(2, Reason::Absent, true, Instant::ZERO);
    dispatcher.stand(3, Reason::Absent, true, Instant::ZERO);
    for slot in [0, 0, 1, 1] {
        dispatcher.ends(slot, End::Failed, 0);
    }
    assert!(!dispatcher.may(0) && dispatcher.may(1));
}

fn with_ramp() -> Operations {
    backends(BackendControls {
        slow_start: Some(ramp()),
        ..BackendControls::default()
    })
}

/// The first of two is away for a while.
fn comes_back(dispatcher: &mut Dispatcher, reason: Reason, now: u64) {
    dispatcher.stand(0, reason, true, Instant(now));
    dispatcher.stand(0, reason, false, Instant(now));
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
    dispatcher.stand(0, Reason::Draining, true, Instant(250 * MS));
    assert_eq!(dispatcher.next_deadline(), Instant::NEVER);
    dispatcher.stand(0, Reason::Draining, false, Instant(250 * MS));
    assert_eq!(dispatcher.next_deadline(), Instant(350 * MS));
    assert_eq!(dispatcher.chosen(10, 250 * MS), [2, 8]);
}

#[test]
fn who_is_let_in_has_a_token_and_room_and_gives_the_room_back() {
    let mut dispatcher = dispatcher(
        1,
        &Operations {
            admission: AdmissionControls {
                rate: Some(Rate::new(1, Duration(MS), 4).unwrap()),
                concurrency: Some(Limiter::new(Limit::Fixed(2)).unwrap()),
                ..AdmissionControls::default()
            },
            ..Operations::default()
        },
    );
    let now = Instant(10 * MS);
    let let_in: Vec<bool> = (0..3).map(|_| dispatcher.admit(now)).collect();
    assert_eq!(let_in, [true, true, false]);
    assert!(!dispatcher.is_idle());
    dispatcher.finished(Outcome::Ignored, now);
    dispatcher.finished(Outcome::Dropped, now);
    assert!(dispatcher.is_idle());
    // Who found no room used up a token: of four there is one.
    assert!(dispatcher.admit(now));
    dispatcher.finished(Outcome::Ignored, now);
    assert!(!dispatcher.admit(now));
    assert!(dispatcher.admit(Instant(11 * MS)));
}

/// A budget of two that a request earns a half of, and retries after 5 ns.
fn requests() -> Operations {
    Operations {
        requests: RequestControls {
            retries: Some(
                Retries::new(decide::Options {
                    retries: 1,
                    delays: Delays {
                        first: Duration(5),
                        max: Duration(5),
                        spread: Spread::None,
                    },
                    ..decide::Options::default()
                })
                .unwrap(),
            ),
            budget: Some(
                retry::Config::new(retry::Options {
                    thousandths: 500,
                    every: Duration(1_000 * MS),
                    window: Duration(2_000 * MS),
                })
                .unwrap(),
            ),
            hedge: Some(Hedge::new(After::Quantile { thousandths: 500 }).unwrap()),
            ..RequestControls::default()
        },
        ..Operations::default()
    }
}

fn pending(deadline: u64) -> Pending {
    let sent = Sent {
        time: Instant::ZERO,
        number: 1,
        client: 0,
        demand: Duration(10),
        key: 0,
    };
    Pending::new(sent, Deadline::from(Instant(deadline)), 0, 0)
}

#[test]
fn retries_and_hedges_are_paid_for_out_of_one_budget_that_requests_fill() {
    let mut dispatcher = dispatcher(1, &requests());
    let mut rng = dispatcher.draws.at(7);
    let now = Instant(1);
    let mut again =
        |dispatcher: &mut Dispatcher| dispatcher.again(&pending(1_000), Why::Error, now, &mut rng);
    assert_eq!(again(&mut dispatcher), Some(Ok(Duration(5))));
    assert!(dispatcher.may_hedge(now));
    assert!(!dispatcher.may_hedge(now));
    assert_eq!(again(&mut dispatcher), Some(Err(NoRetry::Budget)));
    dispatcher.requested(now);
    assert!(!dispatcher.may_hedge(now));
    dispatcher.requested(now);
    assert!(dispatcher.may_hedge(now));
}

#[test]
fn a_request_is_sent_again_as_it_and_its_deadline_allow() {
    let mut dispatcher = dispatcher(1, &requests());
    let mut rng = dispatcher.draws.at(7);
    let mut again = |request: &Pending, why| {
        dispatcher
            .again(request, why, Instant(1), &mut rng)
            .unwrap()
    };
    assert_eq!(
        again(&pending(6), Why::Error),
        Err(NoRetry::DeadlineTooClose)
    );
    let shed = again(&pending(1_000), Why::Shed);
    assert_eq!(shed, Err(NoRetry::NotRetryable));
    let retried = Pending {
        retries: 1,
        ..pending(1_000)
    };
    assert_eq!(again(&retried, Why::Error), Err(NoRetry::Exhausted));
    // None of them was paid for.
    assert!(dispatcher.may_hedge(Instant(1)) && dispatcher.may_hedge(Instant(1)));
}

#[test]
fn nothing_is_sent_again_or_refused_where_nothing_was_said() {
    let mut dispatcher = dispatcher(1, &Operations::default());
    let mut rng = dispatcher.draws.at(7);
    let again = dispatcher.again(&pending(1_000), Why::Error, Instant(1), &mut rng);
    assert_eq!(again, None);
    assert_eq!(dispatcher.hedge_delay(), None);
    assert!((0..1_000).all(|_| dispatcher.admit(Instant(1)) && dispatcher.may_hedge(Instant(1))));
}

#[test]
fn a_hedge_waits_for_as_long_as_answers_and_losers_took() {
    let mut dispatcher = dispatcher(1, &requests());
    for _ in 0..64 {
        dispatcher.ends(0, End::Answered(Duration(10)), 0);
        dispatcher.ends(0, End::Failed, 0);
    }
    assert_eq!(dispatcher.hedge_delay(), None);
    for _ in 0..128 {
        dispatcher.lost_the_race(Duration(20));
    }
    assert_eq!(dispatcher.hedge_delay(), Some(Duration(20)));
}

#[test]
fn only_who_reads_a_board_is_told_of_it() {
    let none = Operations::default();
    let mut own = dispatcher(2, &none);
    own.observe(&[9, 0]);
    assert_eq!(own.chosen(4, 1), [2, 2]);
    let mut reader = knowing(Knowledge::Board(Duration(MS)), 2, &none);
    reader.observe(&[9, 0]);
    assert_eq!(reader.chosen(4, 1), [0, 4]);
    assert!(reader.is_idle());
}

/// What was held against whom, as recounted.
fn levels(dispatcher: &Dispatcher) -> [i32; 3] {
    let of = |state| {
        let states = dispatcher.breaker_states.iter();
        states.filter(|known| **known == state).count() as i32
    };
    [dispatcher.standings.ill() as i32, of(OPEN), of(HALF_OPEN)]
}

#[test]
fn what_changed_sums_to_what_is() {
    let mut dispatcher = judged();
    let mut sum = [0; 3];
    let mut seen = std::collections::BTreeSet::new();
    for step in 0..400 {
        let now = 200 * MS + step * 7 * MS;
        let slot = (step % 3) as u32;
        dispatcher.wakes(now);
        match step % 5 {
            0 | 3 if dispatcher.may(slot) => dispatcher.ends(slot, End::Failed, now),
            1 if dispatcher.may(slot) => dispatcher.ends(slot, ANSWERED, now),
            2 => drop(dispatcher.send(now)),
            4 => {
                let gone = step % 2 == 0;
                dispatcher.stand(slot, Reason::Absent, gone, Instant(now));
            }
            _ => {}
        }
        let changes = dispatcher.take_changes();
        for (sum, change) in sum.iter_mut().zip(changes) {
            *sum += change;
        }
        assert_eq!(sum, levels(&dispatcher), "at step {step}");
        seen.insert(sum);
        assert_eq!(dispatcher.take_changes(), [0; 3]);
    }
    // All of them moved.
    for level in 0..3 {
        assert!(seen.iter().any(|sum| sum[level] > 0), "{seen:?}");
        assert!(seen.iter().any(|sum| sum[level] == 0), "{seen:?}");
    }
}

#[test]
fn who_is_gone_opens_no_breaker() {
    let mut dispatcher = dispatcher(1, &with_breaker());
    let sent = [dispatcher.send(0), dispatcher.send(0)];
    dispatcher.stand(0, Reason::Absent, true, Instant(1));
    for (slot, permit) in sent.into_iter().flatten() {
        dispatcher.ended(slot, permit, End::Failed, Instant(1));
    }
    assert_eq!(dispatcher.totals().breaker_openings, 0);
}

#[test]
fn a_permit_of_the_one_before_says_nothing_of_a_newcomer() {
    let mut dispatcher = dispatcher(1, &with_breaker());
    let sent = [dispatcher.send(0), dispatcher.send(0)];
    dispatcher.stand(0, Reason::Absent, true, Instant(1));
    dispatcher.stand(0, Reason::Absent, false, Instant(2));
    for (slot, permit) in sent.into_iter().flatten() {
        dispatcher.ended(slot, permit, End::Failed, Instant(3));
    }
    assert!(dispatcher.may(0));
}
