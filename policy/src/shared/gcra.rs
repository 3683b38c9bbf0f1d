//! A limit on the rate of requests that all workers keep together: a token bucket in one word.
//!
//! Admit: a load, a compare-and-swap; a refusal only loads. Lock-free: a step is repeated only when another
//! thread was admitted. Source: the generic cell rate algorithm, ITU-T I.371.
//!
//! The word is the theoretical arrival time: when the next request would come if all came exactly one interval
//! apart. A request is in order if it comes no earlier than that less the tolerance, which is `burst` - 1 intervals;
//! it then moves that time on by one interval. A bucket that fills while nobody looks needs no timer and no second
//! word for when it was last filled; nginx's `limit_req` keeps those two (`excess`, `last`) under a lock, and counts in
//! thousandths of a request and milliseconds.
//!
//! # Why it is right
//!
//! - *Never more than `burst` + span / interval in any span of time.* Each admission replaces the word it was decided
//!   on by one that is greater by an interval at least, so admissions form a chain, whatever the interleaving. After n
//!   of them the word is n intervals past the time of the first, and the n-th was admitted no more than the tolerance
//!   before what the word then was.
//! - *Clocks apart.* A thread whose clock is behind finds a word ahead of its time and adds to that. The span is then
//!   one from the earliest to the latest time that any of them read; clocks that are d apart admit d / interval more.
//! - *Never refused for nothing.* The word only grows, so a load that is out of date may let a request on to the swap,
//!   which fails, but not turn it away.
//! - *Death.* One step admits. Who dies before has taken nothing, who dies after has used it up.
//!
//! A request that is admitted is told nothing about the others: all is `Relaxed`.

use std::sync::atomic::Ordering::Relaxed;

use super::{Atomic, Memory};
pub use crate::admission::Rate;
use crate::time::{Duration, Instant};

/// The word, borrowed from where it lives, with the rate that it is to keep.
pub struct Gcra<'a, M: Memory> {
    arrival: &'a M::U64,
    rate: Rate,
}

impl<M: Memory> Clone for Gcra<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Memory> Copy for Gcra<'_, M> {}

impl<'a, M: Memory> Gcra<'a, M> {
    /// Over `word`, which began as 0: a full bucket. All who share it state the same rate.
    pub fn over(word: &'a M::U64, rate: Rate) -> Self {
        Gcra {
            arrival: word,
            rate,
        }
    }

    /// Whether a request may pass at `now`.
    ///
    /// # Errors
    /// How long to wait before one may, if no other comes first.
    #[inline]
    pub fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut seen = self.arrival.load(Relaxed);
        loop {
            let next = self.rate.admit(Instant(seen), now)?;
            match self
                .arrival
                .compare_exchange_weak(seen, next.0, Relaxed, Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(found) => seen = found,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Native;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicU64;

    proptest! {
        /// Over every span between two admissions; and who waits as long as it was told is admitted.
        #[test]
        fn a_rate_and_its_burst_are_kept(
            requests in 1..50u64,
            period in 1..1000u64,
            burst in 1..8u64,
            steps in prop::collection::vec((0..60u64, any::<bool>()), 1..200),
        ) {
            let rate = Rate::new(requests, Duration(period), burst).unwrap();
            let word = AtomicU64::new(0);
            let gcra = Gcra::<Native>::over(&word, rate);
            let mut now = Instant(1_000_000);
            let mut admitted: Vec<u64> = Vec::new();
            for (passed, waits) in steps {
                now += Duration(passed);
                match gcra.admit(now) {
                    Ok(()) => admitted.push(now.0),
                    Err(wait) if waits => {
                        prop_assert!(gcra.admit(now + Duration(wait.0 - 1)).is_err());
                        now += wait;
                        prop_assert_eq!(gcra.admit(now), Ok(()));
                        admitted.push(now.0);
                    }
                    Err(_) => {}
                }
            }
            for (first, from) in admitted.iter().enumerate() {
                for (last, to) in admitted.iter().enumerate().skip(first) {
                    let most = burst + (to - from) / rate.interval().0;
                    prop_assert!(((last - first) as u64) < most, "{from} to {to}");
                }
            }
        }
    }

    #[test]
    fn a_burst_then_one_an_interval() {
        let rate = Rate::new(10, Duration::from_seconds(1.0), 3).unwrap();
        let word = AtomicU64::new(0);
        let gcra = Gcra::<Native>::over(&word, rate);
        let start = Instant(5_000_000_000);
        assert_eq!([(); 3].map(|()| gcra.admit(start)), [Ok(()); 3]);
        assert_eq!(gcra.admit(start), Err(Duration(100_000_000)));
        assert_eq!(gcra.admit(Instant(5_100_000_000)), Ok(()));
        assert!(gcra.admit(Instant(5_100_000_000)).is_err());
    }

    #[test]
    fn a_clock_that_is_behind_gains_nothing() {
        let rate = Rate::new(1, Duration(100), 1).unwrap();
        let word = AtomicU64::new(0);
        let gcra = Gcra::<Native>::over(&word, rate);
        assert_eq!(gcra.admit(Instant(1000)), Ok(()));
        assert_eq!(gcra.admit(Instant(990)), Err(Duration(110)));
        assert_eq!(gcra.admit(Instant(1099)), Err(Duration(1)));
    }
}
