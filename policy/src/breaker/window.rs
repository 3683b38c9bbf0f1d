//! The share of recent requests that failed, counted in a ring of time buckets.
//! Cost: O(1) to record; O(buckets) to ask, which a breaker does after failures only. Source: Hystrix's rolling
//! window.
//!
//! A bucket is one word that says itself what it counted, so that buckets can be shared as atomics and none ever
//! has to be cleared: one that was counted in another lap of the ring, or before the breaker last opened, is void.

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// The failure rate at which a breaker opens, and over what it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FailureRate {
    /// Opens when failures / requests reaches this, in thousandths: 1 to 1000.
    pub thousandths: u32,
    /// Requests that the window must hold before its rate means anything. At least 1.
    pub minimum: u32,
    /// The span of one bucket. The window's span is this times `buckets`; up to one bucket of it is still to
    /// come.
    pub bucket: Duration,
    /// How many buckets, 1 to 64.
    pub buckets: u32,
}

impl FailureRate {
    /// Half of at least twenty requests in ten seconds: Hystrix's defaults.
    pub const HALF: FailureRate = FailureRate {
        thousandths: 500,
        minimum: 20,
        bucket: Duration::from_millis(1_000),
        buckets: 10,
    };

    pub(super) fn check(&self) -> Result<(), Invalid> {
        Invalid::unless(
            (1..=1000).contains(&self.thousandths),
            "the failure rate that opens a breaker must be 1 to 1000 thousandths",
        )?;
        Invalid::unless(
            self.minimum > 0,
            "a failure rate must be measured over at least 1 request",
        )?;
        Invalid::unless(
            self.bucket > Duration::ZERO && (1..=64).contains(&self.buckets),
            "the window of a failure rate must have 1 to 64 buckets of positive span",
        )
    }

    /// Which bucket of the ring counts what happens at `now`.
    pub fn position(&self, now: Instant) -> usize {
        (now.0 / self.bucket.0 % u64::from(self.buckets)) as usize
    }

    /// What that bucket is stamped with while the breaker is of this `generation`.
    pub fn stamp(&self, generation: u32, now: Instant) -> Stamp {
        Stamp(generation << 24 | (now.0 / self.bucket.0) as u32 & Stamp::LAP)
    }

    /// What the buckets of one ring counted in the window that ends at `now`, in this `generation`.
    pub fn tally(
        &self,
        ring: impl IntoIterator<Item = Bucket>,
        generation: u32,
        now: Instant,
    ) -> Tally {
        let stamp = self.stamp(generation, now);
        let mut tally = Tally::default();
        for bucket in ring {
            if stamp
                .age_of(bucket.stamp())
                .is_some_and(|age| age < self.buckets)
            {
                tally.failures += bucket.failures();
                tally.requests += bucket.requests();
            }
        }
        tally
    }

    /// Whether `tally` is reason to open.
    pub fn is_reached(&self, tally: Tally) -> bool {
        tally.requests >= self.minimum
            && u64::from(tally.failures) * 1000
                >= u64::from(tally.requests) * u64::from(self.thousandths)
    }
}

/// What a bucket belongs to: the breaker's generation (its low 8 bits) and the time, counted in buckets (its
/// low 24 bits: 194 days of one-second buckets, after which a bucket that nobody touched for exactly as long
/// would count again).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp(u32);

impl Stamp {
    const LAP: u32 = (1 << 24) - 1;
    /// How many buckets a thread may have been suspended, or its clock be behind, and still be known for late. Few
    /// beside those of a lap: a bucket that was left alone for nearly a lap passes for one of the future, until it
    /// is out of this range.
    const RECENT: u32 = 1 << 12;

    /// By how many buckets `other` is older, 0 if a clock that is ahead began it; `None` if it is of another generation.
    fn age_of(self, other: Stamp) -> Option<u32> {
        let age = self.0.wrapping_sub(other.0) & Stamp::LAP;
        let age = if self.is_before(other) { 0 } else { age };
        (self.0 >> 24 == other.0 >> 24).then_some(age)
    }

    /// Whether `other` came after `self` and not long after: within [`Stamp::RECENT`] buckets, or in the same one in
    /// a later generation.
    fn is_before(self, other: Stamp) -> bool {
        let later = other.0.wrapping_sub(self.0) & Stamp::LAP;
        let generations = (other.0 >> 24).wrapping_sub(self.0 >> 24) & 0xff;
        match later {
            0 => (1..0x80).contains(&generations),
            _ => later <= Stamp::RECENT,
        }
    }
}

/// What was counted in one bucket: stamp 32 bits | failures 16 | requests 16.
///
/// When 65,535 requests are counted, both counts are halved: the rate stays what it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bucket(u64);

impl Bucket {
    /// The word that says all of it, for an atomic.
    pub fn to_bits(self) -> u64 {
        self.0
    }

    /// What [`Bucket::to_bits`] said.
    pub fn from_bits(bits: u64) -> Bucket {
        Bucket(bits)
    }

