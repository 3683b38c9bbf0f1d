//! What the replications together say of whether a system comes back.
//!
//! To call a system metastable is a strong claim: most replications must have stayed bad, each watched for long.

use policy::time::Duration;

use super::{Recovery, share};

/// To be called metastable it must have been watched for so many times as long as the triggers lasted: what piled up
/// meanwhile may take as long to work off and be no more than a backlog.
const WATCHED_TIMES: u64 = 2;
/// At least for so long. A crash is over at once and a spike may last milliseconds, but the timeouts and backoffs that
/// follow last seconds. A system of microseconds is told too rarely that it is stuck, not too often.
const WATCHED: Duration = Duration(5_000_000_000);
/// And for so many intervals, so that a few bad ones do not decide.
const WATCHED_INTERVALS: usize = 20;

/// What all replications together say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// No trigger ended while requests were sent.
    NothingEnded,
    /// No interval was bad, in any replication.
    Healthy {
        /// Whether it could be compared with what is usual: whether there was enough before the first trigger.
        compared: bool,
    },
    /// All replications recovered.
    Recovered {
        /// On average.
        mean: Duration,
        /// The slowest one.
        max: Duration,
    },
    /// Some, not most, never recovered although they were watched for long.
    Unrecovered {
        /// How many of all.
        share: f64,
    },
    /// Most never recovered although they were watched for long: at least twice as long as the triggers lasted, and five
    /// seconds.
    Metastable {
        /// How many of all.
        share: f64,
        /// For how long they were watched, the shortest of them.
        observed: Duration,
    },
    /// It stayed bad, and so do the same requests without the triggers. [`verdict`] does not know; who runs them does.
    Overloaded,
    /// Some had not recovered when requests ended, too early to say more.
    NotYet {
        /// How many of all.
        share: f64,
        /// For how long they were watched, the shortest of them.
        observed: Duration,
    },
}

/// What the replications together say, of those in which the triggers ended.
pub fn verdict(recoveries: &[Recovery]) -> Verdict {
    let ended = recoveries.iter().filter(|recovery| recovery.ends.is_some());
    let ended: Vec<&Recovery> = ended.collect();
    if ended.is_empty() {
        return Verdict::NothingEnded;
    }
    if ended.iter().all(|recovery| recovery.was_never_bad()) {
        let compared = ended.iter().all(|recovery| recovery.compared);
        return Verdict::Healthy { compared };
    }
    let stuck = ended.iter().filter(|recovery| recovery.is_stuck());
    let (watched, unclear): (Vec<&Recovery>, Vec<&Recovery>) =
        stuck.partition(|recovery| recovery.was_watched());
    let observed = |of: &[&Recovery]| {
        of.iter()
            .map(|recovery| recovery.observed_after)
            .min()
            .unwrap_or_default()
    };
    let share_of = |some: usize| share(some, ended.len());
    match (watched.len(), unclear.len()) {
        (0, 0) => recovered(&ended),
        (stuck, _) if 2 * stuck > ended.len() => Verdict::Metastable {
            share: share_of(stuck),
            observed: observed(&watched),
        },
        (stuck, 0) => Verdict::Unrecovered {
            share: share_of(stuck),
        },
        (stuck, unclear_count) => Verdict::NotYet {
            share: share_of(stuck + unclear_count),
            observed: observed(&unclear),
        },
    }
}

fn recovered(recoveries: &[&Recovery]) -> Verdict {
    let times = recoveries.iter().filter_map(|r| r.recovered_after);
    let times: Vec<Duration> = times.collect();
    let sum: u128 = times.iter().map(|time| u128::from(time.0)).sum();
    Verdict::Recovered {
        mean: Duration((sum / times.len().max(1) as u128) as u64),
        max: times.into_iter().max().unwrap_or_default(),
    }
}

impl Recovery {
    fn was_never_bad(&self) -> bool {
        self.bad_share_during + self.bad_share_after == 0.0
    }

    /// Whether the triggers did it any harm: it was bad while they lasted, or right after.
    pub fn was_in_trouble(&self) -> bool {
        let after = self.bad_share_after > 0.0 && self.recovered_after != Some(Duration::ZERO);
        self.bad_share_during > 0.0 || after
    }

    /// Whether the triggers ended and it had not recovered when requests ended. Who never was bad is not stuck, however
    /// little was left to see it.
    pub fn is_stuck(&self) -> bool {
        self.ends.is_some() && self.recovered_after.is_none() && !self.was_never_bad()
    }

    /// Whether it was watched for long enough to say that it never recovers.
    pub fn was_watched(&self) -> bool {
        let long = WATCHED.0.max(self.trigger.0.saturating_mul(WATCHED_TIMES));
        self.observed_after.0 >= long && self.intervals_after >= WATCHED_INTERVALS
    }
}
