//! When to send a second attempt although the first has not failed: hedged requests.
//! Cost: O(1) amortised, no draw; 4 KB for a quantile. Source: Dean and Barroso 2013, "The Tail at Scale", who wait
//! for the 95th percentile of the expected response time, so that a hedge costs about 5 % more requests.
//!
//! The quantile is of recent responses: counts in a log-linear histogram, all halved whenever there are 4096, so that
//! what came before weighs half of what came since. It is read out after every 64 responses, and rounded up to the end
//! of its bucket (6 % at most): too late costs a little of the gain, too early costs the server requests.
//!
//! Whoever hedges must count the attempt that lost the race too, by how long it had taken when it was given up:
//! otherwise slow responses are never seen, the quantile falls, and hedges breed hedges.
//!
//! Attempts that time out or fail are not seen either, unless the caller counts them. If they are not, the quantile is
//! that of the responses that came: when a share t of the attempts times out, and 950 thousandths are chosen, 0.05 (1 -
//! t) + t are hedged, 14.5 % at t = 0.1; a [budget](super::Budget) that hedges are paid out of too bounds that.
//! If timeouts are counted, with the time at which they were given up, no more than a twentieth is hedged, but from t =
//! 0.05 on the quantile is the timeout itself, and hedges come too late to help. Failures that come at once are better
//! not counted: they say nothing of how long a response takes, and pull the quantile down.

use crate::invalid::Invalid;
use crate::time::Duration;

/// As a power of two: how many buckets an octave has.
const PRECISION_BITS: u32 = 4;
const PER_OCTAVE: usize = 1 << PRECISION_BITS;
const BUCKETS: usize = PER_OCTAVE * (65 - PRECISION_BITS as usize);

/// Responses before the first quantile, between two read-outs, and before everything is halved.
const ENOUGH: u32 = 100;
const EVERY: u32 = 64;
const FULL: u32 = 4096;

/// After how long a request is hedged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum After {
    /// Always the same.
    Fixed(Duration),
    /// What so many thousandths of the recent responses did not exceed: 1 to 999.
    Quantile {
        /// 950 hedges about one request in twenty.
        thousandths: u16,
    },
}

/// When one worker's requests are hedged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hedge {
    after: After,
    recent: Option<Box<Recent>>,
    delay: Option<Duration>,
}

impl Hedge {
    /// Nothing seen yet.
    ///
    /// # Errors
    /// If no quantile is meant.
    pub fn new(after: After) -> Result<Hedge, Invalid> {
        let (recent, delay) = match after {
            After::Fixed(delay) => (None, Some(delay)),
            After::Quantile { thousandths } => {
                Invalid::unless(
                    (1..=999).contains(&thousandths),
                    "a request must be hedged after a quantile of 1 to 999 thousandths of the responses",
                )?;
                (Some(Box::new(Recent::EMPTY)), None)
            }
        };
        Ok(Hedge {
            after,
            recent,
            delay,
        })
    }

    /// A response took `time`, or was given up after it because the other attempt had won; or, where the caller counts
    /// those, because it had timed out.
    pub fn responded(&mut self, time: Duration) {
        if let (After::Quantile { thousandths }, Some(recent)) = (self.after, &mut self.recent) {
            recent.count(time);
            if recent.total >= ENOUGH && recent.unread >= EVERY {
                self.delay = Some(recent.quantile(thousandths));
                recent.unread = 0;
                recent.halve_if_full();
            }
        }
    }

    /// How long after a request its hedge is sent, if there is no response by then; `None` until enough have been seen.
    pub fn delay(&self) -> Option<Duration> {
        self.delay
    }
}

/// Counts of response times.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Recent {
    counts: [u32; BUCKETS],
    total: u32,
    unread: u32,
}

impl Recent {
    const EMPTY: Recent = Recent {
        counts: [0; BUCKETS],
        total: 0,
        unread: 0,
    };

    fn count(&mut self, time: Duration) {
        self.counts[bucket_of(time.0)] += 1;
        self.total += 1;
        self.unread = self.unread.saturating_add(1);
    }

    /// The end of the bucket in which so many thousandths are reached.
    fn quantile(&self, thousandths: u16) -> Duration {
        let rank = (u64::from(self.total) * u64::from(thousandths)).div_ceil(1000);
        let mut seen = 0;
        let reached = self.counts.iter().position(|&count| {
            seen += u64::from(count);
            seen >= rank
        });
        Duration(last_of(reached.unwrap_or(BUCKETS - 1)))
    }

    /// Halves the counts *up to* each bucket, so that no quantile moves: rounding every count down would lose the
    /// single responses of the tail.
    fn halve_if_full(&mut self) {
        if self.total < FULL {
            return;
        }
        let (mut before, mut kept) = (0, 0);
        for count in &mut self.counts {
            before += *count;
            *count = before / 2 - kept;
            kept += *count;
        }
        self.total = kept;
    }
}

