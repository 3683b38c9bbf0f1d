//! What a strategy may know of the backends, whoever keeps the knowledge.
//!
//! A [`crate::Fleet`] answers from one worker's own counts, with indices that make the queries O(1). A board
//! shared between processes answers from atomics that move while they are read: this is why everything
//! that depends on a count returns an `Option`, and why the queries have scanning defaults.

use rand_core::Rng;

use crate::load::Load;
use crate::random::Reservoir;
use crate::time::Instant;

/// A backend's place in the fleet and which occupant of that place is meant.
///
/// Slots are reused; the generation tells a removed backend from its successor, so a result that arrives
/// late can never be charged to the wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BackendId {
    /// Index into per-backend tables.
    pub slot: u32,
    /// How often the slot has been given away before.
    pub generation: u32,
}

/// A relative share of the traffic, in thousandths, so that comparisons are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Weight(u32);

impl Weight {
    /// The weight of a backend that states none.
    pub const ONE: Weight = Weight(1000);
    /// The smallest weight. A backend that is to get nothing is drained (made ineligible) instead.
    pub const MIN: Weight = Weight(1);
    /// The largest weight, 65,535 as in nginx.
    pub const MAX: Weight = Weight(65_535_000);

    /// The nearest weight in thousandths; `None` outside 0.001 to 65,535.
    pub fn new(weight: f64) -> Option<Weight> {
        let thousandths = weight * 1000.0 + 0.5;
        let inside = thousandths >= 1.0 && thousandths < f64::from(Self::MAX.0) + 1.0;
        inside.then_some(Weight(thousandths as u32))
    }

    /// The weight times 1000.
    #[inline]
    pub fn thousandths(self) -> u32 {
        self.0
    }

    /// The weight as the user wrote it, to three decimals.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

/// One backend as the strategies see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it is.
    pub id: BackendId,
    /// Its share.
    pub weight: Weight,
    /// A hash of what it is (its address), equal across restarts, reloads and balancers. Hashing
    /// strategies place by this and never by the slot.
    pub identity: u64,
}

/// What a strategy may know of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// A hash of what the request should be placed by: client address, cookie, header, cache key.
    pub key: u64,
}

/// What a strategy may know of the backends. Reading never changes anything.
///
/// Only eligible backends may be chosen; [`View::members`] also lists the others, because a hash that
/// forgets a backend for a moment moves more keys than one that skips it.
pub trait View {
    /// Changes whenever membership, eligibility or a weight does, and at no other time. Where writers race
    /// with readers it changes after what it announces: a reader that sees the new epoch sees the change.
    fn epoch(&self) -> u64;

    /// All backends, eligible or not, by ascending slot.
    fn members(&self) -> &[Member];

    /// How many backends may be chosen. A moment later it may be another number.
    fn eligible_count(&self) -> u32;

    /// The `n`-th eligible backend in an arbitrary, fixed order; `None` when there are no more than `n`, be
    /// it that there were more when they were counted.
    fn nth_eligible(&self, n: u32) -> Option<BackendId>;

    /// The first eligible backend at `slot` or above, else the first of all. O(slots / 64).
    fn next_eligible(&self, slot: u32) -> Option<BackendId>;

    /// Whether `id` may be chosen now. `false` for an id of an earlier generation.
    fn is_eligible(&self, id: BackendId) -> bool;

    /// Requests that were sent to `id` and have not come back. `id` must be one of [`View::members`], here
    /// and wherever a question is about one backend; only [`View::is_eligible`] may be asked of any id.
    fn in_flight(&self, id: BackendId) -> u32;

    /// The sum of [`View::in_flight`] over all members.
    fn total_in_flight(&self) -> u64;

    /// The share of `id`.
    fn weight(&self, id: BackendId) -> Weight;

    /// One of the eligible backends for a number below [`View::eligible_count`]: the `n`-th or, if that count
    /// is out of date, another. `None` only when there is none.
    #[inline]
    fn eligible_at(&self, n: u32) -> Option<BackendId> {
        self.nth_eligible(n).or_else(|| self.next_eligible(0))
    }

    /// What a request sent to an idle `id` may expect to wait for its answer, in any unit that is the same
    /// for all backends. A view that measures nothing says 1 for everyone.
    fn expected_response(&self, _id: BackendId, _now: Instant) -> f64 {
        1.0
    }

    /// In-flight requests relative to weight, in an order that is exact.
    fn load(&self, id: BackendId) -> Load {
        Load::new(self.in_flight(id), self.weight(id))
    }

    /// An eligible backend of least [`View::load`], every such one equally likely. This default scans all.
    fn least_loaded<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        least_loaded_of(self, eligible(self), rng)
    }

    /// An eligible backend with nothing in flight, every such one equally likely. This default scans all.
    fn idle<R: Rng>(&self, rng: &mut R) -> Option<BackendId> {
        idle_of(self, eligible(self), rng)
    }
}

/// All eligible backends, by ascending slot. One that stays eligible meanwhile is listed, whatever becomes
/// of the others: an ordinal would have slipped past it. O(slots).
pub(crate) fn eligible<V: View + ?Sized>(view: &V) -> impl Iterator<Item = BackendId> + '_ {
    std::iter::successors(view.next_eligible(0), |last| {
        let next = view.next_eligible(last.slot + 1)?;
        (next.slot > last.slot).then_some(next)
    })
}

/// Of `ids` one of least load, every such one equally likely.
pub(crate) fn least_loaded_of<V: View + ?Sized, R: Rng>(
    view: &V,
    ids: impl Iterator<Item = BackendId>,
    rng: &mut R,
) -> Option<BackendId> {
    let mut least: Option<Load> = None;
    let mut tied = Reservoir::new();
    for id in ids {
        let load = view.load(id);
        match least {
            Some(best) if load > best => continue,
            Some(best) if load == best => {}
            _ => {
                least = Some(load);
                tied = Reservoir::new();
            }
        }
        tied.offer(id, rng);
    }
    tied.into_chosen()
}

/// Of `ids` one with nothing in flight, every such one equally likely.
pub(crate) fn idle_of<V: View + ?Sized, R: Rng>(
    view: &V,
    ids: impl Iterator<Item = BackendId>,
    rng: &mut R,
) -> Option<BackendId> {
    let mut idle = Reservoir::new();
    for id in ids.filter(|&id| view.in_flight(id) == 0) {
        idle.offer(id, rng);
    }
    idle.into_chosen()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_to_three_decimals_within_their_range() {
        assert_eq!(Weight::new(1.0), Some(Weight::ONE));
        assert_eq!(Weight::new(0.001), Some(Weight::MIN));
        assert_eq!(Weight::new(65_535.0), Some(Weight::MAX));
        assert_eq!(Weight::new(2.5).map(Weight::as_f64), Some(2.5));
        for outside in [0.0, 0.0004, -1.0, 65_535.6, f64::NAN, f64::INFINITY] {
            assert_eq!(Weight::new(outside), None, "{outside}");
        }
    }
}
