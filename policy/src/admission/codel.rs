//! Controlled delay: a queue that stays long is shortened from its head, more and more often until it is short again.
//! Cost: O(1), no draw, a square root a drop. Source: Nichols and Jacobson, RFC 8289, section 5; for queues of
//! requests, Maurer 2015, "Fail at Scale" (Facebook).
//!
//! A queue that is long now and then does its work. One in which nobody has waited less than `target` for a whole
//! `interval` only adds delay: then its head is dropped, and further ones interval / sqrt(n) apart, until somebody has
//! waited less. If it soon grows long again, the drops go on about as often as they did.
//!
//! Packets' senders slow down when one is lost, and that law is made for them. Clients of a service do not: the drops
//! a second grow by 1 / (2 interval^2) each second, 50 with an interval of 100 ms, so that it takes 20 s until 1000 too
//! many a second are dropped. [`Law::Stale`] is what Facebook's `folly::Codel` does instead: while the queue stays
//! long, all who have waited more than twice the target are dropped.
//!
//! Deviation from folly: it looks back once an interval, at the shortest wait in it. Here a queue is overlong as
//! RFC 8289 has it, from the first moment an interval has passed, to the first who waited less.

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// Whom a queue that stays long loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// One at a time, interval / sqrt(n) apart: RFC 8289.
    Spaced,
    /// All who have waited more than twice the target: Facebook.
    Stale,
}

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// How long one may wait for ever: what is put up with when it does not pass.
    pub target: Duration,
    /// How long everybody may wait longer: about the longest burst that is welcome.
    pub interval: Duration,
    /// Whom it loses then.
    pub law: Law,
}

