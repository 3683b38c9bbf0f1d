//! Arrivals whose rate changes over time: the time that a process runs on is stretched and squeezed.
//!
//! An arrival of the given process at tau happens at the t with integral_0^t m = tau, where m is the product of
//! the surges (Cinlar 1975, inversion of the cumulative rate). For a Poisson process that is exactly the
//! non-homogeneous one of rate m times the rate; every other process keeps its character. The k-th arrival
//! draws what it would have drawn without, so that runs with and without a surge face the same requests.
//!
//! Between two changes m is taken as a straight line, which it is where at most one surge is sloped. Where two
//! are, ramps are cut into [`PIECES`], and the line lies between values that are exact.
//!
//! Cost: O(1) an arrival and O(surges) a piece. Exact to the nanosecond within 104 days (2^53 ns) of a change.

use policy::time::{Duration, Instant};

use super::Process;
use super::surge::{GREATEST_FACTOR, Surge};
use crate::spec::SpecError;

/// Into how many a ramp is cut where another surge is sloped, too.
const PIECES: u64 = 32;

/// By what the mean rate is multiplied, over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    surges: Vec<Surge>,
    /// Into how many pieces a ramp is cut.
    pieces: u64,
}

impl Profile {
    /// The product of `surges`.
    ///
    /// Fails where they leave next to nobody in the long run (a factor below 1e-6), or exceed 1e6 together.
    pub fn new(surges: &[Surge]) -> Result<Profile, SpecError> {
        let (mut long_run, mut highest) = (1.0, 1.0);
        for surge in surges {
            let (settled, peak) = surge.extremes();
            long_run *= settled;
            highest *= peak;
        }
        let text: Vec<String> = surges.iter().map(Surge::to_string).collect();
        let refuse =
            |problem: &str| Err(SpecError::new(format!("`{}`: {problem}", text.join(","))));
        if long_run < GREATEST_FACTOR.recip() {
            return refuse(
                "together they leave less than 1e-6 of the rate for ever; write larger factors",
            );
        }
        if highest > GREATEST_FACTOR {
            return refuse("together they exceed 1e6 times the rate; write smaller factors");
        }
        let sloped = surges.iter().filter(|surge| surge.is_sloped()).count();
        Ok(Profile {
            surges: surges.to_vec(),
            pieces: if sloped > 1 { PIECES } else { 1 },
        })
    }

    /// Whether it changes nothing.
    pub fn is_flat(&self) -> bool {
        self.surges.is_empty()
    }

    /// By what the rate is multiplied at `time`. What begins then holds already.
    pub fn multiplier(&self, time: Instant) -> f64 {
        self.product(time, time)
    }

    /// From when and until when the rate differs from its mean (`None`: for ever). `None`: it never does.
    pub fn window(&self) -> Option<(Instant, Option<Instant>)> {
        let windows = self.surges.iter().map(|surge| match surge.window() {
            Some(window) => window,
            None => (Instant::ZERO, None),
        });
        windows.reduce(|a, b| {
            let ends = a.1.zip(b.1).map(|(a, b)| a.max(b));
            (a.0.min(b.0), ends)
        })
    }

    /// The integral of the multiplier from the epoch until `time`, in nanoseconds: at a mean rate of r, r times
    /// this have arrived in the mean. O(pieces).
    pub fn integral(&self, time: Instant) -> f64 {
        let (mut piece, mut sum) = (self.piece(Instant::ZERO), 0.0);
        while piece.ends <= time && piece.ends != Instant::NEVER {
            sum += piece.area();
            piece = self.piece(piece.ends);
        }
        sum + piece.area_until(time)
    }

    /// The piece that begins at `begins`, where a piece does.
    fn piece(&self, begins: Instant) -> Piece {
        let changes = self.surges.iter();
        let ends = changes
            .map(|surge| surge.next_change(begins, self.pieces))
            .min()
            .unwrap_or(Instant::NEVER);
        Piece {
            begins,
            ends,
            first: self.product(begins, begins),
            last: self.product(begins, ends),
        }
    }

