//! How traffic deviates from its mean rate over time: spikes, steps, ramps and daily curves.

use std::fmt;
use std::str::FromStr;

use policy::time::{Duration, Instant};

use crate::quantity::{Human, parse_duration};
use crate::spec::{Arguments, SpecError};
use crate::stretch::{LONGEST, Stretch};

/// Into how many straight pieces a period of a daily curve is cut: one for a quarter of an hour of a day.
const DAY: u64 = 96;
/// A factor beyond this is a slip of the pen, and one below its inverse is nobody at all.
pub(super) const GREATEST_FACTOR: f64 = 1e6;
/// A shorter period has pieces that hold no arrival at any rate worth simulating.
const SHORTEST_PERIOD: Duration = Duration::from_millis(10);

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
    /// Every form that parses, one example each.
    pub const FORMS: &'static str =
        "spike:@10s+5sx3 step:@30sx1.5 ramp:@30s+10sx2 daily:period=24h,peak=2";

    /// Reads several, separated by commas.
    pub fn list(text: &str) -> Result<Vec<Surge>, SpecError> {
        let mut items: Vec<String> = Vec::new();
        for part in text.split(',') {
            match items.last_mut() {
                // What has no name of its own is an argument of what came before.
                Some(item) if !part.contains(':') => *item = format!("{item},{part}"),
                _ => items.push(part.trim().to_owned()),
            }
        }
        items.iter().map(|item| item.parse()).collect()
    }

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
    pub(super) fn is_sloped(&self) -> bool {
        matches!(self, Surge::Ramp { .. } | Surge::Daily { .. })
    }

    /// Its factor at `time`, in a piece that begins at `piece`: what jumps has the value that it has there.
    pub(super) fn factor(&self, piece: Instant, time: Instant) -> f64 {
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
    pub(super) fn next_change(&self, time: Instant, pieces: u64) -> Instant {
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
    pub(super) fn extremes(&self) -> (f64, f64) {
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

impl FromStr for Surge {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Surge, SpecError> {
        let (name, rest) = spec.split_once(':').unwrap_or((spec, ""));
        match name.trim() {
            "spike" => {
                let text = Stretched::new(
                    spec,
                    rest,
                    "spike:@START+DURATIONxFACTOR, such as spike:@10s+5sx3",
                );
                let stretch = text.read(true)?;
                Ok(Surge::Spike {
                    begins: stretch.begins,
                    lasts: text.lasts(stretch)?,
                    factor: text.factor(stretch, 0.0)?,
                })
            }
            "step" => {
                let text = Stretched::new(spec, rest, "step:@STARTxFACTOR, such as step:@30sx1.5");
                let stretch = text.read(false)?;
                Ok(Surge::Step {
                    begins: stretch.begins,
                    factor: text.factor(stretch, GREATEST_FACTOR.recip())?,
                })
            }
            "ramp" => {
                let text = Stretched::new(
                    spec,
                    rest,
                    "ramp:@START+DURATIONxFACTOR, such as ramp:@30s+10sx2",
                );
                let stretch = text.read(true)?;
                Ok(Surge::Ramp {
                    begins: stretch.begins,
                    within: text.lasts(stretch)?,
                    factor: text.factor(stretch, GREATEST_FACTOR.recip())?,
                })
            }
            "daily" => daily(Arguments::new(
                spec,
                rest,
                "daily:period=DURATION,peak=FACTOR, such as daily:period=24h,peak=2",
            )),
            _ => Err(SpecError::new(format!(
                "`{spec}` is not a change of the rate; write one of {}",
                Surge::FORMS
            ))),
        }
    }
}

fn daily(mut arguments: Arguments<'_>) -> Result<Surge, SpecError> {
    let period = arguments.named("period")?;
    let period = parse_duration(period).map_err(|error| arguments.refuse(error))?;
    let peak = arguments.number("peak")?;
    arguments.require(
        (SHORTEST_PERIOD..=LONGEST).contains(&period),
        "period must be 10ms to a year (8760h)",
    )?;
    arguments.require(
        (1.0..=2.0).contains(&peak),
        "peak must be 1 to 2: the mean is 1, and the lowest cannot be negative",
    )?;
    arguments.finish()?;
    Ok(Surge::Daily { period, peak })
}

/// A specification that is a [`Stretch`] behind an `@`.
struct Stretched<'a> {
    rest: &'a str,
    arguments: Arguments<'a>,
}

impl<'a> Stretched<'a> {
    fn new(spec: &'a str, rest: &'a str, form: &'static str) -> Stretched<'a> {
        Stretched {
            rest,
            arguments: Arguments::new(spec, "", form),
        }
    }

    fn read(&self, may_last: bool) -> Result<Stretch, SpecError> {
        let Some(text) = self.rest.trim().strip_prefix('@') else {
            return Err(self.arguments.refuse("it has no `@` before its start"));
        };
        let stretch = Stretch::parse(text).map_err(|error| self.arguments.refuse(error))?;
        let holds = may_last || stretch.lasts.is_none();
        self.arguments
            .require(holds, "it stays, so it has no duration")?;
        Ok(stretch)
    }

    fn lasts(&self, stretch: Stretch) -> Result<Duration, SpecError> {
        let missing = || self.arguments.refuse("its duration is missing");
        stretch.lasts.ok_or_else(missing)
    }

    fn factor(&self, stretch: Stretch, least: f64) -> Result<f64, SpecError> {
        let missing = || self.arguments.refuse("its factor is missing");
        let factor = stretch.factor.ok_or_else(missing)?;
        if (least..=GREATEST_FACTOR).contains(&factor) {
            return Ok(factor);
        }
        let least = if least == 0.0 { "0" } else { "1e-6" };
        let problem = format!("x{factor} is not a factor of {least} to 1e6");
        Err(self.arguments.refuse(problem))
    }
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
    use proptest::prelude::*;

    #[test]
    fn every_listed_form_is_read_and_written_back() {
        for form in Surge::FORMS.split(' ') {
            let surge: Surge = form.parse().unwrap();
            assert_eq!(surge.to_string(), form);
        }
    }

    #[test]
    fn a_list_keeps_arguments_together() {
        let text = "spike:@10s+5sx3, daily:period=24h,peak=2,step:@30sx1.5";
        let surges: Vec<String> = Surge::list(text)
            .unwrap()
            .iter()
            .map(Surge::to_string)
            .collect();
        assert_eq!(
            surges,
            [
                "spike:@10s+5sx3",
                "daily:period=24h,peak=2",
                "step:@30sx1.5"
            ]
        );
        assert!(Surge::list("").is_err());
        assert!(Surge::list("step:@30sx1.5,").is_err());
    }

    #[test]
    fn refusals_say_what_where_and_what_is_allowed() {
        for (spec, why) in [
            ("", "write one of spike:@10s+5sx3 step:"),
            ("spice:@1s+1sx2", "`spice:@1s+1sx2` is not a change"),
            ("spike", "it has no `@` before its start; write spike:@"),
            ("spike:10s+5sx3", "it has no `@`"),
            ("spike:@10sx3", "its duration is missing"),
            ("spike:@10s+5s", "its factor is missing"),
            ("spike:@10s+5sx2e6", "x2000000 is not a factor of 0 to 1e6"),
            ("spike:@10s+5sx3,x=1", "`3,x=1` is not a number"),
            ("spike:@10+5sx3", "it has no unit"),
            ("step:@10s+5sx3", "it stays, so it has no duration"),
            ("step:@10sx0", "x0 is not a factor of 1e-6 to 1e6"),
            ("ramp:@10s+0sx2", "`0s` is no time at all"),
            ("ramp:@10s+5sx0", "x0 is not a factor"),
            ("daily:period=24h", "`peak=` is missing"),
            ("daily:period=24h,peak=2.1", "peak must be 1 to 2"),
            ("daily:period=1ms,peak=2", "10ms to a year"),
            ("daily:period=24h,peak=2,x=1", "`x=1` is not expected"),
        ] {
            let sentence = spec.parse::<Surge>().unwrap_err().to_string();
            assert!(sentence.contains(why), "{spec}: {sentence}");
        }
    }

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

    proptest! {
        #[test]
        fn no_text_panics(
            text in "(spike|step|ramp|daily)?:?@?[0-9a-z.+=,:@-]{0,20}",
            any in ".{0,30}",
        ) {
            for text in [text, any] {
                if let Ok(surge) = text.parse::<Surge>() {
                    prop_assert_eq!(surge.to_string().parse(), Ok(surge));
                }
                let _ = Surge::list(&text);
            }
        }
    }
}
