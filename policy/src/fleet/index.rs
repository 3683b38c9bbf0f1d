//! What makes a query O(1): a structure that hears of every change.

use rand_core::Rng;

use super::roster::Roster;
use crate::time::{Duration, Instant};
use crate::view::{BackendId, View};

/// Kept in step by the fleet. An index answers the queries it is for and leaves the others to a scan.
pub trait Index: Default {
    /// Membership, eligibility, a weight or all counts changed: start over. O(n).
    fn rebuild(&mut self, roster: &Roster);

    /// One more request at `slot`, which makes `in_flight`.
    fn started(&mut self, _slot: u32, _in_flight: u32) {}

    /// One request less at `slot`, which leaves `in_flight`.
    fn finished(&mut self, _slot: u32, _in_flight: u32) {}

    /// An answer came from `slot` at `now`, after `response`.
    fn responded(&mut self, _slot: u32, _response: Duration, _now: Instant) {}

    /// See [`View::least_loaded`].
    fn least_loaded<R: Rng>(&self, roster: &Roster, rng: &mut R) -> Option<BackendId> {
        roster.least_loaded(rng)
    }

    /// See [`View::idle`].
    fn idle<R: Rng>(&self, roster: &Roster, rng: &mut R) -> Option<BackendId> {
        roster.idle(rng)
    }

    /// See [`View::expected_response`].
    fn expected_response(&self, _slot: u32, _now: Instant) -> f64 {
        1.0
    }
}

/// For strategies that ask for nothing an index would speed up.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoIndex;

impl Index for NoIndex {
    fn rebuild(&mut self, _: &Roster) {}
}
