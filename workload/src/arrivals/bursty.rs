//! Arrivals in bursts: a Poisson process whose rate is switched between two levels at random.
//!
//! A two-state Markov-modulated Poisson process (Fischer, Meier-Hellstern 1993, "The MMPP cookbook"): bursts
//! and quiet periods have exponential lengths. Cost: that of Poisson and two draws a switch.

use std::fmt;

use policy::time::{Duration, Instant};

use super::carry::Carry;
use crate::quantity::{Human, parse_duration};
use crate::sampling::{Exp1, uniform01};
use crate::spec::{Arguments, SpecError};
use crate::stream::Stream;

const FORM: &str =
    "bursty:peak=TIMES,share=SHARE,cycle=DURATION, such as bursty:peak=5,share=0.1,cycle=1s";
/// Requests a cycle, at least: with fewer, a single gap would draw for hundreds of switches.
const LEAST_REQUESTS_A_CYCLE: f64 = 0.01;

/// Bursts and quiet periods. The mean rate over both is the rate that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bursty {
    /// The rate in a burst over the mean rate, above 1.
    peak: f64,
    /// The share of time that bursts take, between 0 and 1; peak * share is at most 1.
    share: f64,
    /// The mean length of a burst and the quiet period after it.
    cycle: Duration,
}

impl Bursty {
    pub(super) fn parse(spec: &str, rest: &str) -> Result<Bursty, SpecError> {
        let mut arguments = Arguments::new(spec, rest, FORM);
        let peak = arguments.number("peak")?;
        let share = arguments.number("share")?;
        let cycle = arguments.named("cycle")?;
        let cycle = parse_duration(cycle).map_err(|error| arguments.refuse(error))?;
        arguments.require(peak > 1.0, "peak must be above 1")?;
        arguments.require(share > 0.0 && share < 1.0, "share must lie between 0 and 1")?;
        arguments.require(
            peak * share <= 1.0,
            "peak * share must be at most 1, or bursts alone exceed the mean rate",
        )?;
        arguments.require(cycle.0 >= 1000, "cycle must be at least 1us")?;
        arguments.finish()?;
        Ok(Bursty { peak, share, cycle })
    }

    /// The rate in a quiet period over the mean rate.
    fn trough(&self) -> f64 {
        ((1.0 - self.peak * self.share) / (1.0 - self.share)).max(0.0)
    }

    /// Variance over mean of the number of arrivals in a long time, at `rate` requests/s:
    /// 1 + 2 rate cycle (peak - 1)^2 share^2.
    pub fn index_of_dispersion(&self, rate: f64) -> f64 {
        let excess = (self.peak - 1.0) * self.share;
        1.0 + 2.0 * rate * self.cycle.as_seconds() * excess * excess
    }

    /// The squared coefficient of variation of the gaps, at `rate` requests/s.
    pub fn scv(&self, rate: f64) -> f64 {
        let cycle = self.cycle.as_seconds();
        let (high, low) = (rate * self.peak, rate * self.trough());
        let (ends, begins) = (
            1.0 / (self.share * cycle),
            1.0 / ((1.0 - self.share) * cycle),
        );
        let between = (high - low) * (high - low) * self.share * (1.0 - self.share);
        1.0 + 2.0 * between / (high * low + high * begins + low * ends)
    }
}

impl fmt::Display for Bursty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bursty { peak, share, cycle } = self;
        write!(
            f,
            "bursty:peak={peak},share={share},cycle={}",
            Human(*cycle)
        )
    }
}

/// One of the two states.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Nanoseconds; infinite where nothing arrives.
    mean_gap: f64,
    /// Nanoseconds.
    mean_length: f64,
}

/// The process: which state it is in, and for how long.
#[derive(Clone, Debug)]
pub(super) struct Modulated {
    exp1: Exp1,
    /// The state it is in, then the other.
    states: [State; 2],
    /// Nanoseconds until it switches.
    left: f64,
    stream: Stream,
    number: u64,
    carry: Carry,
}

impl Modulated {
    /// Begins in the long run's mixture of states. Fails where a cycle is too short for `rate`.
    pub(super) fn new(bursty: Bursty, rate: f64, stream: Stream) -> Result<Modulated, SpecError> {
        if rate * bursty.cycle.as_seconds() < LEAST_REQUESTS_A_CYCLE {
            return Err(SpecError::new(format!(
                "`{bursty}` at {rate} requests/s: a cycle must hold {LEAST_REQUESTS_A_CYCLE} requests in \
                 the mean; allowed is a cycle from {}",
                Human(Duration::from_seconds(LEAST_REQUESTS_A_CYCLE / rate))
            )));
        }
        let cycle = bursty.cycle.0 as f64;
        let state = |level: f64, share: f64| State {
            mean_gap: 1e9 / (rate * level),
            mean_length: cycle * share,
        };
        let mut states = [
            state(bursty.peak, bursty.share),
            state(bursty.trough(), 1.0 - bursty.share),
        ];
        let exp1 = Exp1::new();
        let mut draws = stream.part(0).at(0);
        if uniform01(&mut draws) >= bursty.share {
            states.reverse();
        }
        Ok(Modulated {
            left: exp1.sample(&mut draws) * states[0].mean_length,
            exp1,
            states,
            stream,
            number: 0,
            carry: Carry::default(),
        })
    }

