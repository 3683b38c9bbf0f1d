//! How attempts fail, as far as whoever might repeat them can tell.

/// What a balancer can tell of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The backend's kernel refused the connection: nobody listens.
    Refused,
    /// No connection came about in time.
    Unreachable,
    /// The connection ended before the response did: it may have been executed.
    Reset,
    /// The response says that it failed.
    Error,
    /// No response in time: it may still be executed.
    Timeout,
    /// The backend was overloaded and said so without executing it.
    Shed,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 6] = [
        Reason::Refused,
        Reason::Unreachable,
        Reason::Reset,
        Reason::Error,
        Reason::Timeout,
        Reason::Shed,
    ];
}

/// A set of reasons, in one byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reasons(u8);

impl Reasons {
    /// None of them.
    pub const NONE: Reasons = Reasons(0);
    /// The request never reached the application: [`Reason::Refused`], [`Reason::Unreachable`].
    pub const NOT_SENT: Reasons = Reasons::NONE
        .with(Reason::Refused)
        .with(Reason::Unreachable);
    /// It may have been executed: [`Reason::Reset`], [`Reason::Error`], [`Reason::Timeout`].
    pub const PERHAPS_EXECUTED: Reasons = Reasons::NONE
        .with(Reason::Reset)
        .with(Reason::Error)
        .with(Reason::Timeout);

    /// These and `reason`.
    pub const fn with(self, reason: Reason) -> Reasons {
        Reasons(self.0 | 1 << reason as u8)
    }

    /// These but not `reason`.
    pub const fn without(self, reason: Reason) -> Reasons {
        Reasons(self.0 & !(1 << reason as u8))
    }

    /// Whether `reason` is one of these.
    pub const fn contains(self, reason: Reason) -> bool {
        self.0 & 1 << reason as u8 != 0
    }
}
