//! Means of successive batches of response times, in bounded memory.

use policy::time::Duration;

/// When there are this many batches, neighbours are merged.
const CAPACITY: usize = 4096;
/// The batch size MSER-5 takes its name from.
const FIRST_SIZE: u64 = 5;

/// Sums of response times in the order in which requests were answered, batch by batch. Batches start with
/// five requests; when 4,096 are full they are merged in pairs, so between 2,048 and 4,096 describe a run of
/// any length.
#[derive(Clone, Debug)]
pub struct Batches {
    sums_ns: Vec<u64>,
    size: u64,
    filled: u64,
    sum_ns: u64,
}

impl Default for Batches {
    fn default() -> Self {
        Batches {
            sums_ns: Vec::with_capacity(CAPACITY),
            size: FIRST_SIZE,
            filled: 0,
            sum_ns: 0,
        }
    }
}

impl Batches {
    /// One more response time.
    #[inline]
    pub fn record(&mut self, response: Duration) {
        self.sum_ns = self.sum_ns.saturating_add(response.0);
        self.filled += 1;
        if self.filled == self.size {
            self.close();
        }
    }

    /// How many response times a batch holds.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The means of the full batches, in seconds.
    pub fn means(&self) -> Vec<f64> {
        let scale = 1e-9 / self.size as f64;
        self.sums_ns.iter().map(|&sum| sum as f64 * scale).collect()
    }

    #[cold]
    fn close(&mut self) {
        self.sums_ns.push(self.sum_ns);
        (self.filled, self.sum_ns) = (0, 0);
        if self.sums_ns.len() == CAPACITY {
            self.size *= 2;
            for pair in 0..CAPACITY / 2 {
                self.sums_ns[pair] =
                    self.sums_ns[2 * pair].saturating_add(self.sums_ns[2 * pair + 1]);
            }
            self.sums_ns.truncate(CAPACITY / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_merged_in_order_and_stay_bounded() {
        let mut batches = Batches::default();
        let n = 1_000_000u64;
        (0..n).for_each(|time| batches.record(Duration(time)));
        let means = batches.means();
        assert!(means.len() <= CAPACITY && means.len() >= CAPACITY / 2 - 1);
        assert_eq!(batches.size(), 320);
        for (at, mean) in means.iter().enumerate() {
            let expected = (at as f64 * 320.0 + 159.5) * 1e-9;
            assert!((mean - expected).abs() < 1e-15, "{at}: {mean}");
        }
    }
}
