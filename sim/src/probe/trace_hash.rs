//! A fingerprint of every event in order, to compare two runs by.

use policy::hash::GOLDEN;
use policy::time::Instant;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A request was sent to a backend.
    Sent = 1,
    /// A request was answered.
    Completed = 2,
    /// A request was turned away by a full queue.
    Refused = 3,
    /// No backend was eligible.
    NoBackend = 4,
    /// A client gave up.
    TimedOut = 5,
    /// A backend finished work that nobody waited for any more.
    Wasted = 6,
    /// The dispatchers' board was refreshed.
    Refreshed = 7,
    /// Something else: an attempt was cut off, or a request failed for a reason that has no number here; which, says
    /// where.
    Failed = 0,
}

/// Folds (time, what, where) of each event into 64 bits: a multiplication and a rotation an event. It is
/// no cryptographic hash; two different runs agree by chance once in 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceHash {
    state: u64,
    events: u64,
}

impl TraceHash {
    /// One more event.
    #[inline]
    pub fn record(&mut self, time: Instant, what: Happening, slot: u32) {
        let event = time.0 ^ (u64::from(slot) << 3 | what as u64).rotate_right(24);
        self.state = (self.state.rotate_left(29) ^ event).wrapping_mul(GOLDEN);
        self.events += 1;
    }

    /// How many events were recorded.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The fingerprint so far.
    pub fn value(&self) -> u64 {
        let folded =
            (self.state ^ (self.state >> 32) ^ self.events).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        folded ^ (folded >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(events: &[(u64, Happening, u32)]) -> u64 {
        let mut hash = TraceHash::default();
        events
            .iter()
            .for_each(|&(time, what, slot)| hash.record(Instant(time), what, slot));
        hash.value()
    }

    #[test]
    fn time_kind_place_and_order_all_count() {
        use Happening::{Completed, Sent};
        let base = hash(&[(1, Sent, 0), (2, Completed, 0)]);
        for other in [
            hash(&[(1, Sent, 0), (3, Completed, 0)]),
            hash(&[(1, Sent, 0), (2, Completed, 1)]),
            hash(&[(1, Sent, 0), (2, Sent, 0)]),
            hash(&[(2, Completed, 0), (1, Sent, 0)]),
            hash(&[(1, Sent, 0)]),
        ] {
            assert_ne!(base, other);
        }
    }
}
