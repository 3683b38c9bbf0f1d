//! How traffic deviates from its mean rate over time: spikes, steps, ramps and daily curves.

mod parse;

use std::fmt;

use policy::time::{Duration, Instant};

use crate::quantity::Human;
use crate::stretch::Stretch;

/// Into how many straight pieces a period of a daily curve is cut: one for a quarter of an hour of a day.
const DAY: u64 = 96;
/// A factor beyond this is a slip of the pen, and one below its inverse is nobody at all.
pub(in crate::arrivals) const GREATEST_FACTOR: f64 = 1e6;

/// A factor on the rate of arrivals that changes over time. Several of them multiply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surge {
    /// `spike:@10s+5sx3`: `factor` times the rate from `begins` on for as long as it `lasts`; a factor of 0:
    /// nobody arrives.
    Spike {
        /// When the rate changes.
        begins: Instant,
        /// For how long; more than no time.
        lasts: Duration,
        /// 0 to 1e6.
        factor: f64,
    },
    /// `step:@30sx1.5`: `factor` times the rate from `begins` on.
    Step {
        /// When the rate changes.
        begins: Instant,
        /// 1e-6 to 1e6.
        factor: f64,
    },
    /// `ramp:@30s+10sx2`: changes in a straight line to `factor` times the rate and stays there.
    Ramp {
        /// When the rate begins to change.
        begins: Instant,
        /// How long that takes; more than no time.
        within: Duration,
        /// 1e-6 to 1e6.
        factor: f64,
    },
    /// `daily:period=24h,peak=2`: a cosine with mean 1 that begins at its lowest.
    Daily {
        /// How long a day is.
        period: Duration,
        /// Its highest value, 1 to 2.
        peak: f64,
    },
}

impl Surge {
    /// The stretch of time in which it makes trouble, and when that is over (`None`: it stays). A daily curve
    /// is how things are, and no trouble.
    pub fn window(&self) -> Option<(Instant, Option<Instant>)> {
        match *self {
            Surge::Spike { begins, lasts, .. } => Some((begins, Some(begins + lasts))),
            Surge::Step { begins, .. } | Surge::Ramp { begins, .. } => Some((begins, None)),
            Surge::Daily { .. } => None,
        }
    }

    /// Whether it changes otherwise than at once.
    pub(in crate::arrivals) fn is_sloped(&self) -> bool {
        matches!(self, Surge::Ramp { .. } | Surge::Daily { .. })
    }

    /// Its factor at `time`, in a piece that begins at `piece`: what jumps has the value that it has there.
    pub(in crate::arrivals) fn factor(&self, piece: Instant, time: Instant) -> f64 {
        match *self {
            Surge::Spike {
                begins,
                lasts,
                factor,
            } if begins <= piece && piece < begins + lasts => factor,
            Surge::Step { begins, factor } if begins <= piece => factor,
            Surge::Spike { .. } | Surge::Step { .. } => 1.0,
            Surge::Ramp {
                begins,
                within,
                factor,
            } => {
                let way = ((time - begins).0 as f64 / within.0 as f64).min(1.0);
                // At its end exactly `factor`.
                (1.0 - way) + factor * way
            }
            Surge::Daily { period, peak } => {
                let phase = time.0 % period.0;
                let index = piece_of(phase, period, DAY);
                let (from, to) = (point(index, period, DAY), point(index + 1, period, DAY));
                let way = (phase - from) as f64 / (to - from) as f64;
                sample(index, peak) * (1.0 - way) + sample(index + 1, peak) * way
            }
        }
    }

