//! Points in time and spans of time, in whole nanoseconds.
//!
//! Integers, so that sums do not depend on their order and equal seeds give equal bytes everywhere. A
//! `u64` of nanoseconds lasts for 584 years.

use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds since the driver's own epoch (the start of a simulation, the start of a process).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl Instant {
    /// The driver's epoch.
    pub const ZERO: Instant = Instant(0);
    /// Later than anything that happens.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// The span from `earlier` to `self`; zero when `earlier` is in fact later, as two threads' clocks may be.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// Whole microseconds; saturates.
    pub const fn from_micros(micros: u64) -> Duration {
        Duration(micros.saturating_mul(1_000))
    }

    /// Whole milliseconds; saturates.
    pub const fn from_millis(millis: u64) -> Duration {
        Duration(millis.saturating_mul(1_000_000))
    }

    /// The nearest whole number of nanoseconds; saturates, and takes a negative or undefined span as zero.
    pub fn from_seconds(seconds: f64) -> Duration {
        Duration((seconds * 1e9 + 0.5) as u64)
    }

    /// Seconds, exact up to 2^53 ns (104 days).
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 * 1e-9
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, span: Duration) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.since(earlier)
    }
}

impl Add for Duration {
    type Output = Duration;

    fn add(self, other: Duration) -> Duration {
        Duration(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_to_the_nearest_nanosecond() {
        assert_eq!(Duration::from_seconds(1.4e-9), Duration(1));
        assert_eq!(Duration::from_seconds(1.6e-9), Duration(2));
        assert_eq!(Duration::from_seconds(-1.0), Duration::ZERO);
        assert_eq!(Duration::from_seconds(f64::NAN), Duration::ZERO);
        assert_eq!(Duration::from_seconds(1e300), Duration(u64::MAX));
    }

    #[test]
    fn a_span_between_clocks_that_disagree_is_zero() {
        assert_eq!(Instant(3) - Instant(5), Duration::ZERO);
    }
}
