//! How attempts fail, as far as whoever might repeat them can tell.
//!
//! Three of them sound alike and ask for different things. [`Reason::Refused`] is nobody there: the kernel answered.
//! [`Reason::Full`] is no room at this backend at this moment, which another may have. [`Reason::Shed`] is a decision
//! to do less: who sheds asks for fewer requests, and a retry is one more.

/// What a balancer can tell of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nobody listens: the backend's kernel refused the connection. It is not that somebody listens and has no room.
    Refused,
    /// No connection came about in time.
    Unreachable,
    /// A queue was full: the backend said so at once (503) and did not execute it. Another backend may have room, so it
    /// is retried by default, unlike [`Reason::Shed`]: a bound on one queue says nothing of the others. When all are
    /// full only the budget keeps retries from adding to it.
    Full,
    /// The connection ended before the response did: it may have been executed.
    Reset,
    /// The response says that it failed: it may have been executed.
    Error,
    /// A connection, but no response in time: it may still be executed.
    Timeout,
    /// Admission control turned it away, or dropped it from the queue: a rate or concurrency limit, CoDel. The backend
    /// has too much to do and said so without executing it. Not retried by default: it asks for less.
    Shed,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 7] = [
        Reason::Refused,
        Reason::Unreachable,
        Reason::Full,
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
    /// The request never reached the application, and nobody asks for less: [`Reason::Refused`],
    /// [`Reason::Unreachable`], [`Reason::Full`].
    pub const NOT_SENT: Reasons = Reasons::NONE
        .with(Reason::Refused)
        .with(Reason::Unreachable)
        .with(Reason::Full);
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