    fn product(&self, piece: Instant, time: Instant) -> f64 {
        let factors = self.surges.iter();
        factors.fold(1.0, |product, surge| product * surge.factor(piece, time))
    }
}

/// A stretch of time in which the multiplier is a straight line.
#[derive(Clone, Copy, Debug)]
struct Piece {
    begins: Instant,
    /// [`Instant::NEVER`]: the last piece, which is level.
    ends: Instant,
    /// The multiplier where it begins and, from the left, where it ends.
    first: f64,
    last: f64,
}

impl Piece {
    /// Nanoseconds.
    fn length(&self) -> f64 {
        (self.ends - self.begins).0 as f64
    }

    /// The integral of the multiplier over it, in nanoseconds.
    fn area(&self) -> f64 {
        self.length() * (0.5 * (self.first + self.last))
    }

    /// The integral from its beginning until `time`.
    fn area_until(&self, time: Instant) -> f64 {
        let way = (time - self.begins).0 as f64;
        way * (self.first + 0.5 * self.slope() * way)
    }

    /// Of the multiplier, a nanosecond.
    fn slope(&self) -> f64 {
        (self.last - self.first) / self.length()
    }

    /// When the integral from its beginning is `area`, which is at least 0 and less than that over all of it.
    fn when(&self, area: f64) -> Instant {
        let way = if self.first == self.last {
            area / self.first
        } else {
            // The form of the quadratic's solution that subtracts nothing alike.
            let (first, slope) = (self.first, self.slope());
            let root = (first * first + 2.0 * slope * area).max(0.0).sqrt();
            2.0 * area / (first + root)
        };
        // Without a rate at the beginning, no time at all has passed before the first arrival.
        let way = if way.is_nan() { 0.0 } else { way };
        (self.begins + Duration(way as u64)).min(self.ends)
    }
}

/// A process, and where in its profile it has come to.
#[derive(Clone, Debug)]
pub(super) struct Shaped {
    process: Process,
    profile: Profile,
    piece: Piece,
    /// The integral up to the piece: nanoseconds, and what is left below one.
    before: u64,
    rest: f64,
    last: Instant,
}

impl Shaped {
    pub(super) fn new(process: Process, profile: Profile) -> Shaped {
        Shaped {
            process,
            piece: profile.piece(Instant::ZERO),
            profile,
            before: 0,
            rest: 0.0,
            last: Instant::ZERO,
        }
    }

