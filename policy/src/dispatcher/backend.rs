//! Who is in a slot, and where its breaker stands.

use crate::breaker::{self, Breaker};
use crate::view::{BackendId, Weight};

/// Where a breaker stands, without the particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Closed,
    Open,
    HalfOpen,
}

impl Phase {
    #[inline]
    pub(super) fn of(breaker: &Breaker) -> Phase {
        match breaker.state().phase() {
            breaker::Phase::Closed { .. } => Phase::Closed,
            breaker::Phase::Open { .. } => Phase::Open,
            breaker::Phase::HalfOpen { .. } => Phase::HalfOpen,
        }
    }
}

/// A slot's last occupant: what every request looks at, side by side and apart from what watches it, for with many
/// backends these miss the cache.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backend {
    pub(super) id: BackendId,
    /// As configured: a slow start may give it less.
    pub(super) weight: Weight,
    pub(super) is_member: bool,
    /// Of its breaker, when it was looked at last.
    pub(super) phase: Phase,
}

impl Backend {
    /// Nobody was in `slot` yet.
    pub(super) fn nobody(slot: u32) -> Self {
        Backend {
            id: BackendId {
                slot,
                generation: 0,
            },
            weight: Weight::ONE,
            is_member: false,
            phase: Phase::Closed,
        }
    }
}

/// Whether `breaker` has let a probe through that has not ended.
pub(super) fn holds_a_permit(breaker: &Breaker) -> bool {
    match breaker.state().phase() {
        breaker::Phase::HalfOpen { holders, .. } => holders.iter().any(Option::is_some),
        _ => false,
    }
}
