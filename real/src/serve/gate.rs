//! How a request comes to be served: first its turn in this worker, then a slot of the pool all workers share.
//!
//! A worker serves `--concurrency` requests at once, in the order in which they came. The pool bounds them over all
//! workers; who finds it empty waits as `policy::backoff` says, and is refused when that gives up.

use std::cell::RefCell;

use policy::Owner;
use policy::backoff::{self, Backoff, Step};
use policy::shared::{Held, Native, Near, Slots};
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::sleep::sleep;
use crate::clock::Clock;
use crate::stats::ProcessRow;

/// How a request comes to be served: first its turn in this worker, then a slot of the pool all workers share.
pub struct Gate {
    turns: Semaphore,
    pool: Option<Pool>,
    wait: backoff::Config,
    rng: RefCell<Xoshiro256PlusPlus>,
    clock: Clock,
}

/// The pool as one worker uses it.
pub struct Pool {
    slots: Slots<'static, Native>,
    owner: Owner,
    near: Near,
}

impl Pool {
    /// `owner` takes from `slots`.
    pub fn new(slots: Slots<'static, Native>, owner: Owner) -> Pool {
        Pool {
            slots,
            owner,
            near: Near::new(owner),
        }
    }
}

/// A request that is let in. Dropping it lets the next one in.
pub struct Entered<'g> {
    gate: &'g Gate,
    held: Option<Held>,
    _turn: SemaphorePermit<'g>,
}

/// Nobody made room in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Gate {
    /// Lets `concurrency` in at once, as far as `pool` has room.
    pub fn new(
        concurrency: u32,
        pool: Option<Pool>,
        wait: backoff::Config,
        rng: Xoshiro256PlusPlus,
        clock: Clock,
    ) -> Gate {
        Gate {
            turns: Semaphore::new(concurrency as usize),
            pool,
            wait,
            rng: RefCell::new(rng),
            clock,
        }
    }

    /// A place, now or when there is one; [`Full`] if that takes longer than a request may wait. As long as it waits it
    /// is counted in `row`: by that the master sees that workers are too few.
    #[inline]
    pub async fn enter(&self, row: ProcessRow) -> Result<Entered<'_>, Full> {
        match self.try_enter() {
            Some(entered) => Ok(entered),
            None => {
                let _queued = Queued::begin(row);
                self.wait().await
            }
        }
    }

    /// Whether whoever comes now waits for its turn.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.turns.available_permits() == 0
    }

    #[inline]
    fn try_enter(&self) -> Option<Entered<'_>> {
        let turn = self.turns.try_acquire().ok()?;
        self.with_slot(turn).ok()
    }

    /// `turn` with a slot, or back.
    #[inline]
    fn with_slot<'g>(
        &'g self,
        turn: SemaphorePermit<'g>,
    ) -> Result<Entered<'g>, SemaphorePermit<'g>> {
        let held = match &self.pool {
            None => None,
            Some(pool) => match pool.slots.acquire(pool.owner, &pool.near) {
                Some(held) => Some(held),
                None => return Err(turn),
            },
        };
        Ok(Entered {
            gate: self,
            held,
            _turn: turn,
        })
    }

    #[cold]
    async fn wait(&self) -> Result<Entered<'_>, Full> {
        let mut backoff = Backoff::new(self.wait, self.clock.now());
        let patience = self.wait.options().patience;
        let turn = self.turns.acquire();
        let mut turn = match patience {
            None => turn.await,
            Some(patience) => {
                let limit = std::time::Duration::from_nanos(patience.0);
                tokio::time::timeout(limit, turn).await.map_err(|_| Full)?
            }
        }
        .map_err(|_| Full)?;
        loop {
            turn = match self.with_slot(turn) {
                Ok(entered) => return Ok(entered),
                Err(turn) => turn,
            };
            let step = backoff.next(self.clock.now(), &mut *self.rng.borrow_mut());
            match step {
                Step::Spin => std::hint::spin_loop(),
                Step::Sleep(time) => sleep(time).await,
                Step::GiveUp => return Err(Full),
            }
        }
    }
}

/// A request that waits, until it does not any more, for whichever reason.
struct Queued(ProcessRow);

impl Queued {
    fn begin(row: ProcessRow) -> Queued {
        row.queued(1);
        Queued(row)
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.queued(-1);
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if let (Some(pool), Some(held)) = (&self.gate.pool, self.held.take()) {
            pool.slots.release(held, &pool.near);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Gauge, Layout, Page};
    use policy::time::Duration;
    use rand_xoshiro::rand_core::SeedableRng;
    use std::sync::atomic::AtomicU64;

    fn gate(concurrency: u32, slots: Option<&'static [AtomicU64]>, patience: Duration) -> Gate {
        let wait = backoff::Config::new(backoff::Options {
            patience: Some(patience),
            ..backoff::Options::default()
        });
        Gate::new(
            concurrency,
            slots.map(|words| Pool::new(Slots::over(words), Owner::SOLE)),
            wait.unwrap(),
            Xoshiro256PlusPlus::seed_from_u64(1),
            Clock,
        )
    }

    fn row() -> ProcessRow {
        let layout = Layout {
            processes: 1,
            balancers: 0,
            backends: 0,
        };
        Page::alone(layout).unwrap().process(0)
    }

    fn words(n: usize) -> &'static [AtomicU64] {
        Box::leak((0..n).map(|_| AtomicU64::new(0)).collect())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_comes_too_late_is_refused_and_who_waits_is_let_in_in_order() {
        let (gate, row) = (gate(1, None, Duration::from_millis(5)), row());
        let first = gate.enter(row).await.unwrap();
        assert_eq!(gate.enter(row).await.err(), Some(Full));
        let leave = async {
            assert_eq!(row.gauge(Gauge::Queued), 1);
            drop(first);
        };
        let (second, ()) = tokio::join!(gate.enter(row), leave);
        assert!(second.is_ok());
        assert_eq!(row.gauge(Gauge::Queued), 0);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_empty_pool_is_waited_for() {
        let words = words(2);
        let gate = gate(9, Some(words), Duration::from_millis(20));
        let row = row();
        let first = gate.enter(row).await.unwrap();
        let second = gate.enter(row).await.unwrap();
        assert_eq!(gate.enter(row).await.err(), Some(Full));
        let (third, ()) = tokio::join!(gate.enter(row), async { drop(first) });
        drop((second, third.unwrap()));
        assert_eq!(Slots::<Native>::over(words).in_use(), 0);
    }
}
