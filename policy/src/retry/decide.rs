//! Whether a request whose attempt failed is sent again, and after how long.
//! Cost: O(1), one draw at most. Source: RFC 9110, section 9.2.2 (what may be repeated without asking); nginx's
//! `proxy_next_upstream` with `non_idempotent`; Finagle's and tower's budgets.
//!
//! What failed before it reached the application may always be repeated. What may have been executed is repeated only
//! if the request is idempotent. What was shed is not: a server that sheds asks for less. What a full queue turned away
//! is: another backend may have room.
//!
//! The budget is asked last, when everything else says yes: a retry that is not sent must not be paid for.

use rand_core::Rng;

use super::{Budget, Delays, Reason, Reasons};
use crate::deadline::Deadline;
use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// How many retries there may be after the first attempt; 0 turns retries off.
    pub retries: u32,
    /// How long to wait before each.
    pub delays: Delays,
    /// After which failures any request is sent again.
    pub any: Reasons,
    /// After which failures an idempotent request is sent again, besides.
    pub idempotent: Reasons,
    /// How much of its deadline must be left when a retry is sent: about what an answer takes at least.
    pub needed: Duration,
}

impl Default for Options {
    /// One retry, as in Envoy; of anything that was not sent, and of idempotent requests unless they were shed.
    fn default() -> Self {
        Options {
            retries: 1,
            delays: Delays::default(),
            any: Reasons::NOT_SENT,
            idempotent: Reasons::PERHAPS_EXECUTED,
            needed: Duration::ZERO,
        }
    }
}

/// An attempt that failed, and what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failed {
    /// How it failed.
    pub reason: Reason,
    /// Whether the request may be executed twice.
    pub idempotent: bool,
    /// How many retries the request has had: 0 when its first attempt failed.
    pub retries: u32,
    /// What [`Retries::again`] said before this attempt; zero if this was the first.
    pub previous: Duration,
    /// When nobody waits for the answer any more.
    pub deadline: Deadline,
}

/// Why there is no retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoRetry {
    /// A failure of this kind, of such a request, is not retried.
    NotRetryable,
    /// It has had all its retries.
    Exhausted,
    /// It would be sent too late.
    DeadlineTooClose,
    /// There were too many retries lately.
    Budget,
}

/// Which failures are retried and how often: [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Retries(Options);