impl Default for Options {
    /// 5 ms and 100 ms, as both sources have; the law of RFC 8289.
    fn default() -> Self {
        Options {
            target: Duration::from_millis(5),
            interval: Duration::from_millis(100),
            law: Law::Spaced,
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would drop everything or at once.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.target > Duration::ZERO && options.target < options.interval,
            "the wait that a queue may keep up must be positive and shorter than the interval it may be exceeded for",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// What becomes of the head of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "who is to be dropped must not be served"]
pub enum Verdict {
    /// It is served.
    Serve,
    /// It is turned away, and the next head is asked about at the same instant.
    Drop,
}

/// The state of one queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CoDel {
    config: Config,
    /// When it will have been too long for an interval; `None` while it is not too long.
    overlong_at: Option<Instant>,
    /// Drops since the queue became overlong, plus what it began with.
    count: u32,
    /// What it began with.
    count_at_start: u32,
    drop_next: Instant,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Serving,
    Dropping,
    /// The head was just dropped; if the next is too late as well, the time of the next drop moves on.
    Dropped,
}

impl CoDel {
    /// An empty queue.
    pub fn new(config: Config) -> Self {
        CoDel {
            config,
            overlong_at: None,
            count: 0,
            count_at_start: 0,
            drop_next: Instant::ZERO,
            phase: Phase::Serving,
        }
    }

    /// At `now` the head leaves the queue after waiting for `sojourn`; `left` are still waiting. Nobody is dropped when
    /// that would leave a server idle. Who leaves otherwise is not asked about; if nobody is left then, say so by
    /// [`CoDel::emptied`].
    pub fn dequeue(&mut self, sojourn: Duration, left: u32, now: Instant) -> Verdict {
        let is_overlong = self.is_overlong(sojourn, left, now);
        match self.config.0.law {
            Law::Spaced => self.spaced(is_overlong, now),
            Law::Stale if is_overlong && self.is_stale(sojourn) => Verdict::Drop,
            Law::Stale => Verdict::Serve,
        }
    }

    /// The queue is empty, and not because its last one was asked about: those in it gave up, came too late, or were
    /// lost with the server. An empty queue is not long, and what comes next has an interval of its own.
    pub fn emptied(&mut self) {
        self.overlong_at = None;
        self.phase = Phase::Serving;
    }

    fn is_stale(&self, sojourn: Duration) -> bool {
        sojourn > self.config.0.target + self.config.0.target
    }

    /// Whether everybody has waited too long for an interval.
    fn is_overlong(&mut self, sojourn: Duration, left: u32, now: Instant) -> bool {
        let options = self.config.options();
        if sojourn < options.target || left == 0 {
            self.overlong_at = None;
            return false;
        }
        now >= *self.overlong_at.get_or_insert(now + options.interval)
    }

    fn spaced(&mut self, is_overlong: bool, now: Instant) -> Verdict {
        match self.phase {
            _ if !is_overlong => {
                self.phase = Phase::Serving;
                return Verdict::Serve;
            }
            Phase::Serving => {
                self.start(now);
                return Verdict::Drop;
            }
            Phase::Dropped => self.drop_next += self.spacing(),
            Phase::Dropping => {}
        }
        self.phase = Phase::Dropping;
        if now < self.drop_next {
            return Verdict::Serve;
        }
        self.count = self.count.saturating_add(1);
        self.phase = Phase::Dropped;
        Verdict::Drop
    }

    /// The first drop. Soon after the last one, the rate that sufficed then is where to begin.
    fn start(&mut self, now: Instant) {
        let interval = self.config.0.interval;
        let earlier = self.count - self.count_at_start;
        let is_soon = now - self.drop_next < Duration(interval.0.saturating_mul(16));
        self.count = if earlier > 1 && is_soon { earlier } else { 1 };
        self.count_at_start = self.count;
        self.drop_next = now + self.spacing();
        self.phase = Phase::Dropping;
    }

    /// interval / sqrt(count).
    fn spacing(&self) -> Duration {
        let interval_ns = self.config.0.interval.0 as f64;
        Duration((interval_ns / f64::from(self.count).sqrt()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const MS: u64 = 1_000_000;

    fn codel(law: Law) -> CoDel {
        let options = Options {
            law,
            ..Options::default()
        };
        CoDel::new(Config::new(options).unwrap())
    }

    /// When heads are dropped, in milliseconds, of a queue that is asked every 100 us and in which all wait `sojourn`.
    fn drops(codel: &mut CoDel, from: u64, to: u64, sojourn: Duration) -> Vec<f64> {
        let mut drops = Vec::new();
        for tick in from * 10..to * 10 {
            let now = Instant(tick * MS / 10);
            while codel.dequeue(sojourn, 50, now) == Verdict::Drop {
                drops.push(tick as f64 / 10.0);
            }
        }
        drops
    }

    /// RFC 8289: the first drop an interval after the queue grew long, the n-th interval / sqrt(n) before the next.
    #[test]
    fn drops_are_spaced_by_the_control_law() {
        let found = drops(&mut codel(Law::Spaced), 0, 2_000, Duration(6 * MS));
        let mut expected = vec![100.0];
        for n in 1..found.len() {
            let last = expected[n - 1];
            expected.push(last + 100.0 / (n as f64).sqrt());
        }
        assert!(found.len() > 80, "{}", found.len());
        for (found, expected) in found.iter().zip(&expected) {
            // A drop waits for the next time the queue is asked.
            let late = found - expected;
            assert!((-1e-6..0.1001).contains(&late), "{found}, {expected}");
        }
    }

    #[test]
    fn a_wait_below_the_target_starts_the_interval_anew() {
        let mut codel = codel(Law::Spaced);
        let short = Duration(5 * MS - 1);
        assert!(drops(&mut codel, 0, 99, Duration(5 * MS)).is_empty());
        assert!(drops(&mut codel, 99, 100, short).is_empty());
        assert!(drops(&mut codel, 100, 200, Duration(5 * MS)).is_empty());
        assert_eq!(drops(&mut codel, 200, 201, Duration(5 * MS)), [200.0]);
    }

    #[test]
    fn the_last_in_the_queue_is_served_however_late() {
        for law in [Law::Spaced, Law::Stale] {
            let mut codel = codel(law);
            for tick in 0..1_000 {
                let verdict = codel.dequeue(Duration(900 * MS), 0, Instant(tick * MS));
                assert_eq!(verdict, Verdict::Serve);
            }
        }
    }

    /// An overload shorter than the interval, which ends as the server crashes; ten seconds later, three at once.
    #[test]
    fn a_queue_that_was_emptied_otherwise_sheds_nobody_from_a_burst_after_an_idle_spell() {
        for law in [Law::Spaced, Law::Stale] {
            for (told, verdict) in [(true, Verdict::Serve), (false, Verdict::Drop)] {
                let mut codel = codel(law);
                assert!(drops(&mut codel, 0, 50, Duration(11 * MS)).is_empty());
                if told {
                    codel.emptied();
                }
                let burst = codel.dequeue(Duration(11 * MS), 2, Instant(10_000 * MS));
                assert_eq!(burst, verdict, "{law:?}");
            }
        }
    }

    #[test]
    fn a_queue_that_soon_grows_long_again_is_dropped_from_as_often_as_before() {
        let first_gap = |idle: u64| {
            let mut codel = codel(Law::Spaced);
            let end = 1_000;
            assert!(drops(&mut codel, 0, end, Duration(6 * MS)).len() > 20);
            assert!(drops(&mut codel, end, end + idle, Duration(0)).is_empty());
            let from = end + idle;
            let again = drops(&mut codel, from, from + 300, Duration(6 * MS));
            again[1] - again[0]
        };
        assert!(first_gap(100) < 25.0);
        assert!(first_gap(1_600) > 99.0);
    }

    #[test]
    fn the_other_law_drops_all_who_have_waited_twice_the_target() {
        let mut codel = codel(Law::Stale);
        let mut dequeue = |sojourn, ms| codel.dequeue(Duration(sojourn), 50, Instant(ms * MS));
        assert_eq!(dequeue(90 * MS, 0), Verdict::Serve);
        assert_eq!(dequeue(90 * MS, 99), Verdict::Serve);
        assert_eq!([100; 5].map(|ms| dequeue(90 * MS, ms)), [Verdict::Drop; 5]);
        assert_eq!(dequeue(10 * MS, 100), Verdict::Serve);
        assert_eq!(dequeue(10 * MS + 1, 100), Verdict::Drop);
        assert_eq!(dequeue(4 * MS, 101), Verdict::Serve);
        assert_eq!(dequeue(90 * MS, 102), Verdict::Serve);
    }

    #[test]
    fn what_would_drop_everything_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for bad in [Duration(0), good.interval] {
            let refusal = Config::new(Options {
                target: bad,
                ..good
            });
            let refusal = refusal.unwrap_err().to_string();
            assert!(refusal.contains("positive and shorter"), "{refusal}");
        }
    }

    /// RFC 8289, section 5, as it is written there: one call takes packets off the queue until one is to be sent.
    #[derive(Default)]
    struct Rfc {
        first_above_time: u64,
        drop_next: u64,
        count: u32,
        lastcount: u32,
        dropping: bool,
    }

    const TARGET: u64 = 5;
    const INTERVAL: u64 = 100;

    impl Rfc {
        /// The head, and whether it may be dropped.
        fn dodequeue(&mut self, queue: &mut VecDeque<u64>, now: u64) -> Option<(u64, bool)> {
            let Some(sent) = queue.pop_front() else {
                self.first_above_time = 0;
                return None;
            };
            let mut ok_to_drop = false;
            if now - sent < TARGET || queue.is_empty() {
                self.first_above_time = 0;
            } else if self.first_above_time == 0 {
                self.first_above_time = now + INTERVAL;
            } else if now >= self.first_above_time {
                ok_to_drop = true;
            }
            Some((sent, ok_to_drop))
        }

        fn control_law(&self, from: u64) -> u64 {
            from + (INTERVAL as f64 / f64::from(self.count).sqrt()) as u64
        }

        /// Who is sent, and how many were dropped before.
        fn dequeue(&mut self, queue: &mut VecDeque<u64>, now: u64) -> (Option<u64>, u32) {
            let mut drops = 0;
            let mut head = self.dodequeue(queue, now);
            let ok = |head: Option<(u64, bool)>| head.is_some_and(|(_, ok_to_drop)| ok_to_drop);
            if self.dropping {
                self.dropping = ok(head);
                while now >= self.drop_next && self.dropping {
                    drops += 1;
                    self.count += 1;
                    head = self.dodequeue(queue, now);
                    if ok(head) {
                        self.drop_next = self.control_law(self.drop_next);
                    } else {
                        self.dropping = false;
                    }
                }
            } else if ok(head) {
                drops += 1;
                head = self.dodequeue(queue, now);
                self.dropping = true;
                let delta = self.count - self.lastcount;
                self.count = 1;
                if delta > 1 && now as i64 - (self.drop_next as i64) < 16 * INTERVAL as i64 {
                    self.count = delta;
                }
                self.drop_next = self.control_law(now);
                self.lastcount = self.count;
            }
            (head.map(|(sent, _)| sent), drops)
        }
    }

    proptest! {
        #[test]
        fn it_is_the_rfc(
            phases in prop::collection::vec((1..8u64, 1..6u64, 1..400u32, any::<bool>()), 1..12),
        ) {
            let options = Options { target: Duration(TARGET), interval: Duration(INTERVAL), law: Law::Spaced };
            let mut ours = CoDel::new(Config::new(options).unwrap());
            let mut rfc = Rfc::default();
            let (mut our_queue, mut rfc_queue) = (VecDeque::new(), VecDeque::new());
            let mut now = 1;
            for (service, arrivals, steps, crashes) in phases {
                if crashes {
                    // The RFC's queue finds out when it is asked for the next packet.
                    our_queue.clear();
                    ours.emptied();
                    rfc_queue.clear();
                    prop_assert_eq!(rfc.dequeue(&mut rfc_queue, now), (None, 0));
                }
                for step in 0..steps {
                    now += service;
                    if u64::from(step) % 6 < arrivals {
                        our_queue.push_back(now);
                        rfc_queue.push_back(now);
                        if arrivals == 5 {
                            our_queue.push_back(now);
                            rfc_queue.push_back(now);
                        }
                    }
                    let expected = rfc.dequeue(&mut rfc_queue, now);
                    let mut found = (None, 0);
                    while let Some(sent) = our_queue.pop_front() {
                        let left = our_queue.len() as u32;
                        if ours.dequeue(Duration(now - sent), left, Instant(now)) == Verdict::Serve {
                            found.0 = Some(sent);
                            break;
                        }
                        found.1 += 1;
                    }
                    prop_assert_eq!(found, expected);
                }
            }
        }
    }
}
