//! Requests: who is let in, who is sent again or a second time.

use rand_core::Rng;

use super::Dispatcher;
use crate::admission::{Limiter, Outcome};
use crate::retry::{Failed, Hedge, NoRetry};
use crate::time::{Duration, Instant};

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shed {
    /// Too many came lately.
    Rate {
        /// When one may come, if no other comes first.
        retry_after: Duration,
    },
    /// Too many are there.
    Concurrency,
}

impl Dispatcher {
    /// Whether a request is let in at `now`; if so, it is there until [`Dispatcher::finished`]. One that comes in time, but
    /// when too many are there, has used up its token.
    ///
    /// # Errors
    /// Why it is not.
    pub fn admit(&mut self, now: Instant) -> Result<(), Shed> {
        if let Some(bucket) = &mut self.bucket {
            bucket
                .admit(now)
                .map_err(|retry_after| Shed::Rate { retry_after })?;
        }
        let has_room = self.limiter.as_mut().is_none_or(Limiter::admit);
        has_room.then_some(()).ok_or(Shed::Concurrency)
    }

    /// A request that was let in has ended.
    pub fn finished(&mut self, outcome: Outcome, now: Instant) {
        if let Some(limiter) = &mut self.limiter {
            limiter.finished(outcome, now);
        }
    }

    /// A request is sent for the first time.
    pub fn requested(&mut self, now: Instant) {
        if let Some(budget) = &mut self.budget {
            budget.deposit(now);
        }
    }

    /// Whether and after how long a request whose last attempt failed is sent again; `None` where nothing is ever sent
    /// again. If it is, that is paid for. One draw at most.
    pub fn again<R: Rng>(
        &mut self,
        failed: &Failed,
        now: Instant,
        rng: &mut R,
    ) -> Option<Result<Duration, NoRetry>> {
        let retries = self.config.retries?;
        Some(retries.again(failed, self.budget.as_mut(), now, rng))
    }

    /// How long after a request its hedge is sent, if there is no answer by then; `None` for never, or not yet.
    pub fn hedge_delay(&self) -> Option<Duration> {
        self.hedge.as_ref().and_then(Hedge::delay)
    }

    /// Whether a hedge may be sent at `now`. If so, it is paid for.
    pub fn may_hedge(&mut self, now: Instant) -> bool {
        let budget = self.budget.as_mut();
        budget.is_none_or(|budget| budget.withdraw(now))
    }

    /// An attempt was given up after `time`, because the one beside it was answered first. It has
    /// [ended](Dispatcher::ended) as well.
    pub fn lost_the_race(&mut self, time: Duration) {
        if let Some(hedge) = &mut self.hedge {
            hedge.responded(time);
        }
    }
}