    /// The first end of a piece of it after `time`; [`Instant::NEVER`] if there is none. A ramp is cut into
    /// `pieces`.
    pub(in crate::arrivals) fn next_change(&self, time: Instant, pieces: u64) -> Instant {
        let changes = |points: [Instant; 2]| points.into_iter().find(|&point| point > time);
        match *self {
            Surge::Spike { begins, lasts, .. } => {
                changes([begins, begins + lasts]).unwrap_or(Instant::NEVER)
            }
            Surge::Step { begins, .. } if begins > time => begins,
            Surge::Step { .. } => Instant::NEVER,
            Surge::Ramp { begins, .. } if begins > time => begins,
            Surge::Ramp { begins, within, .. } => {
                let way = time - begins;
                if way >= within {
                    return Instant::NEVER;
                }
                let pieces = pieces.min(within.0);
                begins + Duration(point(piece_of(way.0, within, pieces) + 1, within, pieces))
            }
            Surge::Daily { period, .. } => {
                let phase = time.0 % period.0;
                let end = point(piece_of(phase, period, DAY) + 1, period, DAY);
                time + Duration(end - phase)
            }
        }
    }

    /// Its factor in the long run, as a mean, and the highest that it ever has.
    pub(in crate::arrivals) fn extremes(&self) -> (f64, f64) {
        match *self {
            Surge::Spike { factor, .. } => (1.0, factor.max(1.0)),
            Surge::Step { factor, .. } | Surge::Ramp { factor, .. } => (factor, factor.max(1.0)),
            Surge::Daily { peak, .. } => (1.0, peak),
        }
    }
}

/// Where piece `index` of `pieces` begins in a span of length `whole`, rounded down.
fn point(index: u64, whole: Duration, pieces: u64) -> u64 {
    (u128::from(whole.0) * u128::from(index) / u128::from(pieces)) as u64
}

/// The last of `pieces` that begins at `place` or before. There are at most as many as nanoseconds.
fn piece_of(place: u64, whole: Duration, pieces: u64) -> u64 {
    let index = (u128::from(place) * u128::from(pieces) / u128::from(whole.0)) as u64;
    // Points are rounded down, so the next may have been reached already.
    index + u64::from(point(index + 1, whole, pieces) <= place)
}

/// The cosine where piece `index` begins.
fn sample(index: u64, peak: f64) -> f64 {
    let turns = index as f64 / DAY as f64;
    1.0 - (peak - 1.0) * libm::cos(turns * std::f64::consts::TAU)
}

impl fmt::Display for Surge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, begins, lasts, factor) = match *self {
            Surge::Spike {
                begins,
                lasts,
                factor,
            } => ("spike", begins, Some(lasts), factor),
            Surge::Step { begins, factor } => ("step", begins, None, factor),
            Surge::Ramp {
                begins,
                within,
                factor,
            } => ("ramp", begins, Some(within), factor),
            Surge::Daily { period, peak } => {
                return write!(f, "daily:period={},peak={peak}", Human(period));
            }
        };
        let stretch = Stretch {
            begins,
            lasts,
            factor: Some(factor),
        };
        write!(f, "{name}:@{stretch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_its_lowest_and_peaks_at_noon() {
        let day: Surge = "daily:period=24h,peak=1.75".parse().unwrap();
        let hour = |hour: u64| {
            let time = Instant(hour * 3_600_000_000_000);
            day.factor(time, time)
        };
        assert_eq!([0, 12, 24].map(hour), [0.25, 1.75, 0.25]);
        assert!((hour(6) - 1.0).abs() < 1e-12 && (hour(18) - 1.0).abs() < 1e-12);
        let ends = day.next_change(Instant(1), 1);
        assert_eq!(ends, Instant(900_000_000_000));
        assert_eq!(day.next_change(ends, 1), Instant(1_800_000_000_000));
    }

    #[test]
    fn a_ramp_is_cut_where_it_is_asked_to_be() {
        let ramp: Surge = "ramp:@10ns+10nsx3".parse().unwrap();
        let cuts = |pieces| {
            let first = Some(Instant::ZERO);
            let cuts = std::iter::successors(first, |&time| {
                Some(ramp.next_change(time, pieces)).filter(|&time| time < Instant::NEVER)
            });
            cuts.map(|time| time.0).collect::<Vec<_>>()
        };
        assert_eq!(cuts(1), [0, 10, 20]);
        assert_eq!(cuts(3), [0, 10, 13, 16, 20]);
        let factor = |time| ramp.factor(Instant(time), Instant(time));
        assert_eq!([0, 10, 15, 20, 90].map(factor), [1.0, 1.0, 2.0, 3.0, 3.0]);
    }
}
