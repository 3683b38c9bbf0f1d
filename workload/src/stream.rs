//! One seed, many independent streams, each with random access by number.
//!
//! SplitMix64 (Steele, Lea, Flood 2014) is a counter and a mixing function, so its k-th word is as cheap
//! as its next. A [`Stream`] gives request k the words from k * 2^16 on: what one request draws never
//! moves what another draws, whatever is drawn in between, in whatever order, on whatever thread. That is
//! what makes common random numbers and request-by-request comparison exact.

use policy::hash::{GOLDEN, mix};
use rand_core::SeedableRng;
use rand_xoshiro::SplitMix64;

/// A request may draw this many words (as a power of two) before it runs into its successor's.
const WORDS_PER_REQUEST_LOG2: u32 = 16;

/// What one request draws from.
pub type Draws = SplitMix64;

/// What a stream is for. Each purpose has its own, so that one more draw for one moves no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Gaps between arrivals.
    Arrivals = 1,
    /// Service demands.
    Demands = 2,
    /// Keys, by which hashing and sticky strategies choose.
    Keys = 3,
    /// The strategy's own coin tosses.
    Policy = 4,
    /// Which of several dispatchers a request meets.
    Dispatch = 5,
    /// Where inside a tick of its clock a recorded arrival falls.
    Ties = 6,
    /// Clients' think times.
    Think = 7,
    /// The fleet's names, which decide where hashing places its members.
    Names = 8,
    /// Which backends faults hit, and when those that recur come and go.
    Faults = 9,
    /// How long a failed request waits before it is tried again.
    Retries = 10,
    /// When health probes are sent and what becomes of them.
    Probes = 11,
    /// How long workers take to start, and when they are replaced.
    Workers = 12,
    /// Whether an answer is an error.
    Outcomes = 13,
    /// Waits for a slot of a pool.
    Waits = 14,
}

/// An endless sequence of random words that can be entered at any request's number, in O(1).
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    origin: u64,
}

impl Stream {
    /// The stream for one purpose of one replication. Streams that differ in any argument are independent
    /// for every practical length: their origins are hashed apart.
    pub fn new(seed: u64, replication: u32, purpose: Purpose) -> Stream {
        let replication = u64::from(replication) << 32;
        Stream {
            origin: mix(mix(mix(seed) ^ replication) ^ purpose as u64),
        }
    }

    /// A stream of its own for part `index` (a client, say) of this one.
    pub fn part(self, index: u64) -> Stream {
        Stream {
            origin: mix(mix(self.origin) ^ index),
        }
    }

    /// What request `number` draws. Numbers repeat after 2^48.
    #[inline]
    pub fn at(self, number: u64) -> Draws {
        let words = number << WORDS_PER_REQUEST_LOG2;
        SplitMix64::seed_from_u64(self.origin.wrapping_add(words.wrapping_mul(GOLDEN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    /// Pinned: another value here means that no earlier result can be reproduced.
    #[test]
    fn the_words_are_these() {
        let stream = Stream::new(1, 0, Purpose::Arrivals);
        let words: Vec<u64> = (0..3).map(|k| stream.at(k).next_u64()).collect();
        assert_eq!(
            words,
            [
                10511167430171045421,
                11034524235980829972,
                14399347839829729972
            ]
        );
    }

    #[test]
    fn a_request_s_words_are_the_generator_s_own_sequence() {
        let stream = Stream::new(7, 3, Purpose::Demands);
        let mut sequential = stream.at(0);
        for _ in 0..2 << WORDS_PER_REQUEST_LOG2 {
            sequential.next_u64();
        }
        assert_eq!(sequential.next_u64(), stream.at(2).next_u64());
    }

    #[test]
    fn streams_differ_in_every_argument() {
        let first = |stream: Stream| stream.at(0).next_u64();
        let base = first(Stream::new(1, 0, Purpose::Arrivals));
        assert_ne!(base, first(Stream::new(2, 0, Purpose::Arrivals)));
        assert_ne!(base, first(Stream::new(1, 1, Purpose::Arrivals)));
        assert_ne!(base, first(Stream::new(1, 0, Purpose::Demands)));
        assert_ne!(base, first(Stream::new(1, 0, Purpose::Arrivals).part(0)));
    }
}
