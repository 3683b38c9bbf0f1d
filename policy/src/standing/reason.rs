//! What may be held against a backend, and all that is held against one.

/// What may be held against a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// It is not there.
    Absent,
    /// It is on its way out, or was taken out by hand.
    Draining,
    /// It is being started.
    Starting,
    /// Active health checks found it down.
    Unhealthy,
    /// Passive health checks did.
    Failing,
    /// Its breaker is open.
    Open,
    /// It was ejected as an outlier.
    Ejected,
}

impl Reason {
    /// Every reason there is, in the order in which they count: what a backend that has several is said to be.
    pub const ALL: [Reason; 7] = [
        Reason::Absent,
        Reason::Draining,
        Reason::Starting,
        Reason::Unhealthy,
        Reason::Failing,
        Reason::Open,
        Reason::Ejected,
    ];

    /// Whether it is a judgement on its health, which is ignored in a panic.
    pub fn is_health(self) -> bool {
        self.bit() & Reasons::HEALTH != 0
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// All that is held against one backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reasons(u8);

impl Reasons {
    const HEALTH: u8 = Reason::Unhealthy.bit() | Reason::Failing.bit() | Reason::Ejected.bit();
    const NO_MEMBER: u8 = Reason::Absent.bit() | Reason::Draining.bit() | Reason::Starting.bit();

    pub(super) const ABSENT: Reasons = Reasons(Reason::Absent.bit());

    pub(super) fn with(self, reason: Reason, holds: bool) -> Reasons {
        if holds {
            Reasons(self.0 | reason.bit())
        } else {
            Reasons(self.0 & !reason.bit())
        }
    }

    pub(super) fn contains(self, reason: Reason) -> bool {
        self.0 & reason.bit() != 0
    }

    /// Whether it is there to serve.
    pub(super) fn is_member(self) -> bool {
        self.0 & Self::NO_MEMBER == 0
    }

    /// Whether it is a member, and well as far as anybody knows.
    pub(super) fn is_healthy(self) -> bool {
        self.0 & (Self::NO_MEMBER | Self::HEALTH) == 0
    }

    /// Whether its health is among what is held against it.
    pub(super) fn is_judged(self) -> bool {
        self.0 & Self::HEALTH != 0
    }

    /// Whether nothing is in the way, `in_panic` but its health.
    pub(super) fn permit(self, in_panic: bool) -> bool {
        let ignored = if in_panic { Self::HEALTH } else { 0 };
        self.0 & !ignored == 0
    }
}
