//! A run cut into parts, so that its warm-up can be left out after the fact.

use policy::time::Instant;

use super::tally::Tally;

/// Where a part may end, as a share of all requests, when the warm-up is found afterwards.
const CUTS: [(u64, u64); 7] = [(0, 1), (1, 64), (1, 32), (1, 16), (1, 8), (1, 4), (1, 2)];

/// A tally for each part of a run. A request belongs to the part in which it arrived, wherever it ends.
#[derive(Clone, Debug)]
pub struct Segments {
    /// The number of the first request of each part.
    begins: Vec<u64>,
    tallies: Vec<Tally>,
}

impl Segments {
    /// A run whose warm-up is exactly its first `warmup` requests.
    pub fn fixed(warmup: u64, backends: u32) -> Segments {
        Self::cut_at(
            if warmup == 0 {
                vec![0]
            } else {
                vec![0, warmup]
            },
            backends,
        )
    }

    /// A run of `requests` whose warm-up is found at its end.
    pub fn open(requests: u64, backends: u32) -> Segments {
        let mut begins: Vec<u64> = CUTS
            .iter()
            .map(|&(part, of)| requests / of * part)
            .collect();
        begins.dedup();
        Self::cut_at(begins, backends)
    }

    fn cut_at(begins: Vec<u64>, backends: u32) -> Segments {
        let tallies = begins.iter().map(|_| Tally::new(backends)).collect();
        Segments { begins, tallies }
    }

    /// The number of the first request after part `segment`.
    pub fn end(&self, segment: u8) -> u64 {
        self.begins
            .get(segment as usize + 1)
            .copied()
            .unwrap_or(u64::MAX)
    }

    /// Part `segment` begins with a request sent at `now`.
    pub fn begin(&mut self, segment: u8, now: Instant) {
        self.tallies[segment as usize].began = Some(now);
    }

    /// The tally of part `segment`.
    #[inline]
    pub fn tally(&mut self, segment: u8) -> &mut Tally {
        &mut self.tallies[segment as usize]
    }

    /// How many requests were sent and have ended, in all parts.
    pub fn requests(&self) -> u64 {
        self.tallies.iter().map(Tally::requests).sum()
    }

    /// The smallest warm-up of at least `requests` that can be left out: where the next part begins.
    pub fn round_up(&self, requests: u64) -> u64 {
        let fits = self.begins.iter().copied().find(|&begin| begin >= requests);
        fits.unwrap_or_else(|| self.begins[self.begins.len() - 1])
    }

    /// Everything from request `warmup` on, which must be where a part begins.
    pub fn after(self, warmup: u64) -> Tally {
        let kept = self
            .begins
            .iter()
            .position(|&begin| begin >= warmup)
            .unwrap_or(self.begins.len() - 1);
        let mut parts = self.tallies.into_iter().skip(kept);
        let mut sum = parts.next().unwrap_or_default();
        parts.for_each(|part| sum.merge(&part));
        sum
    }
}
