//! Whether a system came back after what troubled it was gone.
//!
//! An interval is bad when fewer of the requests sent in it were answered than 0.95 of what was usual before, or when
//! its answers are slow: the median, the mean or the 99th percentile above three times the largest before. The median,
//! because a system that is stuck is slow for everybody; the 99th percentile, because one sick backend of many shows
//! in the tail alone, and only where an interval has 200 answers, since below that it is the one or two slowest jobs;
//! the mean, because a few that wait for very long drag it however few the answers are. Without enough time before
//! there is nothing to compare with, and only the share is judged.
//!
//! Cost: a pass over the intervals.
//! Source: metastable failures, Bronson et al. 2021, Huang et al. 2022: bad after the trigger is gone.

mod verdict;

use policy::time::{Duration, Instant};

use super::series::{Point, Series};
pub use verdict::{Verdict, verdict};

/// What troubles the system: from when until when; `None`, if it does not end.
pub type Trigger = (Instant, Option<Instant>);

/// So many intervals with arrivals before the first trigger tell what is usual.
const BASELINE: usize = 5;
/// Of the usual share of answered requests; of all, where nothing is known of before.
const HEALTHY_SHARE: f64 = 0.95;
/// Times the slowest interval before.
const SLOW: f64 = 3.0;
/// Fewer answers have no tail to speak of.
const ANSWERS_WITH_A_TAIL: u64 = 200;
/// It has recovered when so many intervals in a row are good, or this share of all if that is more.
const IN_A_ROW: usize = 5;
const SHARE_IN_A_ROW: f64 = 0.05;

/// How one replication fared. Counted are intervals in which requests were sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recovery {
    /// When the last trigger ended; `None` if one did not while requests were sent, or there was none.
    pub ends: Option<Instant>,
    /// From the first trigger's beginning to the last one's end; in a pool no less than a worker takes to start.
    pub trigger: Duration,
    /// From the end of the trigger until the system was good again for a while: five intervals or more. `None` if
    /// it never was.
    pub recovered_after: Option<Duration>,
    /// From the end of the trigger until the last request was sent.
    pub observed_after: Duration,
    /// How many intervals that is.
    pub intervals_after: usize,
    /// The share of those intervals that were bad.
    pub bad_share_after: f64,
    /// Whether there was enough before the first trigger to say what is usual. If not, only lost requests count.
    pub compared: bool,
    /// The share of the intervals from the first trigger's beginning to its end that were bad.
    pub bad_share_during: f64,
}

/// What is usual.
struct Usual {
    share: f64,
    p50: f64,
    mean: f64,
    p99: f64,
}

impl Usual {
    /// From the intervals before the first trigger.
    fn of(before: &[&Point]) -> Usual {
        if before.len() < BASELINE {
            let p50 = f64::INFINITY;
            return Usual {
                share: 1.0,
                p50,
                mean: p50,
                p99: p50,
            };
        }
        let sum = |of: fn(&Point) -> f64| before.iter().map(|point| of(point)).sum::<f64>();
        let answered = sum(|point| point.answered_share.unwrap_or(0.0) * point.arrivals as f64);
        // With nothing to compare with, nothing is slow.
        let slowest =
            |times: &mut dyn Iterator<Item = f64>| times.reduce(f64::max).unwrap_or(f64::INFINITY);
        Usual {
            share: answered / sum(|point| point.arrivals as f64),
            p50: slowest(&mut before.iter().filter_map(|point| point.p50_seconds)),
            mean: slowest(&mut before.iter().filter_map(|point| point.mean_seconds)),
            p99: slowest(&mut before.iter().filter_map(|point| tail(point))),
        }
    }

    fn is_known(&self) -> bool {
        self.mean.is_finite()
    }

    fn is_bad(&self, point: &Point) -> bool {
        let lost = point
            .answered_share
            .is_some_and(|share| share < HEALTHY_SHARE * self.share);
        let slow = point.p50_seconds.is_some_and(|time| time > SLOW * self.p50);
        let slow_for_some = tail(point).is_some_and(|time| time > SLOW * self.p99);
        // A few that wait for very long move the mean, however few the answers.
        let dragged = point
            .mean_seconds
            .is_some_and(|time| time > SLOW * self.mean);
        lost || slow || slow_for_some || dragged
    }
}

/// The 99th percentile where it means something.
fn tail(point: &Point) -> Option<f64> {
    point
        .p99_seconds
        .filter(|_| point.answers >= ANSWERS_WITH_A_TAIL)
}

/// Judges one finished replication, at the resolution of its series.
pub fn recovery(series: &Series, triggers: &[Trigger]) -> Recovery {
    let points = series.points();
    let sent: Vec<&Point> = points.iter().filter(|point| point.arrivals > 0).collect();
    judge(&sent, triggers)
}