/// Below 16 ns each has its own; above, the leading five bits choose.
fn bucket_of(ns: u64) -> usize {
    let octave = (u64::BITS - ns.leading_zeros()).saturating_sub(PRECISION_BITS + 1);
    octave as usize * PER_OCTAVE + (ns >> octave) as usize
}

/// The longest time in a bucket.
fn last_of(bucket: usize) -> u64 {
    let octave = (bucket / PER_OCTAVE).saturating_sub(1);
    let leading = (bucket - octave * PER_OCTAVE) as u64;
    (leading << octave) + ((1 << octave) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::iter::repeat_n;

    const P95: After = After::Quantile { thousandths: 950 };

    fn told(after: After, times: impl IntoIterator<Item = u64>) -> Hedge {
        let mut hedge = Hedge::new(after).unwrap();
        times
            .into_iter()
            .for_each(|time| hedge.responded(Duration(time)));
        hedge
    }

    #[test]
    fn a_fixed_delay_is_what_it_is() {
        let hedge = told(After::Fixed(Duration(70)), [1_000; 500]);
        assert_eq!(hedge.delay(), Some(Duration(70)));
    }

    #[test]
    fn a_quantile_needs_a_hundred_responses() {
        assert_eq!(told(P95, [5; 99]).delay(), None);
        assert_eq!(told(P95, [5; 100]).delay(), Some(Duration(5)));
    }

    #[test]
    fn it_follows_a_change_upwards_soon_and_downwards_within_some_thousands() {
        let after =
            |before, many, now, few| told(P95, repeat_n(before, many).chain(repeat_n(now, few)));
        let hedge = after(1_000, 1_000_000, 100_000, 256);
        let delay = hedge.delay().unwrap();
        assert!((100_000..106_250).contains(&delay.0), "slower: {delay:?}");

        let hedge = after(100_000, 1_000_000, 1_000, 15_000);
        let delay = hedge.delay().unwrap();
        assert!((1_000..1_063).contains(&delay.0), "faster: {delay:?}");
    }

    /// A tail of responses that are each alone in their bucket weighs as much as before.
    #[test]
    fn halving_moves_no_quantile() {
        let mut recent = Recent::EMPTY;
        (0..3_696).for_each(|_| recent.count(Duration(1_000)));
        let tail: Vec<usize> = (bucket_of(1_000_000)..).take(400).collect();
        tail.iter()
            .for_each(|&bucket| recent.count(Duration(last_of(bucket))));
        recent.halve_if_full();
        assert_eq!(recent.total, 2_048);
        assert_eq!(recent.counts.iter().sum::<u32>(), 2_048);
        assert_eq!(recent.quantile(902), Duration(1_023));
        let middle = bucket_of(recent.quantile(951).0);
        assert!(middle.abs_diff(tail[199]) < 3, "{middle} of {tail:?}");
    }

    #[test]
    fn no_quantile_is_refused_with_a_sentence() {
        for thousandths in [0, 1000] {
            let refusal = Hedge::new(After::Quantile { thousandths }).unwrap_err();
            assert!(refusal.to_string().contains("1 to 999"), "{refusal}");
        }
    }

    proptest! {
        #[test]
        fn a_bucket_is_narrow_and_knows_its_end(ns: u64) {
            let bucket = bucket_of(ns);
            prop_assert!(bucket < BUCKETS);
            let last = last_of(bucket);
            prop_assert!(ns <= last && last - ns <= ns / 16);
            prop_assert_eq!(bucket_of(last), bucket);
            prop_assert!(last == u64::MAX || bucket_of(last + 1) == bucket + 1);
        }

        /// Against sorting them, while nothing has been halved.
        #[test]
        fn a_quantile_is_that_of_what_was_seen(
            times in prop::collection::vec(1..1_000_000u64, 100),
            thousandths in 1..=999u16,
        ) {
            let delay = told(After::Quantile { thousandths }, times.clone()).delay().unwrap().0;
            let mut sorted = times;
            sorted.sort_unstable();
            let exact = sorted[(usize::from(thousandths) * 100).div_ceil(1000) - 1];
            prop_assert!(exact <= delay && delay <= exact + exact / 16, "{exact}, found {delay}");
        }

        /// About one response in twenty would be hedged, however many have been seen.
        #[test]
        fn a_twentieth_is_hedged(seed: u64, responses in 3_000..30_000u64) {
            let time = |k: u64| 1_000 + crate::hash::mix(seed ^ k) % 9_000;
            let hedge = told(P95, (0..responses).map(time));
            let delay = hedge.delay().unwrap().0;
            let hedged = (responses..responses + 10_000).filter(|&k| time(k) > delay).count();
            prop_assert!((200..=500).contains(&hedged), "{hedged} after {delay}");
        }
    }
}
