//! Producing arrivals one after the other.

use std::vec;

use policy::time::Instant;

use super::bursty::{Bursty, Modulated};
use super::carry::Carry;
use super::profile::{Profile, Shaped};
use crate::sampling::Exp1;
use crate::spec::SpecError;
use crate::stream::Stream;

/// An arrival process. Generated ones never end; the first arrival is one gap after the epoch.
///
/// Cost of an arrival: Poisson about 5 ns, even 1 ns, bursty 7 ns; shaped about 10 ns more.
#[derive(Clone, Debug)]
pub struct Process(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Poisson(Poisson),
    Even { gap: u128, now: u128 },
    Bursty(Box<Modulated>),
    Recorded(vec::IntoIter<Instant>),
    Shaped(Box<Shaped>),
}

/// Independent exponential gaps.
#[derive(Clone, Debug)]
struct Poisson {
    exp1: Exp1,
    /// Nanoseconds.
    mean_gap: f64,
    stream: Stream,
    number: u64,
    carry: Carry,
}

impl Process {
    pub(super) fn poisson(rate: f64, stream: Stream) -> Process {
        Process(Kind::Poisson(Poisson {
            exp1: Exp1::new(),
            mean_gap: 1e9 / rate,
            stream,
            number: 0,
            carry: Carry::default(),
        }))
    }

    /// The gap is kept in 2^-64 ns: no error builds up. Beginning at half a nanosecond rounds to the nearest.
    pub(super) fn even(rate: f64) -> Process {
        let gap = (1e9 / rate * 2f64.powi(64)) as u128;
        Process(Kind::Even { gap, now: 1 << 63 })
    }

    pub(super) fn bursty(bursty: Bursty, rate: f64, stream: Stream) -> Result<Process, SpecError> {
        let modulated = Modulated::new(bursty, rate, stream)?;
        Ok(Process(Kind::Bursty(Box::new(modulated))))
    }

    /// What was recorded, in order, and then no more.
    pub fn recorded(arrivals: Vec<Instant>) -> Process {
        Process(Kind::Recorded(arrivals.into_iter()))
    }

    /// The same arrivals at the times that `profile` moves them to: the k-th remains the k-th and draws what it
    /// would have drawn. A profile that changes nothing costs nothing.
    pub fn shaped(self, profile: Profile) -> Process {
        if profile.is_flat() {
            return self;
        }
        Process(Kind::Shaped(Box::new(Shaped::new(self, profile))))
    }

    /// The next arrival, never before the last. `None`: the recording has ended.
    #[inline]
    #[expect(
        clippy::should_implement_trait,
        reason = "it does, too; this one inlines without the trait"
    )]
    pub fn next(&mut self) -> Option<Instant> {
        match &mut self.0 {
            Kind::Poisson(poisson) => Some(poisson.next()),
            Kind::Even { gap, now } => {
                *now = now.saturating_add(*gap);
                Some(Instant((*now >> 64) as u64))
            }
            Kind::Bursty(modulated) => Some(modulated.next()),
            Kind::Recorded(arrivals) => arrivals.next(),
            Kind::Shaped(shaped) => shaped.next(),
        }
    }
}

impl Iterator for Process {
    type Item = Instant;

    #[inline]
    fn next(&mut self) -> Option<Instant> {
        Process::next(self)
    }
}

impl Poisson {
    #[inline]
    fn next(&mut self) -> Instant {
        let mut draws = self.stream.at(self.number);
        self.number += 1;
        self.carry
            .advance(self.exp1.sample(&mut draws) * self.mean_gap)
    }
}

#[cfg(test)]
mod tests {
    use crate::arrivals::Arrivals;
    use crate::stream::{Purpose, Stream};
    use policy::time::Instant;

    use super::Process;

    fn process(spec: &str, rate: f64, seed: u64) -> Process {
        let stream = Stream::new(seed, 0, Purpose::Arrivals);
        spec.parse::<Arrivals>()
            .unwrap()
            .process(rate, stream)
            .unwrap()
    }

    fn first_three(spec: &str) -> Vec<u64> {
        process(spec, 1000.0, 1)
            .take(3)
            .map(|arrival| arrival.0)
            .collect()
    }

    /// Pinned: another value here means that no earlier result can be reproduced.
    #[test]
    fn golden() {
        assert_eq!(first_three("poisson"), [1802914, 4317263, 5158873]);
        assert_eq!(first_three("even"), [1_000_000, 2_000_000, 3_000_000]);
        assert_eq!(
            first_three("bursty:peak=5,share=0.1,cycle=1s"),
            [3245245, 7771074, 9285972]
        );
        assert_eq!(
            process("poisson", 1000.0, 1).nth(9_999_999),
            Some(Instant(10000330289274))
        );
    }

    #[test]
    fn the_mean_rate_is_exact_where_gaps_are_shorter_than_the_clock_s_step() {
        assert_eq!(
            process("even", 8e9, 1).nth(7_999_999),
            Some(Instant(1_000_000))
        );
        assert_eq!(
            process("even", 3.0, 1).nth(2_999_999),
            Some(Instant(1_000_000 * 1_000_000_000))
        );
        let n = 4_000_000;
        let last = process("poisson", 2e9, 1).nth(n - 1).unwrap();
        let deviation = (last.0 as f64 - n as f64 * 0.5) / (0.5 * (n as f64).sqrt());
        assert!(deviation.abs() < 3.5, "{deviation}");
    }

    #[test]
    fn poisson_counts_have_the_variance_of_their_mean() {
        let mut counts = [0u32; 10_000];
        for arrival in process("poisson", 1e5, 1) {
            let Some(count) = counts.get_mut((arrival.0 / 1_000_000) as usize) else {
                break;
            };
            *count += 1;
        }
        let mean = counts.iter().sum::<u32>() as f64 / 1e4;
        let squares = counts
            .iter()
            .map(|&count| (f64::from(count) - mean) * (f64::from(count) - mean));
        let dispersion = squares.sum::<f64>() / 1e4 / mean;
        // The standard error of the mean is 0.1, that of the dispersion sqrt(2 / 10^4).
        assert!((mean - 100.0).abs() < 0.35, "{mean}");
        assert!((dispersion - 1.0).abs() < 0.05, "{dispersion}");
    }

    #[test]
    fn a_recording_ends() {
        let mut process = Process::recorded(vec![Instant(3), Instant(5)]);
        assert_eq!(process.next(), Some(Instant(3)));
        assert_eq!(process.next(), Some(Instant(5)));
        assert_eq!(process.next(), None);
    }
}
