//! What has a level at every moment, averaged over time.

use policy::time::Instant;

/// What has a level at every moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gauge {
    /// Requests that were sent and have not ended.
    InFlight,
    /// Requests that wait in a queue, of a backend or before admission.
    Waiting,
    /// Workers that can serve.
    Workers,
    /// Backends that outlier ejection or health checks keep out.
    Ejected,
    /// Circuit breakers that let nobody through.
    BreakersOpen,
    /// Circuit breakers that let probes through.
    BreakersHalfOpen,
}

impl Gauge {
    /// How many there are.
    pub const COUNT: usize = 6;

    /// In the order of their numbers: `ALL[gauge as usize]` is `gauge`.
    pub const ALL: [Gauge; Gauge::COUNT] = [
        Gauge::InFlight,
        Gauge::Waiting,
        Gauge::Workers,
        Gauge::Ejected,
        Gauge::BreakersOpen,
        Gauge::BreakersHalfOpen,
    ];

    /// As keys in outputs have it.
    pub fn name(self) -> &'static str {
        match self {
            Gauge::InFlight => "in_flight",
            Gauge::Waiting => "waiting",
            Gauge::Workers => "workers",
            Gauge::Ejected => "ejected",
            Gauge::BreakersOpen => "breakers_open",
            Gauge::BreakersHalfOpen => "breakers_half_open",
        }
    }
}

/// Levels times nanoseconds. 128 bits: a million for a year would not fit 64.
pub(super) type Areas = [u128; Gauge::COUNT];

/// The levels now, and the areas below them since the interval began.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    level: [i64; Gauge::COUNT],
    since: [Instant; Gauge::COUNT],
    area: Areas,
}

impl Levels {
    /// `gauge` changes at `now`.
    #[inline]
    pub(super) fn change(&mut self, now: Instant, gauge: Gauge, delta: i32) {
        let at = gauge as usize;
        self.reach(now, at);
        self.level[at] += i64::from(delta);
        debug_assert!(self.level[at] >= 0, "{} fell below zero", gauge.name());
    }

    /// The areas until `now`; begins anew there.
    pub(super) fn close(&mut self, now: Instant) -> Areas {
        (0..Gauge::COUNT).for_each(|at| self.reach(now, at));
        std::mem::take(&mut self.area)
    }

    fn reach(&mut self, now: Instant, at: usize) {
        let level = u128::from(self.level[at].max(0).unsigned_abs());
        self.area[at] += level * u128::from((now - self.since[at]).0);
        self.since[at] = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_below_a_level() {
        let mut levels = Levels::default();
        levels.change(Instant(10), Gauge::Workers, 3);
        levels.change(Instant(20), Gauge::Workers, -1);
        levels.change(Instant(20), Gauge::Waiting, 1);
        let area = levels.close(Instant(25));
        assert_eq!(area[Gauge::Workers as usize], 3 * 10 + 2 * 5);
        assert_eq!(area[Gauge::Waiting as usize], 5);
        assert_eq!(levels.close(Instant(26))[Gauge::Workers as usize], 2);
    }

    #[test]
    fn every_gauge_has_its_number() {
        for (number, gauge) in (0..).zip(Gauge::ALL) {
            assert_eq!(gauge as usize, number);
        }
    }
}
