//! Attempts: where each goes, and what its breaker lets it through with.

use rand_core::Rng;

use super::backend::Phase;
use super::{Counting, Dispatcher};
use crate::breaker::Permit;
use crate::time::Instant;
use crate::view::{BackendId, Request};

/// Where an attempt goes, and what its breaker let it through with, if there is one. Both are given back to
/// [`Dispatcher::ended`], however it ends.
pub type Assigned = (BackendId, Option<Permit>);

impl Dispatcher {
    /// Where `request` goes, not to `avoid` if there is another; `None` when nobody may be chosen. It is counted there.
    pub fn assign<R: Rng>(
        &mut self,
        request: &Request,
        avoid: Option<BackendId>,
        now: Instant,
        rng: &mut R,
    ) -> Option<Assigned> {
        loop {
            let id = match avoid {
                None => self.balancer.pick(request, now, rng)?,
                Some(avoid) => self.balancer.pick_other(request, avoid, now, rng)?,
            };
            if let Some(assigned) = self.place(id, now) {
                return Some(assigned);
            }
        }
    }

    /// [`Dispatcher::assign`] where what is in flight is looked up, by slot, when it is asked for: on a
    /// [board](crate::shared::Board). Strategies that compare loads look at two or at all.
    pub fn assign_over<R: Rng>(
        &mut self,
        request: &Request,
        avoid: Option<BackendId>,
        in_flight: impl Fn(u32) -> u32,
        now: Instant,
        rng: &mut R,
    ) -> Option<Assigned> {
        loop {
            let id = self
                .balancer
                .pick_over(request, avoid, &in_flight, now, rng)?;
            if let Some(assigned) = self.place(id, now) {
                return Some(assigned);
            }
        }
    }

    /// An attempt at a request that is kept at `id` goes there; `None`, and nothing counted, if that may not be chosen now.
    pub fn assign_to(&mut self, id: BackendId, now: Instant) -> Option<Assigned> {
        if self.balancer.is_eligible(id) {
            self.place(id, now)
        } else {
            None
        }
    }

    /// Places an attempt at `id`, which is eligible. `None` if its breaker does not let it through after all; then it is
    /// not eligible any more. That takes a clock that runs backwards, for a breaker that lets nobody through keeps its
    /// backend from being chosen.
    #[inline]
    fn place(&mut self, id: BackendId, now: Instant) -> Option<Assigned> {
        let breaker = self.breakers.get_mut(id.slot as usize);
        let admitted = breaker.map(|breaker| breaker.admit(now)).transpose();
        if self.config.counting == Counting::Own && admitted.is_ok() {
            self.balancer.start(id);
        }
        self.look_at_breaker(id.slot, now);
        admitted.ok().map(|permit| (id, permit))
    }

    /// A breaker may have changed, or its time may have come: whether its backend may be chosen.
    #[inline]
    pub(super) fn look_at_breaker(&mut self, slot: u32, now: Instant) {
        let Some(breaker) = self.breakers.get(slot as usize) else {
            return;
        };
        let known = self.backends[slot as usize].phase;
        // As nearly always: nothing is held against it, and nothing is to be planned.
        if (known, Phase::of(breaker)) != (Phase::Closed, Phase::Closed) {
            self.breaker_stands(slot, now);
        }
    }
}
