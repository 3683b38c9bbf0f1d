//! The one place where time is read.

use policy::time::Instant;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Reads the machine's clocks. Handed to whoever needs one, so that nothing else reads time behind a test's back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// The time since the machine started: the same for all processes, so they may share what is stamped with it. It
    /// does not jump. About 20 ns.
    #[inline]
    pub fn now(self) -> Instant {
        Instant(nanoseconds(clock_gettime(ClockId::Monotonic)))
    }

    /// Nanoseconds since 1970, for people and for logs. It may jump.
    #[inline]
    pub fn wall(self) -> u64 {
        nanoseconds(clock_gettime(ClockId::Realtime))
    }

    /// The CPU time this thread has used.
    pub fn thread_cpu(self) -> Instant {
        Instant(nanoseconds(clock_gettime(ClockId::ThreadCPUTime)))
    }
}

fn nanoseconds(time: Timespec) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on() {
        let clock = Clock;
        let before = clock.now();
        assert!(clock.now() >= before);
        assert!(clock.wall() > 1_700_000_000_000_000_000);
    }
}
