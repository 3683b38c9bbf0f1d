//! What to do about requests that were recorded at the same time, and at what pace to replay.

use std::fmt;
use std::str::FromStr;

use policy::time::{Duration, Instant};

use crate::sampling::uniform01;
use crate::spec::SpecError;
use crate::stream::Stream;

/// What becomes of requests with equal recorded times, written as `spread` or `keep`.
///
/// A log with a tick of one second records ten requests of one second as simultaneous. They were not, and
/// a simulation that takes it literally sees bursts that never happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// Uniform over the clock's tick, in the order of the file. A time that occurs once stays.
    #[default]
    Spread,
    /// Simultaneous, as recorded.
    Keep,
}

impl FromStr for Ties {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Ties, SpecError> {
        match text.trim() {
            "spread" => Ok(Ties::Spread),
            "keep" => Ok(Ties::Keep),
            _ => Err(SpecError::new(format!(
                "`{text}` is not a way to treat equal times; write spread or keep"
            ))),
        }
    }
}

impl fmt::Display for Ties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ties::Spread => "spread",
            Ties::Keep => "keep",
        })
    }
}

/// `recorded`, which is sorted and holds multiples of `tick` from its first time on, times `scale`.
/// Request k draws from `stream` at k. Sorted, too; saturates at the clock's end.
pub(super) fn arrivals(
    recorded: &[Instant],
    tick: Duration,
    ties: Ties,
    stream: Stream,
    scale: f64,
) -> Vec<Instant> {
    let scaled = |nanoseconds: f64| Instant((nanoseconds * scale + 0.5) as u64);
    let mut arrivals = Vec::with_capacity(recorded.len());
    let mut places = Vec::new();
    for equal in recorded.chunk_by(|a, b| a == b) {
        let first = arrivals.len() as u64;
        let numbers = first..first + equal.len() as u64;
        places.clear();
        match ties {
            Ties::Spread if equal.len() > 1 => {
                places.extend(numbers.map(|number| uniform01(&mut stream.at(number))));
                places.sort_by(f64::total_cmp);
            }
            _ => places.resize(equal.len(), 0.0),
        }
        let (begin, tick) = (equal[0].0 as f64, tick.0 as f64);
        arrivals.extend(places.iter().map(|place| scaled(begin + place * tick)));
    }
    arrivals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Purpose;
    use proptest::prelude::*;

    const SECOND: Duration = Duration(1_000_000_000);

    fn stream() -> Stream {
        Stream::new(1, 0, Purpose::Ties)
    }

    #[test]
    fn ties_are_spread_within_their_tick() {
        let recorded = [0, 1, 1, 1, 2].map(|second| Instant(second * SECOND.0));
        let spread = arrivals(&recorded, SECOND, Ties::Spread, stream(), 1.0);
        let fractions: Vec<f64> = spread
            .iter()
            .map(|arrival| arrival.0 as f64 * 1e-9)
            .collect();
        assert_eq!((spread[0], spread[4]), (recorded[0], recorded[4]));
        assert!(
            fractions[1..4].iter().all(|x| (1.0..2.0).contains(x)),
            "{fractions:?}"
        );
        assert!(spread.is_sorted_by(|a, b| a < b));
        let kept = arrivals(&recorded, SECOND, Ties::Keep, stream(), 1.0);
        assert_eq!(kept, recorded);
    }

    #[test]
    fn golden() {
        let recorded = [Instant(0); 2];
        let spread = arrivals(&recorded, SECOND, Ties::Spread, stream(), 1.0);
        assert_eq!([spread[0].0, spread[1].0], [126064144, 174835430]);
    }

    #[test]
    fn spread_requests_are_uniform_over_the_tick() {
        let spread = arrivals(&[Instant(0); 10_000], SECOND, Ties::Spread, stream(), 1.0);
        let distance = spread
            .iter()
            .enumerate()
            .fold(0.0, |worst: f64, (i, arrival)| {
                worst.max((arrival.0 as f64 * 1e-9 - i as f64 / 1e4).abs())
            });
        // Kolmogorov and Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand.
        assert!(distance < 0.0195, "{distance}");
    }

    #[test]
    fn time_is_scaled() {
        let recorded = [0, 1, 3].map(|second| Instant(second * SECOND.0));
        let slower = arrivals(&recorded, SECOND, Ties::Spread, stream(), 2.5);
        assert_eq!(slower, [0, 2_500_000_000, 7_500_000_000].map(Instant));
    }

    proptest! {
        #[test]
        fn order_is_kept(seconds in prop::collection::vec(0u64..20, 0..50), scale in 1e-9f64..1e9, seed: u64) {
            let mut seconds = seconds;
            seconds.sort();
            let recorded: Vec<Instant> = seconds.iter().map(|s| Instant(s * SECOND.0)).collect();
            let stream = Stream::new(seed, 0, Purpose::Ties);
            let spread = arrivals(&recorded, SECOND, Ties::Spread, stream, scale);
            prop_assert_eq!(spread.len(), recorded.len());
            prop_assert!(spread.is_sorted());
        }
    }
}
