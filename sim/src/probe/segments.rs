//! A run cut into parts, so that its warm-up can be left out after the fact.

use policy::time::{Duration, Instant};

use super::tally::Tally;

/// Where a part may end, as a share of all requests, when the warm-up is found afterwards.
const CUTS: [(u64, u64); 9] = [
    (0, 1),
    (1, 64),
    (1, 32),
    (1, 16),
    (1, 8),
    (3, 16),
    (1, 4),
    (3, 8),
    (1, 2),
];

/// A tally for each part of a run, and one for its end, when nothing more is sent and the system drains.
/// A request belongs to the part in which it was sent, wherever it ends.
#[derive(Clone, Debug)]
pub struct Segments {
    /// The number of the first request of each part.
    begins: Vec<u64>,
    /// By part; the last is the drain's.
    tallies: Vec<Tally>,
    current: u8,
    current_began: Instant,
    /// Service that each backend had given when the current part began, in nanoseconds of one server.
    work_before: Vec<u64>,
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
        let tallies = (0..=begins.len()).map(|_| Tally::new(backends)).collect();
        Segments {
            begins,
            tallies,
            current: 0,
            current_began: Instant::ZERO,
            work_before: vec![0; backends as usize],
        }
    }

    /// The part that it is now.
    #[inline]
    pub fn current(&self) -> u8 {
        self.current
    }

    /// The number of the first request after the current part.
    pub fn end(&self) -> u64 {
        self.begins
            .get(self.current as usize + 1)
            .copied()
            .unwrap_or(u64::MAX)
    }

    /// The first request is sent at `now`.
    pub fn begin(&mut self, now: Instant) {
        self.current_began = now;
    }

    /// The next part begins at `now`, when each backend has given `work` since the beginning of the run.
    pub fn advance(&mut self, now: Instant, work: impl Fn(u32) -> u64) {
        self.close(now, work);
        self.current += 1;
    }

    /// The last request was sent at `now`; `work` as for [`Segments::advance`].
    pub fn drain(&mut self, now: Instant, work: impl Fn(u32) -> u64) {
        self.close(now, work);
        self.current = self.begins.len() as u8;
    }

    /// The last request has left at `now`; `work` as for [`Segments::advance`].
    pub fn close(&mut self, now: Instant, work: impl Fn(u32) -> u64) {
        let tally = &mut self.tallies[self.current as usize];
        tally.duration = now - self.current_began;
        self.current_began = now;
        for ((backend, before), slot) in tally
            .backends
            .iter_mut()
            .zip(&mut self.work_before)
            .zip(0..)
        {
            let until_now = work(slot);
            backend.busy_ns = until_now - *before;
            *before = until_now;
        }
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

    /// The smallest warm-up of at least `requests` that can be left out (where the next part begins), but no
    /// more than half of what was sent: a run that was stopped early has that much less to leave out.
    pub fn round_up(&self, requests: u64) -> u64 {
        let half = self.requests() / 2;
        let mut fits = self.begins.iter().copied().filter(|&begin| begin <= half);
        let enough = fits.clone().find(|&begin| begin >= requests);
        enough.or(fits.next_back()).unwrap_or(0)
    }

    /// For each part, the number of its first request and everything from there on. The time in which the
    /// system only drained counts for nothing but the response times; unless there is no other, as when all
    /// requests come at once.
    pub fn suffixes(mut self) -> Vec<(u64, Tally)> {
        let drain = self.tallies.pop().unwrap_or_default();
        let mut suffixes: Vec<(u64, Tally)> = Vec::with_capacity(self.begins.len());
        for (begin, mut tally) in self.begins.into_iter().zip(self.tallies).rev() {
            if let Some((_, later)) = suffixes.last() {
                tally.merge(later);
            }
            suffixes.push((begin, tally));
        }
        for (_, tally) in &mut suffixes {
            if tally.duration == Duration::ZERO {
                tally.merge(&drain);
            }
        }
        suffixes.reverse();
        suffixes
    }

    /// Everything from request `warmup` on, which must be where a part begins; see [`Segments::suffixes`].
    pub fn after(self, warmup: u64) -> Tally {
        let kept = self.begins.iter().position(|&begin| begin >= warmup);
        let kept = kept.unwrap_or(self.begins.len() - 1);
        self.suffixes().swap_remove(kept).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(segments: &mut Segments, segment: u8, requests: u64) {
        for _ in 0..requests {
            let tally = segments.tally(segment);
            tally.answered(0, Duration(2), Duration(1));
        }
    }

    #[test]
    fn what_is_left_out_ends_where_a_part_begins() {
        let mut segments = Segments::open(6_400, 1);
        for (segment, requests) in [100, 100, 200, 400, 400, 400, 800, 800, 3_200]
            .into_iter()
            .enumerate()
        {
            sent(&mut segments, segment as u8, requests);
        }
        assert_eq!(segments.round_up(0), 0);
        assert_eq!(segments.round_up(101), 200);
        assert_eq!(segments.round_up(3_200), 3_200);
        assert_eq!(segments.after(200).requests(), 6_200);
    }

    #[test]
    fn of_a_run_stopped_early_at_most_half_is_left_out() {
        let mut segments = Segments::open(6_400, 1);
        sent(&mut segments, 0, 100);
        sent(&mut segments, 1, 60);
        assert_eq!(segments.round_up(60), 0);
        assert_eq!(segments.after(0).requests(), 160);
    }

    #[test]
    fn the_drain_counts_only_where_there_is_no_other_time() {
        let run = |gap: u64| {
            let mut segments = Segments::fixed(0, 1);
            segments.begin(Instant(10));
            segments.drain(Instant(10 + gap), |_| 3);
            let drain = segments.current();
            segments.tally(drain).left(0, Duration(2));
            segments.close(Instant(100), |_| 5);
            segments.after(0)
        };
        assert_eq!((run(50).duration, run(50).answers), (Duration(50), 0));
        assert_eq!(
            (run(50).backends[0].busy_ns, run(0).backends[0].busy_ns),
            (3, 5)
        );
        assert_eq!((run(0).duration, run(0).answers), (Duration(90), 1));
    }

    #[test]
    fn a_run_of_a_few_requests_has_few_parts() {
        assert_eq!(Segments::open(1, 1).begins, [0]);
        assert_eq!(Segments::fixed(0, 1).begins, [0]);
    }
}
