//! Means of successive batches of response times, in bounded memory.

use policy::time::Duration;

/// When there are this many batches, neighbours are merged.
const CAPACITY: usize = 4096;
/// The batch size MSER-5 takes its name from.
const FIRST_SIZE: u64 = 5;

/// Sums of response times in the order in which requests were answered, batch by batch. Batches start with
/// five answers; when 4,096 are full they are merged in pairs, so between 2,048 and 4,096 describe a run of any
/// length.
#[derive(Clone, Debug)]
pub struct Batches {
    closed: Vec<Closed>,
    size: u64,
    filled: u64,
    sum_ns: u64,
}

#[derive(Clone, Copy, Debug)]
struct Closed {
    sum_ns: u64,
    sent: u64,
}

/// A full batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch {
    /// The mean of its response times, in seconds.
    pub mean: f64,
    /// How many requests had been sent when it was full, answered or not.
    pub sent: u64,
}

impl Default for Batches {
    fn default() -> Self {
        let (size, filled, sum_ns) = (FIRST_SIZE, 0, 0);
        Batches {
            closed: Vec::with_capacity(CAPACITY),
            size,
            filled,
            sum_ns,
        }
    }
}

impl Batches {
    /// One more response time, when `sent` requests have been sent.
    #[inline]
    pub fn record(&mut self, response: Duration, sent: u64) {
        self.sum_ns = self.sum_ns.saturating_add(response.0);
        self.filled += 1;
        if self.filled == self.size {
            self.close(sent);
        }
    }

    /// How many response times a batch holds: five, doubled now and then.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The full batches, merged in pairs until each holds `size`, which [`Batches::size`] has not passed.
    pub fn of_size(mut self, size: u64) -> Vec<Batch> {
        while self.size < size {
            self.merge_pairs();
        }
        let mean = |sum_ns: u64| sum_ns as f64 * 1e-9 / self.size as f64;
        self.closed
            .iter()
            .map(|batch| Batch {
                mean: mean(batch.sum_ns),
                sent: batch.sent,
            })
            .collect()
    }

    #[cold]
    fn close(&mut self, sent: u64) {
        self.closed.push(Closed {
            sum_ns: self.sum_ns,
            sent,
        });
        (self.filled, self.sum_ns) = (0, 0);
        if self.closed.len() == CAPACITY {
            self.merge_pairs();
        }
    }

    fn merge_pairs(&mut self) {
        self.size *= 2;
        let merged = |pair: &[Closed]| Closed {
            sum_ns: pair[0].sum_ns.saturating_add(pair[1].sum_ns),
            sent: pair[1].sent,
        };
        self.closed = self.closed.chunks_exact(2).map(merged).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_merged_in_order_and_stay_bounded() {
        let mut batches = Batches::default();
        let n = 1_000_000u64;
        (0..n).for_each(|time| batches.record(Duration(time), time + 1));
        assert_eq!(batches.size(), 320);
        let found = batches.of_size(320);
        assert!(found.len() <= CAPACITY && found.len() >= CAPACITY / 2 - 1);
        for (at, Batch { mean, sent }) in found.iter().enumerate() {
            assert_eq!(*sent, 320 * (at as u64 + 1));
            let expected = (at as f64 * 320.0 + 159.5) * 1e-9;
            assert!((mean - expected).abs() < 1e-15, "{at}: {mean}");
        }
    }

    #[test]
    fn runs_with_batches_of_different_sizes_meet_at_the_larger() {
        let run = |n: u64| {
            let mut batches = Batches::default();
            (0..n).for_each(|time| batches.record(Duration(time), time + 1));
            batches
        };
        let (short, long) = (run(20_000), run(21_000));
        assert_eq!((short.size(), long.size()), (5, 10));
        let (short, long) = (short.of_size(10), long.of_size(10));
        assert!(short.iter().zip(&long).all(|(a, b)| a == b));
    }
}
