//! When something is different, and by how much, as specifications say it: `10s`, `10s+5s`, `10s+5sx3`.

use std::fmt;

use policy::time::{Duration, Instant};

use crate::quantity::{Human, parse_duration};
use crate::spec::SpecError;

/// Nothing that is specified begins later or lasts longer: 365 days.
pub const LONGEST: Duration = Duration(365 * 86_400_000_000_000);

/// A stretch of time, written `START[+DURATION][xFACTOR]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// When it begins.
    pub begins: Instant,
    /// How long it lasts, more than no time; `None`: for ever.
    pub lasts: Option<Duration>,
    /// By how much something is multiplied, finite and at least 0.
    pub factor: Option<f64>,
}

impl Stretch {
    /// Reads `text`. Refuses what lies beyond a year, lasts no time, or has a factor that is no number of
    /// at least 0.
    pub fn parse(text: &str) -> Result<Stretch, SpecError> {
        let (times, factor) = split(text, 'x');
        let (begins, lasts) = split(times, '+');
        let lasts = lasts.map(parse_span).transpose()?;
        Ok(Stretch {
            begins: Instant::ZERO + within_a_year(begins)?,
            lasts,
            factor: factor.map(parse_factor).transpose()?,
        })
    }

    /// When it ends; `None`: never.
    pub fn ends(&self) -> Option<Instant> {
        self.lasts.map(|lasts| self.begins + lasts)
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Human(self.begins - Instant::ZERO))?;
        if let Some(lasts) = self.lasts {
            write!(f, "+{}", Human(lasts))?;
        }
        match self.factor {
            Some(factor) => write!(f, "x{factor}"),
            None => Ok(()),
        }
    }
}

/// Reads a duration that is more than no time and at most a year.
pub fn parse_span(text: &str) -> Result<Duration, SpecError> {
    match within_a_year(text)? {
        Duration::ZERO => Err(SpecError::new(format!(
            "`{}` is no time at all",
            text.trim()
        ))),
        span => Ok(span),
    }
}

/// Reads a finite number of at least 0.
pub fn parse_factor(text: &str) -> Result<f64, SpecError> {
    match text.trim().parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor.is_sign_positive() => Ok(factor),
        _ => Err(SpecError::new(format!(
            "`{}` is not a number of at least 0",
            text.trim()
        ))),
    }
}

fn within_a_year(text: &str) -> Result<Duration, SpecError> {
    let span = parse_duration(text)?;
    if span > LONGEST {
        return Err(SpecError::new(format!(
            "`{}` is more than a year (8760h)",
            text.trim()
        )));
    }
    Ok(span)
}

/// What stands before the first `mark`, and behind it where there is one.
fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_read_with_and_without_its_parts() {
        let seconds = |seconds: u64| Duration(seconds * 1_000_000_000);
        let stretch = |begins, lasts, factor| {
            Ok(Stretch {
                begins: Instant::ZERO + seconds(begins),
                lasts,
                factor,
            })
        };
        assert_eq!(Stretch::parse("10s"), stretch(10, None, None));
        assert_eq!(
            Stretch::parse("10s+5s"),
            stretch(10, Some(seconds(5)), None)
        );
        assert_eq!(Stretch::parse("0s x 0.5"), stretch(0, None, Some(0.5)));
        assert_eq!(
            Stretch::parse("1m+1hx3"),
            stretch(60, Some(seconds(3600)), Some(3.0))
        );
    }

    #[test]
    fn refusals_say_why() {
        for (text, why) in [
            ("", "no unit"),
            ("10", "no unit"),
            ("10s+", "no unit"),
            ("10s+0s", "no time at all"),
            ("8761h", "more than a year"),
            ("10s+8761h", "more than a year"),
            ("10sx", "`` is not a number"),
            ("10sx-1", "`-1` is not a number of at least 0"),
            ("10sx-0", "at least 0"),
            ("10sxinf", "`inf` is not a number"),
            ("10sxNaN", "at least 0"),
        ] {
            let sentence = Stretch::parse(text).unwrap_err().to_string();
            assert!(sentence.contains(why), "{text}: {sentence}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            begins in 0..=LONGEST.0,
            lasts in prop::option::of(1..=LONGEST.0),
            factor in prop::option::of(0.0f64..1e300),
        ) {
            let begins = Instant(begins);
            let stretch = Stretch { begins, lasts: lasts.map(Duration), factor };
            prop_assert_eq!(Stretch::parse(&stretch.to_string()), Ok(stretch));
        }
    }
}
