use super::*;
use crate::admission::{Limit, Outcome, Rate};
use crate::deadline::Deadline;
use crate::retry::{self, After, Delays, Failed, NoRetry, Reason as Why, Retries, Spread, decide};

#[test]
fn who_is_let_in_has_a_token_and_room_and_gives_the_room_back() {
    let config = Config {
        rate: Some(Rate::new(1, Duration(MS), 4).unwrap()),
        concurrency: Some(Limiter::new(Limit::Fixed(2)).unwrap()),
        ..Config::default()
    };
    let mut dispatcher = dispatcher(1, &config);
    let now = Instant(10 * MS);
    let let_in: Vec<_> = (0..3).map(|_| dispatcher.admit(now)).collect();
    assert_eq!(let_in, [Ok(()), Ok(()), Err(Shed::Concurrency)]);
    assert!(!dispatcher.is_idle());
    dispatcher.finished(Outcome::Ignored, now);
    dispatcher.finished(Outcome::Dropped, now);
    assert!(dispatcher.is_idle());
    // Who found no room used up a token: of four there is one.
    assert_eq!(dispatcher.admit(now), Ok(()));
    dispatcher.finished(Outcome::Ignored, now);
    let retry_after = Duration(MS);
    assert_eq!(dispatcher.admit(now), Err(Shed::Rate { retry_after }));
    assert_eq!(dispatcher.admit(Instant(11 * MS)), Ok(()));
}

/// A budget of two that a request earns a half of, and retries after 5 ns.
fn with_retries() -> Config {
    let retries = Retries::new(decide::Options {
        retries: 1,
        delays: Delays {
            first: Duration(5),
            max: Duration(5),
            spread: Spread::None,
        },
        ..decide::Options::default()
    });
    let budget = retry::Config::new(retry::Options {
        thousandths: 500,
        every: SECOND,
        window: Duration(2_000 * MS),
    });
    Config {
        retries: Some(retries.unwrap()),
        budget: Some(budget.unwrap()),
        hedge: Some(Hedge::new(After::Quantile { thousandths: 500 }).unwrap()),
        ..Config::default()
    }
}

/// The first attempt at an idempotent request, for which `deadline` is left.
fn failed(reason: Why, deadline: u64) -> Failed {
    Failed {
        reason,
        idempotent: true,
        retries: 0,
        previous: Duration::ZERO,
        deadline: Deadline::from(Instant(deadline)),
    }
}

#[test]
fn retries_and_hedges_are_paid_for_out_of_one_budget_that_requests_fill() {
    let mut dispatcher = dispatcher(1, &with_retries());
    let now = Instant(1);
    let again =
        |dispatcher: &mut Dispatcher| dispatcher.again(&failed(Why::Error, 1_000), now, &mut rng());
    assert_eq!(dispatcher.retry_balance(now), Some(2));
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
    let mut dispatcher = dispatcher(1, &with_retries());
    let now = Instant(1);
    let retried = Failed {
        retries: 1,
        ..failed(Why::Error, 1_000)
    };
    let once_only = Failed {
        idempotent: false,
        ..failed(Why::Error, 1_000)
    };
    for (failed, why_not) in [
        (failed(Why::Error, 6), NoRetry::DeadlineTooClose),
        (failed(Why::Shed, 1_000), NoRetry::NotRetryable),
        (retried, NoRetry::Exhausted),
        (once_only, NoRetry::NotRetryable),
    ] {
        let again = dispatcher.again(&failed, now, &mut rng());
        assert_eq!(again, Some(Err(why_not)));
    }
    // None of them was paid for.
    assert!(dispatcher.may_hedge(now) && dispatcher.may_hedge(now));
}

#[test]
fn nothing_is_sent_again_or_refused_where_nothing_was_said() {
    let mut dispatcher = dispatcher(1, &Config::default());
    let now = Instant(1);
    let again = dispatcher.again(&failed(Why::Error, 1_000), now, &mut rng());
    assert_eq!(again, None);
    assert_eq!(dispatcher.hedge_delay(), None);
    assert!((0..1_000).all(|_| dispatcher.admit(now).is_ok() && dispatcher.may_hedge(now)));
}

#[test]
fn a_hedge_waits_for_as_long_as_answers_and_losers_took() {
    let mut dispatcher = dispatcher(1, &with_retries());
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
fn only_who_does_not_count_itself_is_told_of_a_board() {
    let mut own = dispatcher(2, &Config::default());
    own.observe(&[9, 0]);
    assert_eq!(own.chosen(4, 1), [2, 2]);
    let elsewhere = Config {
        counting: Counting::Elsewhere,
        ..Config::default()
    };
    let mut reader = dispatcher(2, &elsewhere);
    reader.observe(&[9, 0]);
    assert_eq!(reader.chosen(4, 1), [0, 4]);
    assert!(reader.is_idle());
}

#[test]
fn who_chooses_over_a_board_sees_it_as_it_is() {
    let elsewhere = Config {
        counting: Counting::Elsewhere,
        ..with_retries()
    };
    let mut reader = dispatcher(3, &elsewhere);
    let request = Request { key: 1 };
    let mut board = [5, 4, 7];
    let mut chosen = Vec::new();
    for _ in 0..3 {
        let over = |slot| board[slot as usize];
        let assigned = reader.assign_over(&request, None, over, Instant(1), &mut rng());
        let (id, permit) = assigned.unwrap();
        board[id.slot as usize] += 3;
        chosen.push(id.slot);
        reader.end((id, permit), ANSWERED, 2);
    }
    assert_eq!(chosen, [1, 0, 2]);
    let over = |slot| board[slot as usize];
    let (least, avoid) = (first_in(1), Some(first_in(1)));
    assert_eq!(board, [8, 7, 10]);
    let again = reader.assign_over(&request, avoid, over, Instant(3), &mut rng());
    assert_ne!(again.unwrap().0, least);
}