fn judge(sent: &[&Point], triggers: &[Trigger]) -> Recovery {
    let end = |point: &Point| point.start + point.length;
    let begins = triggers
        .iter()
        .map(|trigger| trigger.0)
        .min()
        .unwrap_or(Instant::NEVER);
    // One that lasts leaves nothing to recover from.
    let ends = triggers
        .iter()
        .map(|trigger| trigger.1.unwrap_or(Instant::NEVER))
        .max();
    let last = sent.last().map_or(Instant::ZERO, |point| end(point));
    let ends = ends.filter(|ends| *ends < last);
    let after_from = ends.unwrap_or(last);
    let usual = Usual::of(&sent[..sent.partition_point(|point| end(point) <= begins)]);
    // Who sees both the trigger and its end counts to what is after: being good there is being recovered at once.
    let troubled = &sent[sent.partition_point(|point| end(point) <= begins)..];
    let (during, after) =
        troubled.split_at(troubled.partition_point(|point| end(point) <= after_from));
    let bad: Vec<bool> = after.iter().map(|point| usual.is_bad(point)).collect();
    let needed = IN_A_ROW.max(libm::ceil(SHARE_IN_A_ROW * sent.len() as f64) as usize);
    let good_from = bad.windows(needed).position(|row| !row.contains(&true));
    let bad_during = during.iter().filter(|point| usual.is_bad(point)).count();
    Recovery {
        ends,
        trigger: ends.unwrap_or(last) - begins,
        recovered_after: good_from.map(|at| after[at].start - after_from),
        observed_after: last - after_from,
        intervals_after: after.len(),
        compared: usual.is_known(),
        bad_share_after: share(bad.iter().filter(|bad| **bad).count(), after.len()),
        bad_share_during: share(bad_during, during.len()),
    }
}

