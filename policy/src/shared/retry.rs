//! One retry budget for all workers.
//!
//! Deposit: a load, and a compare-and-swap while something is owed. Withdraw: a load and a compare-and-swap; a
//! refusal only loads. Lock-free. What a word means is [`crate::retry`]'s business.
//!
//! # Why it is right
//!
//! - *No retry is allowed twice, no payment lost.* Each replaces the word that it was computed from, so together they
//!   are one sequence of [`State::deposit`] and [`State::withdraw`], whatever the interleaving; and of such a sequence
//!   the promise is proved there.
//! - *Clocks apart.* A thread whose clock is behind owes more by it and is refused sooner; one that is ahead by d is
//!   allowed what d pays for.
//! - *Out of date.* What only loads (a refusal, a request that finds nothing owed) may load an old word: it is as if
//!   it had come that much sooner, and changes nothing.
//! - *Death.* One step pays or withdraws. Who dies before it has done nothing; who dies after it has made a retry that
//!   is never sent, which time pays off.
//!
//! Nothing is published by a payment: all is `Relaxed`.

use std::sync::atomic::Ordering::Relaxed;

use super::{Atomic, Memory};
use crate::retry::{Config, State};
use crate::time::Instant;

/// The word, borrowed from where it lives.
pub struct RetryBudget<'a, M: Memory> {
    word: &'a M::U64,
    config: Config,
}

impl<M: Memory> Clone for RetryBudget<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for RetryBudget<'_, M> {}

impl<'a, M: Memory> RetryBudget<'a, M> {
    /// Over `word`, which began as 0: a full budget. All who share it state the same configuration.
    pub fn over(word: &'a M::U64, config: Config) -> Self {
        RetryBudget { word, config }
    }

    /// A request was sent at `now`: not a retry.
    #[inline]
    pub fn deposit(&self, now: Instant) {
        let mut seen = self.word.load(Relaxed);
        loop {
            let paid = State::from_bits(seen).deposit(now, &self.config).to_bits();
            if paid == seen {
                return;
            }
            match self
                .word
                .compare_exchange_weak(seen, paid, Relaxed, Relaxed)
            {
                Ok(_) => return,
                Err(found) => seen = found,
            }
        }
    }

    /// Whether a request may be sent again at `now`. If so, that is paid for.
    pub fn withdraw(&self, now: Instant) -> bool {
        let mut seen = self.word.load(Relaxed);
        loop {
            let Some(owed) = State::from_bits(seen).withdraw(now, &self.config) else {
                return false;
            };
            match self
                .word
                .compare_exchange_weak(seen, owed.to_bits(), Relaxed, Relaxed)
            {
                Ok(_) => return true,
                Err(found) => seen = found,
            }
        }
    }

    /// How many retries there may be at `now`, at once. A moment later it may be another number.
    pub fn balance(&self, now: Instant) -> u64 {
        State::from_bits(self.word.load(Relaxed)).balance(now, &self.config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::Budget;
    use crate::shared::Native;
    use crate::time::Duration;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicU64;

    proptest! {
        #[test]
        fn agrees_with_the_budget_of_one_worker(
            steps in prop::collection::vec((0..200_000_000u64, any::<bool>()), 0..300),
        ) {
            let word = AtomicU64::new(0);
            let shared = RetryBudget::<Native>::over(&word, Config::default());
            let mut owned = Budget::new(Config::default());
            let mut now = Instant(0);
            for (passed, is_retry) in steps {
                now += Duration(passed / 8);
                if is_retry {
                    prop_assert_eq!(shared.withdraw(now), owned.withdraw(now));
                } else {
                    shared.deposit(now);
                    owned.deposit(now);
                }
                prop_assert_eq!(shared.balance(now), owned.balance(now));
            }
        }
    }
}
