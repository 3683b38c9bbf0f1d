//! What can be read of a dispatcher: for metrics, status pages and tests.

use super::backend::holds_a_permit;
use super::{Counting, Dispatcher};
use crate::admission::Limiter;
use crate::breaker::{Breaker, State};
use crate::slow_start::Ramp;
use crate::standing::Reason;
use crate::time::Instant;
use crate::view::{BackendId, Member};

/// How often something happened. Monotone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Probes that were to be sent.
    pub probes: u64,
    /// Times probes found a backend down.
    pub unhealthy: u64,
    /// Times a backend failed so many requests that it was taken for down.
    pub failing: u64,
    /// Times a backend was ejected for being worse than the others.
    pub ejected: u64,
    /// Times a breaker opened.
    pub breaker_openings: u64,
}

/// Of how many backends something holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Held to be ill, by whomever: unhealthy, failing or ejected.
    pub ill: u32,
    /// With an open breaker.
    pub open: u32,
    /// With a half-open one.
    pub half_open: u32,
}

impl Levels {
    pub(super) fn change(&mut self, open: i32, half_open: i32) {
        self.open = self.open.saturating_add_signed(open);
        self.half_open = self.half_open.saturating_add_signed(half_open);
    }
}

impl Dispatcher {
    /// Who is there, eligible or not, by ascending slot. A member's weight is what its slow start lets it have.
    pub fn members(&self) -> &[Member] {
        self.balancer.members()
    }

    /// How many slots there are, occupied or not.
    pub fn slots(&self) -> u32 {
        self.backends.len() as u32
    }

    /// Whether `id` is there.
    pub fn is_member(&self, id: BackendId) -> bool {
        let backend = self.backends.get(id.slot as usize);
        backend.is_some_and(|backend| backend.is_member && backend.id == id)
    }

    /// Whether `id` may be chosen now.
    pub fn is_eligible(&self, id: BackendId) -> bool {
        self.balancer.is_eligible(id)
    }

    /// Why `id` may not be chosen, the weightiest first: [`Reason::Absent`] if it has left. What is a judgement on health is
    /// listed [in a panic](Dispatcher::is_panicking) too, though ignored.
    pub fn reasons(&self, id: BackendId) -> impl Iterator<Item = Reason> + '_ {
        let here = self.is_member(id);
        let held = move |reason: &Reason| match here {
            true => self.standings.holds(id.slot, *reason),
            false => *reason == Reason::Absent,
        };
        Reason::ALL.into_iter().filter(held)
    }

    /// Whether `reason` is held against `id`.
    pub fn holds(&self, id: BackendId, reason: Reason) -> bool {
        self.reasons(id).any(|held| held == reason)
    }

    /// The state of the breaker of `id`, if it has one and is there.
    pub fn breaker(&self, id: BackendId) -> Option<State> {
        let breaker = self.breakers.get(id.slot as usize);
        breaker.filter(|_| self.is_member(id)).map(Breaker::state)
    }

    /// How many thousandths of its weight the slow start of `id` lets it have.
    pub fn slow_start_thousandths(&self, id: BackendId) -> u32 {
        let ramp = self.ramps.get(id.slot as usize);
        ramp.map_or(1000, Ramp::factor)
    }

    /// What `id` has in flight, as this dispatcher counts or was shown it; 0 if it has left.
    pub fn in_flight(&self, id: BackendId) -> u32 {
        match self.is_member(id) {
            true => self.balancer.in_flight(id),
            false => 0,
        }
    }

    /// Whether health is ignored, there being too little of it.
    pub fn is_panicking(&self) -> bool {
        self.standings.is_panicking()
    }

    /// The limit on requests at once, if there is one, and how many there are.
    pub fn limiter(&self) -> Option<&Limiter> {
        self.limiter.as_ref()
    }

    /// How many retries and hedges the budget allows at `now`, if there is one.
    pub fn retry_balance(&self, now: Instant) -> Option<u64> {
        self.budget.as_ref().map(|budget| budget.balance(now))
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Of how many backends something holds now. O(1).
    pub fn levels(&self) -> Levels {
        Levels {
            ill: self.standings.ill(),
            ..self.levels
        }
    }

    /// Changes whenever who is there does, a weight, what is held against whom, or a breaker's phase: who shows them looks
    /// again when this has changed. Seldom does it change and none of them.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether nothing is under way: whatever was taken was given back.
    pub fn is_idle(&self) -> bool {
        let counted = match self.config.counting {
            Counting::Own => self.balancer.total_in_flight(),
            Counting::Elsewhere => 0,
        };
        let admitted = self.limiter.as_ref().map_or(0, Limiter::in_flight);
        counted == 0 && admitted == 0 && !self.breakers.iter().any(holds_a_permit)
    }

    /// The board shows `in_flight`, by slot. Not for who counts itself. O(n).
    ///
    /// # Panics
    /// If there is not one count for each of the [slots](Dispatcher::slots).
    pub fn observe(&mut self, in_flight: &[u32]) {
        if self.config.counting == Counting::Elsewhere {
            self.balancer.observe(in_flight);
        }
    }
}
