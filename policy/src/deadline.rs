//! When nobody waits for an answer any more; it travels with the request through everything that serves it.
//! Cost: O(1), no draw. Source: gRPC, whose calls carry a deadline and pass on what remains of it; Finagle's
//! `Deadline` filter.
//!
//! What is past its deadline is not worth serving: whoever takes a request from a queue, retries or hedges it asks
//! here first. Machines' clocks differ, so what goes over the wire is [`Deadline::remaining`], and the receiver
//! builds its own with [`Deadline::after`]; the time the message took is thereby given away to the server.

use crate::time::{Duration, Instant};

/// An instant from which on an answer is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(Instant);

impl Default for Deadline {
    fn default() -> Self {
        Deadline::NEVER
    }
}

impl From<Instant> for Deadline {
    fn from(at: Instant) -> Self {
        Deadline(at)
    }
}

impl Deadline {
    /// The client waits for as long as it takes.
    pub const NEVER: Deadline = Deadline(Instant::NEVER);

    /// That of a request sent at `now` by a client that waits for `patience`; [`Deadline::NEVER`] for `None`.
    pub fn after(now: Instant, patience: Option<Duration>) -> Deadline {
        patience.map_or(Deadline::NEVER, |patience| Deadline(now + patience))
    }

    /// When it is; [`Instant::NEVER`] if there is none. For whoever sets a timer.
    pub const fn at(self) -> Instant {
        self.0
    }

    /// The earlier of the two: a server with a time limit of its own, an attempt with one shorter than its request's.
    #[must_use]
    pub fn sooner(self, other: Deadline) -> Deadline {
        self.min(other)
    }

    /// Whether nobody waits any more at `now`. At the very instant nobody does.
    pub fn is_past(self, now: Instant) -> bool {
        self != Deadline::NEVER && now >= self.0
    }

    /// How long somebody will wait from `now` on; zero if it is past, `None` if for ever.
    pub fn remaining(self, now: Instant) -> Option<Duration> {
        (self != Deadline::NEVER).then(|| self.0 - now)
    }

    /// Whether what takes `needed` and begins at `now` would end by then.
    pub fn leaves(self, now: Instant, needed: Duration) -> bool {
        self.remaining(now)
            .is_none_or(|remaining| needed <= remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn at_the_very_instant_nobody_waits_but_what_fits_exactly_ends_in_time() {
        let deadline = Deadline::after(Instant(100), Some(Duration(20)));
        assert_eq!(deadline.at(), Instant(120));
        assert!(!deadline.is_past(Instant(119)));
        assert!(deadline.is_past(Instant(120)));
        assert!(deadline.leaves(Instant(113), Duration(7)));
        assert!(!deadline.leaves(Instant(114), Duration(7)));
        assert_eq!(deadline.remaining(Instant(113)), Some(Duration(7)));
        assert_eq!(deadline.remaining(Instant(500)), Some(Duration::ZERO));
    }

    #[test]
    fn never_is_never() {
        assert_eq!(Deadline::after(Instant(100), None), Deadline::NEVER);
        assert_eq!(Deadline::default(), Deadline::NEVER);
        assert!(!Deadline::NEVER.is_past(Instant::NEVER));
        assert_eq!(Deadline::NEVER.remaining(Instant(3)), None);
        assert!(Deadline::NEVER.leaves(Instant(3), Duration(u64::MAX)));
    }

    proptest! {
        /// What is sent on as the time that remains is never later, whatever the two clocks show.
        #[test]
        fn a_deadline_that_travels_comes_no_later(
            sent in 0..1000u64,
            patience in 0..1000u64,
            hop in 0..1000u64,
            own in prop::option::of(0..1000u64),
            skew in 0..1000u64,
        ) {
            let deadline = Deadline::after(Instant(sent), Some(Duration(patience)));
            let at = Instant(sent + hop);
            let there = Instant(at.0 + skew);
            let own = Deadline::after(there, own.map(Duration));
            let passed_on = Deadline::after(there, deadline.remaining(at)).sooner(own);
            prop_assert!(passed_on <= own);
            prop_assert!(passed_on.at().0 - skew <= deadline.at().0.max(at.0));
            prop_assert_eq!(deadline.is_past(at), deadline.remaining(at) == Some(Duration::ZERO));
            if deadline.is_past(at) {
                prop_assert!(passed_on.is_past(there));
            }
        }
    }
}