    /// The next arrival. A gap that would outlast the state ends with it and is drawn anew in the next,
    /// which exponential gaps, being without memory, allow.
    pub(super) fn next(&mut self) -> Instant {
        let mut draws = self.stream.at(self.number);
        self.number += 1;
        loop {
            let gap = self.exp1.sample(&mut draws) * self.states[0].mean_gap;
            if gap <= self.left {
                self.left -= gap;
                return self.carry.advance(gap);
            }
            self.carry.advance(self.left);
            self.states.reverse();
            self.left = self.exp1.sample(&mut draws) * self.states[0].mean_length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Purpose;

    fn bursty(rest: &str) -> Result<Bursty, SpecError> {
        Bursty::parse(&format!("bursty:{rest}"), rest)
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (rest, why) in [
            ("peak=1,share=0.1,cycle=1s", "peak must be above 1"),
            ("peak=5,share=0,cycle=1s", "share must lie between"),
            (
                "peak=5,share=0.3,cycle=1s",
                "peak * share must be at most 1",
            ),
            ("peak=5,share=0.1,cycle=1", "it has no unit"),
            ("peak=5,share=0.1,cycle=1ns", "at least 1us"),
            ("peak=5,share=0.1,cycle=1s,x=1", "`x=1` is not expected"),
        ] {
            let sentence = bursty(rest).unwrap_err().to_string();
            assert!(sentence.contains(why), "{sentence}");
        }
        let short = bursty("peak=5,share=0.1,cycle=1us").unwrap();
        let sentence =
            Modulated::new(short, 1.0, Stream::new(1, 0, Purpose::Arrivals)).unwrap_err();
        assert!(
            sentence
                .to_string()
                .ends_with("allowed is a cycle from 10ms"),
            "{sentence}"
        );
    }

    /// An interrupted Poisson process, by hand: on half of the time, at twice the rate.
    #[test]
    fn moments_by_hand() {
        let on_off = bursty("peak=2,share=0.5,cycle=1s").unwrap();
        assert_eq!(on_off.trough(), 0.0);
        // Rates 20/s, both switching rates 2/s: 1 + 2 * 2 * 20 / 4^2.
        assert!((on_off.scv(10.0) - 6.0).abs() < 1e-12);
        assert!((on_off.index_of_dispersion(10.0) - 6.0).abs() < 1e-12);
    }

    /// Rate, scv and dispersion of twenty replications, each of 2,000 cycles, against the formulas.
    #[test]
    fn the_process_has_the_stated_moments() {
        for rest in [
            "peak=5,share=0.1,cycle=100ms",
            "peak=2,share=0.5,cycle=50ms",
        ] {
            let (bursty, rate) = (bursty(rest).unwrap(), 1000.0);
            let runs: Vec<[f64; 3]> = (0..20)
                .map(|seed| {
                    let stream = Stream::new(seed, 0, Purpose::Arrivals);
                    measured(Modulated::new(bursty, rate, stream).unwrap())
                })
                .collect();
            let exact = [rate, bursty.scv(rate), bursty.index_of_dispersion(rate)];
            for (i, exact) in exact.into_iter().enumerate() {
                let mean = runs.iter().map(|run| run[i]).sum::<f64>() / 20.0;
                let squares: f64 = runs
                    .iter()
                    .map(|run| (run[i] - mean) * (run[i] - mean))
                    .sum();
                let error = (squares / 19.0 / 20.0).sqrt();
                assert!(
                    error < 0.05 * exact,
                    "{rest}: {error} is too wide to mean anything"
                );
                // Student's t with 19 degrees of freedom exceeds 3.88 once in a thousand; windows of 2 s
                // fall short of an infinite one by about a cycle over two windows.
                let bias = if i == 2 { 0.03 * exact } else { 0.0 };
                assert!(
                    (mean - exact).abs() < 3.88 * error + bias,
                    "{rest}: {mean} ± {error}, {exact}"
                );
            }
        }
    }

    /// Rate, scv of gaps, and dispersion of counts in windows of 2 s, over 200 s.
    fn measured(mut process: Modulated) -> [f64; 3] {
        let mut counts = [0.0; 100];
        let (mut last, mut n, mut squares) = (0, 0.0, 0.0);
        loop {
            let arrival = process.next().0;
            let Some(count) = counts.get_mut((arrival / 2_000_000_000) as usize) else {
                break;
            };
            *count += 1.0;
            let gap = (arrival - last) as f64 * 1e-9;
            squares += gap * gap;
            n += 1.0;
            last = arrival;
        }
        let mean_gap = last as f64 * 1e-9 / n;
        let mean = n / 100.0;
        let variance = counts
            .iter()
            .map(|count| (count - mean) * (count - mean))
            .sum::<f64>()
            / 99.0;
        [
            n / 200.0,
            squares / n / (mean_gap * mean_gap) - 1.0,
            variance / mean,
        ]
    }
}