fn share(some: usize, of: usize) -> f64 {
    some as f64 / of.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Failure;

    const TICK: u64 = 100_000_000;

    fn at(interval: u64) -> Instant {
        Instant(interval * TICK)
    }

    /// 100 intervals of ten requests: `fate` says of each interval how many are answered and after how many
    /// thousandths of an interval.
    fn series(fate: impl Fn(u64) -> (u64, u64)) -> Series {
        let mut series = Series::new(Some(Duration(TICK)));
        for interval in 0..100 {
            let (answered, after) = fate(interval);
            (0..10).for_each(|_| series.arrived(at(interval)));
            let now = at(interval) + Duration(after * TICK / 1_000);
            (0..answered).for_each(|_| series.answered(at(interval), now));
            (answered..10).for_each(|_| series.failed(now, Failure::Timeout));
        }
        series.finish(at(100));
        series
    }

    const TRIGGER: [Trigger; 1] = [(Instant(20 * TICK), Some(Instant(30 * TICK)))];

    fn judged(triggers: &[Trigger], fate: impl Fn(u64) -> (u64, u64)) -> (Recovery, Verdict) {
        let recovery = recovery(&series(fate), triggers);
        (recovery, verdict(&[recovery]))
    }

    fn ticks(intervals: u64) -> Duration {
        Duration(intervals * TICK)
    }

    #[test]
    fn who_is_never_bad_is_healthy() {
        let (recovery, verdict) = judged(&TRIGGER, |_| (10, 100));
        assert_eq!(verdict, Verdict::Healthy { compared: true });
        assert_eq!(recovery.recovered_after, Some(Duration::ZERO));
        // Twice as slow and one in a hundred lost is not bad.
        let worse = judged(&TRIGGER, |at| if at < 20 { (10, 100) } else { (10, 290) });
        assert_eq!(worse.1, Verdict::Healthy { compared: true });
    }

    #[test]
    fn who_is_never_bad_is_not_in_trouble_nor_stuck() {
        let late = [(at(90), Some(at(97)))];
        let (unseen, verdict) = judged(&late, |_| (10, 100));
        assert_eq!(
            (unseen.recovered_after, verdict),
            (None, Verdict::Healthy { compared: true })
        );
        assert!(!unseen.is_stuck() && !unseen.was_in_trouble());
        // Bad by chance, long after.
        let (later, _) = judged(&TRIGGER, |at| if at == 80 { (0, 100) } else { (10, 100) });
        assert!(!later.is_stuck() && !later.was_in_trouble());
        let (hurt, _) = judged(&late, |at| if at == 98 { (0, 100) } else { (10, 100) });
        assert!(hurt.is_stuck() && hurt.was_in_trouble());
        let (during, _) = judged(&TRIGGER, |at| if at == 20 { (0, 100) } else { (10, 100) });
        assert!(during.was_in_trouble() && during.recovered_after == Some(Duration::ZERO));
    }

    #[test]
    fn it_recovers_when_five_intervals_in_a_row_are_good() {
        for bad in [(9, 100), (10, 310), (0, 100)] {
            // A good interval or four on the way do not count.
            let fate = |at| match at {
                20..34 | 38..42 => bad,
                _ => (10, 100),
            };
            let (recovery, verdict) = judged(&TRIGGER, fate);
            assert_eq!(recovery.recovered_after, Some(ticks(12)), "{bad:?}");
            assert_eq!((recovery.ends, recovery.trigger), (Some(at(30)), ticks(10)));
            assert_eq!(
                (recovery.observed_after, recovery.intervals_after),
                (ticks(70), 70)
            );
            assert_eq!(
                (recovery.bad_share_during, recovery.bad_share_after),
                (1.0, 8.0 / 70.0)
            );
            let (mean, max) = (ticks(12), ticks(12));
            assert_eq!(verdict, Verdict::Recovered { mean, max });
        }
    }

    #[test]
    fn what_stays_bad_is_metastable() {
        let (recovery, verdict) = judged(&TRIGGER, |at| if at < 20 { (10, 100) } else { (3, 100) });
        assert_eq!(
            (recovery.recovered_after, recovery.bad_share_after),
            (None, 1.0)
        );
        let observed = ticks(70);
        assert_eq!(
            verdict,
            Verdict::Metastable {
                share: 1.0,
                observed
            }
        );
    }

    #[test]
    fn soon_after_the_trigger_it_is_too_early_to_tell() {
        // Less than five seconds after one that lasts or is over at once; not twice the trigger.
        for (begins, ends, left) in [(50, 60, 40), (51, 51, 49), (10, 45, 55)] {
            let stuck = |at| if at < begins { (10, 100) } else { (3, 100) };
            let (_, verdict) = judged(&[(at(begins), Some(at(ends)))], stuck);
            let (share, observed) = (1.0, ticks(left));
            assert_eq!(verdict, Verdict::NotYet { share, observed });
        }
    }

    #[test]
    fn watched_for_long_is_long_in_seconds_in_triggers_and_in_intervals() {
        let (recovery, _) = judged(&TRIGGER, |_| (3, 100));
        let watched = |trigger, observed_after, intervals_after| {
            let watched = Recovery {
                trigger: Duration(trigger),
                observed_after: Duration(observed_after),
                intervals_after,
                ..recovery
            };
            watched.was_watched()
        };
        const SECOND: u64 = 1_000_000_000;
        assert!(watched(0, 5 * SECOND, 20) && watched(10 * SECOND, 20 * SECOND, 20));
        assert!(!watched(0, 5 * SECOND - 1, 1_000));
        assert!(!watched(10 * SECOND, 20 * SECOND - 1, 1_000));
        assert!(!watched(0, 60 * SECOND, 19));
    }

    #[test]
    fn without_a_baseline_only_the_share_is_judged() {
        let early = [(at(3), Some(at(10)))];
        let (recovery, _) = judged(&early, |at| if at < 20 { (9, 100) } else { (10, 900) });
        assert_eq!(recovery.recovered_after, Some(ticks(10)));
        // With one, nine of ten is good where nine of ten was usual.
        assert_eq!(
            judged(&TRIGGER, |_| (9, 100)).1,
            Verdict::Healthy { compared: true }
        );
    }

    #[test]
    fn a_tail_counts_where_there_are_answers_enough() {
        let fate = |per_interval: u64| {
            let mut series = Series::new(Some(Duration(TICK)));
            for interval in 0..100 {
                for number in 0..per_interval {
                    series.arrived(at(interval));
                    let slow = interval >= 20 && number * 20 < per_interval;
                    let sent = if slow {
                        at(interval)
                    } else {
                        at(interval) + Duration(TICK * 9 / 10)
                    };
                    series.answered(sent, at(interval) + Duration(TICK - 1));
                }
            }
            series.finish(at(100));
            recovery(&series, &TRIGGER).bad_share_after
        };
        assert_eq!((fate(199), fate(200)), (0.0, 1.0));
    }

    #[test]
    fn what_has_not_ended_is_not_recovered_from() {
        let stuck = |_| (3, 100);
        for triggers in [
            vec![],
            vec![(at(20), None)],
            vec![(at(20), Some(at(30))), (at(25), None)],
            vec![(at(20), Some(at(100)))],
        ] {
            assert_eq!(judged(&triggers, stuck).1, Verdict::NothingEnded);
        }
        assert_eq!(verdict(&[]), Verdict::NothingEnded);
    }

    #[test]
    fn most_decide() {
        let good = recovery(
            &series(|at| {
                if (20..35).contains(&at) {
                    (3, 100)
                } else {
                    (10, 100)
                }
            }),
            &TRIGGER,
        );
        let stuck = recovery(
            &series(|at| if at < 20 { (10, 100) } else { (3, 100) }),
            &TRIGGER,
        );
        let (mean, max) = (ticks(5), ticks(5));
        assert_eq!(verdict(&[good, good]), Verdict::Recovered { mean, max });
        assert_eq!(
            verdict(&[good, good, good, stuck]),
            Verdict::Unrecovered { share: 0.25 }
        );
        assert_eq!(verdict(&[good, stuck]), Verdict::Unrecovered { share: 0.5 });
        let observed = ticks(70);
        assert_eq!(
            verdict(&[good, stuck, stuck, stuck]),
            Verdict::Metastable {
                share: 0.75,
                observed
            }
        );
    }
}