    /// Counts one request, in a bucket started afresh if `self` belongs to anything before `stamp`. What `self` counts
    /// since then is left alone: a thread that was suspended on its way here does not wipe it out.
    pub fn record(self, stamp: Stamp, failed: bool) -> Bucket {
        if self.requests() > 0 && stamp.is_before(self.stamp()) {
            return self;
        }
        let (failures, requests) = match self {
            other if other.stamp() != stamp => (0, 0),
            full if full.requests() == u32::from(u16::MAX) => {
                (full.failures() / 2, full.requests() / 2)
            }
            Bucket(_) => (self.failures(), self.requests()),
        };
        let counts = (failures + u32::from(failed)) << 16 | (requests + 1);
        Bucket(u64::from(stamp.0) << 32 | u64::from(counts))
    }

    fn stamp(self) -> Stamp {
        Stamp((self.0 >> 32) as u32)
    }

    fn failures(self) -> u32 {
        (self.0 >> 16) as u32 & 0xffff
    }

    fn requests(self) -> u32 {
        self.0 as u32 & 0xffff
    }
}

/// Requests that ended within a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    /// Those that failed.
    pub failures: u32,
    /// All of them.
    pub requests: u32,
}

/// The ring of one worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    rate: FailureRate,
    ring: Box<[Bucket]>,
}

impl Window {
    /// Has counted nothing.
    pub(super) fn new(rate: FailureRate) -> Self {
        Window {
            rate,
            ring: vec![Bucket::default(); rate.buckets as usize].into(),
        }
    }

    /// Counts one request that ended at `now`.
    pub(super) fn record(&mut self, generation: u32, now: Instant, failed: bool) {
        let bucket = &mut self.ring[self.rate.position(now)];
        *bucket = bucket.record(self.rate.stamp(generation, now), failed);
    }

    /// Whether the window that ends at `now` is reason to open.
    pub(super) fn is_reached(&self, generation: u32, now: Instant) -> bool {
        let ring = self.ring.iter().copied();
        self.rate.is_reached(self.rate.tally(ring, generation, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TENTHS: FailureRate = FailureRate {
        bucket: Duration(10),
        buckets: 4,
        ..FailureRate::HALF
    };

    fn tally(window: &Window, generation: u32, now: u64) -> (u32, u32) {
        let tally = TENTHS.tally(window.ring.iter().copied(), generation, Instant(now));
        (tally.failures, tally.requests)
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let mut window = Window::new(TENTHS);
        window.record(0, Instant(5), true);
        window.record(0, Instant(25), false);
        assert_eq!(tally(&window, 0, 39), (1, 2));
        assert_eq!(tally(&window, 0, 40), (0, 1));
        assert_eq!(tally(&window, 0, 65), (0, 0));
    }

    #[test]
    fn what_was_counted_before_the_breaker_opened_does_not_count() {
        let mut window = Window::new(TENTHS);
        window.record(0, Instant(5), true);
        assert_eq!(tally(&window, 3, 5), (0, 0));
        window.record(3, Instant(5), false);
        assert_eq!(tally(&window, 3, 5), (0, 1));
    }

    #[test]
    fn what_comes_late_wipes_nothing_out() {
        let mut window = Window::new(TENTHS);
        window.record(3, Instant(45), true);
        window.record(0, Instant(45), false);
        window.record(3, Instant(5), false);
        assert_eq!(tally(&window, 3, 45), (1, 1));
    }

    #[test]
    fn what_a_clock_ahead_counted_counts() {
        let mut window = Window::new(TENTHS);
        window.record(0, Instant(41), true);
        window.record(0, Instant(39), true);
        assert_eq!(tally(&window, 0, 39), (2, 2));
    }

    #[test]
    fn a_full_bucket_keeps_its_rate() {
        let stamp = TENTHS.stamp(7, Instant(12));
        let mut bucket = Bucket::default();
        for n in 0..200_000 {
            bucket = bucket.record(stamp, n % 4 == 0);
        }
        let rate = f64::from(bucket.failures()) / f64::from(bucket.requests());
        assert!((rate - 0.25).abs() < 1e-4, "{rate}");
    }

    #[test]
    fn a_rate_needs_its_minimum_and_is_reached_exactly() {
        let reached = |failures, requests| TENTHS.is_reached(Tally { failures, requests });
        assert!(!reached(19, 19));
        assert!(!reached(9, 20));
        assert!(reached(10, 20));
        assert!(!reached(u32::MAX / 2, u32::MAX));
        assert!(reached(u32::MAX / 2 + 1, u32::MAX));
    }

    proptest! {
        #[test]
        fn counts_what_a_list_of_all_requests_counts(
            steps in prop::collection::vec((0..30u64, any::<bool>()), 1..100),
            generation in 0..1u32 << 20,
        ) {
            let mut window = Window::new(TENTHS);
            let mut all = Vec::new();
            let mut now = (1 << 24) * 10 - 500;
            for (passed, failed) in steps {
                now += passed;
                window.record(generation, Instant(now), failed);
                all.push((now / 10, failed));
                let recent = || all.iter().filter(|(at, _)| now / 10 - at < 4);
                let failures = recent().filter(|(_, failed)| *failed).count() as u32;
                prop_assert_eq!(tally(&window, generation, now), (failures, recent().count() as u32));
            }
        }
    }
}
