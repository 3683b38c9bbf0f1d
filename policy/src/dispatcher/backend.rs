//! One backend: who it is, and what keeps an eye on it.

use super::Config;
use crate::breaker::{self, Breaker};
use crate::health::active::Prober;
use crate::health::passive::Observer;
use crate::slow_start::Ramp;
use crate::time::Instant;
use crate::view::{BackendId, Weight};

/// Where a breaker stands, without the particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Closed,
    Open,
    HalfOpen,
}

/// A slot, its last occupant and what is held of that one. Each control is there if the configuration has it.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pub(super) id: BackendId,
    pub(super) is_member: bool,
    /// As configured: a slow start may give it less.
    pub(super) weight: Weight,
    pub(super) prober: Option<Prober>,
    pub(super) passive: Option<Observer>,
    pub(super) breaker: Option<Breaker>,
    /// Of its breaker, when it was looked at last.
    pub(super) phase: Phase,
    pub(super) ramp: Option<Ramp>,
}

impl Backend {
    /// Nobody is in `slot`, and nothing is known of who comes.
    pub(super) fn nobody(slot: u32, config: &Config) -> Self {
        Backend {
            id: BackendId {
                slot,
                generation: 0,
            },
            is_member: false,
            weight: Weight::ONE,
            prober: (config.probes).map(|config| Prober::new(config, Instant::NEVER)),
            passive: config.passive.map(Observer::new),
            breaker: config.breaker.map(Breaker::new),
            phase: Phase::Closed,
            ramp: config.slow_start.map(Ramp::new),
        }
    }

    /// Whether probes have to find it well before it may be chosen.
    pub(super) fn starts_ill(&self) -> bool {
        self.prober.as_ref().is_some_and(|prober| !prober.is_up())
    }

    /// Where its breaker stands.
    #[inline]
    pub(super) fn breaker_phase(&self) -> Phase {
        let phase = self.breaker.as_ref().map(|breaker| breaker.state().phase());
        match phase {
            None | Some(breaker::Phase::Closed { .. }) => Phase::Closed,
            Some(breaker::Phase::Open { .. }) => Phase::Open,
            Some(breaker::Phase::HalfOpen { .. }) => Phase::HalfOpen,
        }
    }

    /// Whether its breaker has let a probe through that has not ended.
    pub(super) fn holds_a_permit(&self) -> bool {
        let phase = self.breaker.as_ref().map(|breaker| breaker.state().phase());
        match phase {
            Some(breaker::Phase::HalfOpen { holders, .. }) => holders.iter().any(Option::is_some),
            _ => false,
        }
    }
}
