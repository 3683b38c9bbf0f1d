//! What is known of one backend, and how long it is ejected for.

use super::Options;
use super::success_rate::Tally;
use crate::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Host {
    /// Failures without a success between them.
    pub(super) row: u32,
    /// Of this interval.
    pub(super) tally: Tally,
    pub(super) is_ejected: bool,
    /// End of the last ejection.
    pub(super) until: Instant,
    /// How many times the base the last ejection was, less what was forgotten since.
    multiplier: u32,
}

impl Host {
    /// Ejected from `now` on, until when it says.
    pub(super) fn eject(&mut self, now: Instant, options: &Options) -> Instant {
        let Options { base, max, .. } = *options;
        let span = |times: u32| Duration(base.0.saturating_mul(u64::from(times)));
        // Not far beyond the longest, or it would take for ever to be forgotten.
        if span(self.multiplier) < max + base {
            self.multiplier += 1;
        }
        self.is_ejected = true;
        self.until = now + span(self.multiplier).min(max);
        self.until
    }

    pub(super) fn take_back(&mut self) {
        self.is_ejected = false;
        self.row = 0;
    }

    /// An interval ended at `now`: the next tally begins, and one ejection is forgotten if the last is an interval ago.
    pub(super) fn end_interval(&mut self, now: Instant, interval: Duration) {
        self.tally = Tally::default();
        if !self.is_ejected && self.until + interval <= now {
            self.multiplier = self.multiplier.saturating_sub(1);
        }
    }
}