impl Retries {
    /// Refuses, with a sentence, what could not be kept.
    pub fn new(options: Options) -> Result<Retries, Invalid> {
        options.delays.check()?;
        Ok(Retries(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }

    /// How long after `now` the request is sent again. One draw at most, none if it is not retryable or has had all its
    /// retries. Only a retry that is sent is paid for out of `budget`; without one, nothing limits them together.
    ///
    /// # Errors
    /// Why it is not.
    pub fn again<R: Rng>(
        &self,
        failed: &Failed,
        budget: Option<&mut Budget>,
        now: Instant,
        rng: &mut R,
    ) -> Result<Duration, NoRetry> {
        let withdraw = || budget.is_none_or(|budget| budget.withdraw(now));
        self.again_if(failed, withdraw, now, rng)
    }

    /// [`Retries::again`] with a budget that is somewhere else: servers whose workers are processes have one in shared
    /// memory ([`RetryBudget`](crate::shared::RetryBudget)). `withdraw` is called once at most, after everything else
    /// said yes.
    ///
    /// # Errors
    /// Why it is not.
    pub fn again_if<R: Rng>(
        &self,
        failed: &Failed,
        withdraw: impl FnOnce() -> bool,
        now: Instant,
        rng: &mut R,
    ) -> Result<Duration, NoRetry> {
        let options = &self.0;
        let idempotent = failed.idempotent && options.idempotent.contains(failed.reason);
        if !idempotent && !options.any.contains(failed.reason) {
            return Err(NoRetry::NotRetryable);
        }
        if failed.retries >= options.retries {
            return Err(NoRetry::Exhausted);
        }
        let delay = options.delays.next(failed.retries, failed.previous, rng);
        let sent = now + delay;
        if failed.deadline.is_past(sent) || !failed.deadline.leaves(sent, options.needed) {
            return Err(NoRetry::DeadlineTooClose);
        }
        if !withdraw() {
            return Err(NoRetry::Budget);
        }
        Ok(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::{Config, Options as BudgetOptions, Spread};
    use proptest::prelude::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    const NOW: Instant = Instant(1_000);

    const FAILED: Failed = Failed {
        reason: Reason::Refused,
        idempotent: false,
        retries: 0,
        previous: Duration::ZERO,
        deadline: Deadline::NEVER,
    };

    fn rng() -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(1)
    }

    /// Two retries, 10 ns and 20 ns after the failures, that need 5 ns.
    fn retries() -> Retries {
        Retries::new(Options {
            retries: 2,
            delays: Delays {
                first: Duration(10),
                max: Duration(100),
                spread: Spread::None,
            },
            needed: Duration(5),
            ..Options::default()
        })
        .unwrap()
    }

    /// A budget of one retry.
    fn budget() -> Budget {
        let options = BudgetOptions {
            thousandths: 0,
            every: Duration(1_000_000),
            window: Duration(1_000_000),
        };
        Budget::new(Config::new(options).unwrap())
    }

    #[test]
    fn what_may_have_been_executed_is_repeated_only_if_it_may_be() {
        let repeated = |idempotent| {
            Reason::ALL.map(|reason| {
                let failed = Failed {
                    reason,
                    idempotent,
                    ..FAILED
                };
                retries().again(&failed, None, NOW, &mut rng()).is_ok()
            })
        };
        // Refused, unreachable, full, reset, error, timeout, shed.
        let not_sent = [true, true, true, false, false, false, false];
        assert_eq!(repeated(false), not_sent);
        assert_eq!(repeated(true), [true, true, true, true, true, true, false]);
    }

    #[test]
    fn what_is_retried_can_be_chosen() {
        let chosen = Retries::new(Options {
            any: Reasons::NOT_SENT
                .without(Reason::Refused)
                .with(Reason::Shed),
            idempotent: Reasons::NONE.with(Reason::Error),
            ..Options::default()
        })
        .unwrap();
        let repeated = Reason::ALL.map(|reason| {
            let failed = Failed {
                reason,
                idempotent: true,
                ..FAILED
            };
            chosen.again(&failed, None, NOW, &mut rng()).is_ok()
        });
        assert_eq!(repeated, [false, true, true, false, true, false, true]);
    }

    #[test]
    fn there_are_so_many_and_they_wait_longer_and_longer() {
        let after = |retries| {
            let failed = Failed { retries, ..FAILED };
            self::retries().again(&failed, None, NOW, &mut rng())
        };
        assert_eq!(after(0), Ok(Duration(10)));
        assert_eq!(after(1), Ok(Duration(20)));
        assert_eq!(after(2), Err(NoRetry::Exhausted));
        assert_eq!(after(u32::MAX), Err(NoRetry::Exhausted));
    }

    #[test]
    fn a_retry_must_leave_time_for_an_answer() {
        let by = |span| {
            let deadline = Deadline::after(NOW, Some(Duration(span)));
            let failed = Failed { deadline, ..FAILED };
            retries().again(&failed, None, NOW, &mut rng())
        };
        assert_eq!(by(15), Ok(Duration(10)));
        assert_eq!(by(14), Err(NoRetry::DeadlineTooClose));

        let at_once = Retries::new(Options {
            delays: Delays::NONE,
            ..Options::default()
        });
        let late = Failed {
            deadline: NOW.into(),
            ..FAILED
        };
        let refused = at_once.unwrap().again(&late, None, NOW, &mut rng());
        assert_eq!(refused, Err(NoRetry::DeadlineTooClose));
    }

    #[test]
    fn only_a_retry_that_is_sent_is_paid_for() {
        let mut budget = budget();
        for (failed, why) in [
            (
                Failed {
                    reason: Reason::Shed,
                    ..FAILED
                },
                NoRetry::NotRetryable,
            ),
            (
                Failed {
                    retries: 2,
                    ..FAILED
                },
                NoRetry::Exhausted,
            ),
            (
                Failed {
                    deadline: NOW.into(),
                    ..FAILED
                },
                NoRetry::DeadlineTooClose,
            ),
        ] {
            let refused = retries().again(&failed, Some(&mut budget), NOW, &mut rng());
            assert_eq!(refused, Err(why));
            assert_eq!(budget.balance(NOW), 1);
        }
        let mut again = || retries().again(&FAILED, Some(&mut budget), NOW, &mut rng());
        assert_eq!(again(), Ok(Duration(10)));
        assert_eq!(again(), Err(NoRetry::Budget));
    }

    #[test]
    fn delays_are_checked() {
        let backwards = Delays {
            first: Duration(2),
            max: Duration(1),
            spread: Spread::Full,
        };
        let refusal = Retries::new(Options {
            delays: backwards,
            ..Options::default()
        });
        assert!(refusal.unwrap_err().to_string().contains("not be shorter"));
        assert_eq!(Retries::new(Options::default()), Ok(Retries::default()));
    }

    proptest! {
        /// Whatever fails and when: no attempt is sent past its deadline, none is one too many, and the budget pays for
        /// exactly those that are sent.
        #[test]
        fn no_retry_breaks_a_promise(
            failures in prop::collection::vec(
                (0..Reason::ALL.len(), any::<bool>(), 0..4u32, 0..300u64, 0..40u64),
                1..100,
            ),
            needed in 0..20u64,
        ) {
            let retries = Retries::new(Options { needed: Duration(needed), ..*retries().options() }).unwrap();
            let mut budget = Budget::new(Config::new(BudgetOptions {
                thousandths: 0,
                every: Duration(30),
                window: Duration(100),
            }).unwrap());
            let (mut now, mut rng) = (NOW, rng());
            for (which, idempotent, earlier, patience, passed) in failures {
                now += Duration(passed);
                let deadline = Deadline::after(now, Some(Duration(patience)));
                let failed = Failed { reason: Reason::ALL[which], idempotent, retries: earlier, deadline, ..FAILED };
                let before = budget.balance(now);
                let again = retries.again(&failed, Some(&mut budget), now, &mut rng);
                prop_assert_eq!(budget.balance(now), before - u64::from(again.is_ok()));
                match again {
                    Ok(delay) => {
                        prop_assert!(earlier < 2 && failed.reason != Reason::Shed);
                        prop_assert!(now + delay + Duration(needed) <= deadline.at());
                        prop_assert!(now + delay < deadline.at());
                    }
                    Err(NoRetry::Budget) => prop_assert_eq!(before, 0),
                    Err(_) => {}
                }
            }
        }
    }
}
