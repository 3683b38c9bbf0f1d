//! A strategy together with what it chooses from.

use rand_core::Rng;

use crate::fleet::{Elsewhere, Fleet};
use crate::strategy::Strategy;
use crate::time::{Duration, Instant};
use crate::view::{BackendId, Request, View};

/// A strategy that is told of a changed fleet before it picks from it, over any [`View`].
///
/// A worker that picks over a board shared with others holds one of these; a worker that keeps its own
/// counts holds a [`Balancer`].
#[derive(Clone, Debug)]
pub struct Chooser<S> {
    strategy: S,
    seen: Option<u64>,
}

impl<S: Strategy> Chooser<S> {
    /// Has seen no fleet yet.
    pub fn new(strategy: S) -> Self {
        Chooser {
            strategy,
            seen: None,
        }
    }

    /// How it chooses, and what it remembers.
    pub fn strategy(&self) -> &S {
        &self.strategy
    }

    /// The backend for `request`; `None` when none is eligible. Counts nothing: whoever sends the request
    /// says so. Costs what the strategy says, plus its refresh after a change.
    #[inline(always)]
    pub fn pick<V: View, R: Rng>(
        &mut self,
        request: &Request,
        view: &V,
        now: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        let epoch = view.epoch();
        if self.seen != Some(epoch) {
            self.strategy.refresh(view);
            self.seen = Some(epoch);
        }
        self.strategy.pick(request, view, now, rng)
    }
}

/// One worker's balancer: it picks, and counts what it sent where.
#[derive(Clone, Debug)]
pub struct Balancer<S: Strategy> {
    chooser: Chooser<S>,
    fleet: Fleet<S::Index>,
}

impl<S: Strategy> Balancer<S> {
    /// Balances over `fleet` by `strategy`.
    pub fn new(strategy: S, fleet: Fleet<S::Index>) -> Self {
        Balancer {
            chooser: Chooser::new(strategy),
            fleet,
        }
    }

    /// The backend for `request`; `None` when none is eligible. Follow it with [`Balancer::start`] once the
    /// request is really sent.
    #[inline(always)]
    pub fn pick<R: Rng>(
        &mut self,
        request: &Request,
        now: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        self.chooser.pick(request, &self.fleet, now, rng)
    }

    /// The backend for `request`, another than `avoid` if any other is eligible: for a second attempt at what has failed
    /// there, or has not been answered. Counts nothing, as [`Balancer::pick`].
    ///
    /// A strategy that leaves it to chance is asked again, up to three times in all; then `avoid` is left out, at O(n) and
    /// what the strategy's refresh costs. (Envoy's previous-hosts predicate asks again and takes what comes; nginx leaves
    /// out.)
    pub fn pick_other<R: Rng>(
        &mut self,
        request: &Request,
        avoid: BackendId,
        now: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        self.other(avoid, |balancer| balancer.pick(request, now, rng))
    }

    /// [`Balancer::pick`], or [`Balancer::pick_other`] if somebody is to be avoided, by what somebody else counts: what the
    /// backend in a slot has in flight is asked for when it is needed. No index helps a strategy then; queries about all
    /// backends scan.
    pub fn pick_over<R: Rng>(
        &mut self,
        request: &Request,
        avoid: Option<BackendId>,
        in_flight: impl Fn(u32) -> u32,
        now: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        let mut pick = |balancer: &mut Self| {
            let view = Elsewhere::new(&balancer.fleet, &in_flight);
            balancer.chooser.pick(request, &view, now, rng)
        };
        match avoid {
            None => pick(self),
            Some(avoid) => self.other(avoid, pick),
        }
    }

    fn other(
        &mut self,
        avoid: BackendId,
        mut pick: impl FnMut(&mut Self) -> Option<BackendId>,
    ) -> Option<BackendId> {
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            let id = pick(self)?;
            if id != avoid {
                return Some(id);
            }
        }
        // It was picked, so it is eligible.
        self.fleet.set_eligible(avoid, false);
        let other = pick(self);
        self.fleet.set_eligible(avoid, true);
        other.or(Some(avoid))
    }

    /// Picks and counts at once, for a driver to which choosing is sending.
    #[inline(always)]
    pub fn assign<R: Rng>(
        &mut self,
        request: &Request,
        now: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        let id = self.pick(request, now, rng)?;
        self.fleet.start(id);
        Some(id)
    }

    /// A request was sent to `id`. `false`, and nothing counted, if `id` has left the fleet.
    #[inline]
    pub fn start(&mut self, id: BackendId) -> bool {
        self.fleet.start(id)
    }

    /// A request sent to `id` ended at `now`; `response` is how long the answer took, if one came.
    /// `false`, and nothing counted, if `id` has left the fleet since.
    #[inline]
    pub fn finish(&mut self, id: BackendId, response: Option<Duration>, now: Instant) -> bool {
        self.fleet.finish(id, response, now)
    }

    /// Who is there and how loaded.
    pub fn fleet(&self) -> &Fleet<S::Index> {
        &self.fleet
    }

    #[cfg(test)]
    pub(crate) fn strategy_mut(&mut self) -> &mut S {
        &mut self.chooser.strategy
    }

    /// To add, remove, weigh, or make eligible and ineligible.
    pub fn fleet_mut(&mut self) -> &mut Fleet<S::Index> {
        &mut self.fleet
    }
}