    /// The next arrival. Apart, so that the plain processes stay small enough to be inlined.
    #[inline(never)]
    pub(super) fn next(&mut self) -> Option<Instant> {
        let operational = self.process.next()?.0;
        loop {
            let area = operational.saturating_sub(self.before) as f64 - self.rest;
            let whole = self.piece.area();
            // Where nobody arrives the integral stands still; who would have come then comes after it.
            if area < whole || self.piece.ends == Instant::NEVER {
                self.last = self.last.max(self.piece.when(area.max(0.0)));
                return Some(self.last);
            }
            let sum = self.rest + whole;
            self.before = self.before.saturating_add(sum as u64);
            self.rest = sum - sum.trunc();
            self.piece = self.profile.piece(self.piece.ends);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::Arrivals;
    use crate::stream::{Purpose, Stream};
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn profile(text: &str) -> Profile {
        Profile::new(&Surge::list(text).unwrap()).unwrap()
    }

    /// Arrivals of a process with one each millisecond.
    fn even(surges: &str) -> impl Iterator<Item = u64> {
        let stream = Stream::new(1, 0, Purpose::Arrivals);
        let process = Arrivals::Even.process(1000.0, stream).unwrap();
        process.shaped(profile(surges)).map(|arrival| arrival.0)
    }

    fn moved(surges: &str, operational: &[u64]) -> Vec<u64> {
        let recorded = operational.iter().copied().map(Instant).collect();
        let process = Process::recorded(recorded).shaped(profile(surges));
        process.map(|arrival| arrival.0).collect()
    }

    #[test]
    fn what_is_level_is_exact_to_the_nanosecond() {
        // From 10 s on three times as many for 5 s: 15 s of arrivals, up to 25 s of operational time.
        assert_eq!(
            moved(
                "spike:@10s+5sx3",
                &[
                    7,
                    10 * SECOND,
                    10 * SECOND + 3,
                    25 * SECOND - 3,
                    25 * SECOND,
                    26 * SECOND + 1
                ]
            ),
            [
                7,
                10 * SECOND,
                10 * SECOND + 1,
                15 * SECOND - 1,
                15 * SECOND,
                16 * SECOND + 1
            ]
        );
        assert_eq!(
            moved(
                "step:@1sx0.25,step:@2sx2",
                &[SECOND, SECOND + 1, SECOND * 5 / 4 + 1]
            ),
            [SECOND, SECOND + 4, 2 * SECOND + 2]
        );
        // Ten days at a third, and none of it lost.
        let day = 86_400 * SECOND;
        assert_eq!(moved("spike:@0s+720hx0.5", &[15 * day + 9]), [30 * day + 9]);
    }

    #[test]
    fn nobody_arrives_while_the_factor_is_zero() {
        let arrivals: Vec<u64> = even("spike:@10ms+5msx0").take(12).collect();
        let mut expected: Vec<u64> = (1..10).collect();
        expected.extend([15, 16, 17]);
        let expected: Vec<u64> = expected.iter().map(|ms| ms * 1_000_000).collect();
        assert_eq!(arrivals, expected);
        // From the very beginning, too.
        assert_eq!(even("spike:@0s+5msx0").next(), Some(6_000_000));
    }

    /// By hand: from 10 s on m = 1 + (t - 10 s) / 10 s, so t = 10 s + 10 s (sqrt(1 + 2 a / 10 s) - 1).
    #[test]
    fn a_ramp_follows_its_parabola() {
        let times = moved("ramp:@10s+10sx2", &[14 * SECOND, 25 * SECOND, 27 * SECOND]);
        let exact = 10e9 + 10e9 * (1.8f64.sqrt() - 1.0);
        assert!((times[0] as f64 - exact).abs() < 2.0, "{times:?}");
        assert_eq!(times[1..], [20 * SECOND, 21 * SECOND]);
    }

    #[test]
    fn a_day_holds_as_many_as_its_mean() {
        let day = profile("daily:period=24h,peak=2");
        for hours in [0, 12, 24, 36, 240] {
            let time = Instant(hours * 3600 * SECOND);
            let error = day.integral(time) - time.0 as f64;
            assert!(
                error.abs() < 1e-9 * time.0 as f64 + 1.0,
                "{hours} h: {error}"
            );
        }
        // A quarter of the period from the lowest: 1/4 - 1/2pi of it, but for 96 chords.
        let morning = day.integral(Instant(6 * 3600 * SECOND)) / (86_400.0 * SECOND as f64);
        let exact = 0.25 - 1.0 / std::f64::consts::TAU;
        assert!((morning - exact).abs() < 1e-4, "{morning}");
    }

    /// Two sloped surges at once: against the integral of the product, in closed form.
    #[test]
    fn sloped_surges_multiply() {
        let both = profile("ramp:@0s+10sx10,ramp:@0s+10sx10");
        let integral = both.integral(Instant(10 * SECOND)) / 10e9;
        let exact = (1.0 + 10.0 + 100.0) / 3.0;
        assert!((integral / exact - 1.0).abs() < 1e-3, "{integral}");
        assert_eq!(both.multiplier(Instant(5 * SECOND)), 5.5 * 5.5);
        assert_eq!(both.multiplier(Instant(10 * SECOND)), 100.0);
    }

    #[test]
    fn the_window_spans_all_of_it() {
        let window = |text| profile(text).window();
        assert_eq!(Profile::new(&[]).unwrap().window(), None);
        let (from, to) = (Instant(5 * SECOND), Instant(12 * SECOND));
        assert_eq!(
            window("spike:@10s+2sx3,spike:@5s+1sx0"),
            Some((from, Some(to)))
        );
        assert_eq!(window("spike:@10s+2sx3,step:@5sx2"), Some((from, None)));
        assert_eq!(
            window("daily:period=1h,peak=2"),
            Some((Instant::ZERO, None))
        );
    }

    #[test]
    fn what_leaves_nobody_or_too_many_is_refused() {
        for (text, why) in [
            (
                "step:@1sx0.001,ramp:@1s+1sx0.0001",
                "less than 1e-6 of the rate for ever",
            ),
            ("step:@1sx1000,spike:@1s+1sx10000", "exceed 1e6 times"),
        ] {
            let surges = Surge::list(text).unwrap();
            let sentence = Profile::new(&surges).unwrap_err().to_string();
            assert!(
                sentence.contains(why) && sentence.contains(text),
                "{sentence}"
            );
        }
    }

    #[test]
    fn without_a_surge_nothing_is_wrapped() {
        let stream = Stream::new(1, 0, Purpose::Arrivals);
        let process = || Arrivals::Poisson.process(1000.0, stream).unwrap();
        let plain = format!("{:?}", process());
        let shaped = process().shaped(Profile::new(&[]).unwrap());
        assert_eq!(format!("{shaped:?}"), plain);
    }

    /// Counts of a shaped Poisson process in the stretches of its profile, each Poisson itself.
    #[test]
    fn a_shaped_poisson_process_has_the_profile_s_rate() {
        let stream = Stream::new(3, 0, Purpose::Arrivals);
        let shape = profile("spike:@10s+5sx3,daily:period=20s,peak=1.5,ramp:@20s+10sx4");
        let process = Arrivals::Poisson.process(10_000.0, stream).unwrap();
        let mut counts = [0.0; 40];
        for arrival in process.shaped(shape.clone()) {
            match counts.get_mut((arrival.0 / SECOND) as usize) {
                Some(count) => *count += 1.0,
                None => break,
            }
        }
        for (second, count) in counts.iter().enumerate() {
            let until = |second: usize| shape.integral(Instant(second as u64 * SECOND));
            let exact = (until(second + 1) - until(second)) * 1e-5;
            let deviation = (count - exact) / exact.sqrt();
            // Exceeded once in 250 sets of forty.
            assert!(deviation.abs() < 4.0, "second {second}: {count}, {exact}");
        }
    }

    fn surge() -> impl Strategy<Value = Surge> {
        let time = prop_oneof![0..50u64, 0..50 * SECOND];
        let span = prop_oneof![1..50u64, 1..50 * SECOND];
        let factor = prop_oneof![Just(1.0), 0.01..100.0f64];
        (0..4, time, span, factor, 1.0..=2.0f64, any::<bool>()).prop_map(
            |(kind, begins, span, factor, peak, silent)| {
                let (begins, span) = (Instant(begins), Duration(span));
                match kind {
                    0 => Surge::Spike {
                        begins,
                        lasts: span,
                        factor: if silent { 0.0 } else { factor },
                    },
                    1 => Surge::Step { begins, factor },
                    2 => Surge::Ramp {
                        begins,
                        within: span,
                        factor,
                    },
                    _ => Surge::Daily {
                        period: span + Duration(SECOND),
                        peak,
                    },
                }
            },
        )
    }

    proptest! {
        #[test]
        fn arrivals_stay_in_order_and_the_integral_gives_them_back(
            surges in prop::collection::vec(surge(), 1..4),
            mut operational in prop::collection::vec(prop_oneof![0..100u64, 0..100 * SECOND], 1..30),
        ) {
            let profile = Profile::new(&surges).unwrap();
            operational.sort_unstable();
            let recorded = operational.iter().copied().map(Instant).collect();
            let times: Vec<Instant> = Process::recorded(recorded).shaped(profile.clone()).collect();
            prop_assert_eq!(times.len(), operational.len());
            prop_assert!(times.is_sorted());
            for (&time, &operational) in times.iter().zip(&operational) {
                // An instant is rounded down, and may lie at the end of a stretch without arrivals.
                let (low, high) = (profile.integral(time), profile.integral(time + Duration(1)));
                let slack = 1e-4 + operational as f64 * 1e-12;
                prop_assert!(low <= operational as f64 + slack, "{low} {operational} {time:?}");
                prop_assert!(high >= operational as f64 - slack, "{high} {operational} {time:?}");
            }
        }
    }
}
