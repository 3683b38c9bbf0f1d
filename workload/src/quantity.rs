//! Quantities as people write them: durations (`250us`, `1.5s`) and counts (`1e6`, `10k`).

use std::fmt;

use policy::time::Duration;

use crate::decimal::Decimal;
use crate::spec::SpecError;

/// Units of time and their nanoseconds. Longer names first, so that `ms` is not read as `s`.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, the micro sign
    ("μs", 1_000), // U+03BC, the letter
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Suffixes of counts.
const MULTIPLES: [(&str, u64); 4] = [
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("", 1),
];

/// Reads a duration with its unit (ns, us, ms, s, m, h), rounded to the nearest nanosecond: `10ms`, `1.5s`.
///
/// Fails where there is no number, no unit, a sign, or more than the clock's 584 years.
pub fn parse_duration(text: &str) -> Result<Duration, SpecError> {
    let refuse = |problem: &str| {
        SpecError::new(format!(
            "`{text}` is not a duration: {problem}; write a number and ns, us, ms, s, m or h, such as 250us, 10ms or 1.5s"
        ))
    };
    let trimmed = text.trim();
    let split = UNITS
        .iter()
        .find_map(|(name, unit)| Some((trimmed.strip_suffix(name)?.trim_end(), *unit)));
    let Some((number, unit)) = split else {
        let has_another = trimmed.ends_with(char::is_alphabetic);
        return Err(refuse(if has_another {
            "its unit is none of these"
        } else {
            "it has no unit"
        }));
    };
    let Some(number) = Decimal::parse(number) else {
        return Err(refuse("it has no plain number before its unit"));
    };
    let nanoseconds = number.times(unit).map(|(whole, _)| u64::try_from(whole));
    match nanoseconds {
        Some(Ok(nanoseconds)) => Ok(Duration(nanoseconds)),
        _ => Err(refuse("it is negative or longer than 584 years")),
    }
}

/// Reads a duration with a unit, or a plain number of seconds: what recorded files hold.
pub(crate) fn parse_seconds_or_duration(text: &str) -> Result<Duration, SpecError> {
    let text = text.trim();
    if !text.ends_with(|last: char| last.is_ascii_digit() || last == '.') {
        return parse_duration(text);
    }
    let seconds = Decimal::parse(text).and_then(|number| number.times(1_000_000_000));
    match seconds.map(|(whole, _)| u64::try_from(whole)) {
        Some(Ok(nanoseconds)) => Ok(Duration(nanoseconds)),
        _ => Err(SpecError::new(format!(
            "`{text}` is not a duration; plain numbers are seconds, others have a unit, such as 250us, 10ms or 1.5s"
        ))),
    }
}

/// Reads a whole number, which may have an exponent or a suffix (k, M, G): `1000000`, `1e6`, `1M`, `2.5k`.
pub fn parse_count(text: &str) -> Result<u64, SpecError> {
    let refuse = |problem: &str| {
        SpecError::new(format!(
            "`{text}` is not a count: {problem}; write a whole number such as 1000000, 1e6, 1M or 10k"
        ))
    };
    let trimmed = text.trim();
    let split = MULTIPLES
        .iter()
        .find_map(|(name, unit)| Some((trimmed.strip_suffix(name)?.trim_end(), *unit)));
    let (number, unit) = split.unwrap_or((trimmed, 1));
    let Some(number) = Decimal::parse(number) else {
        return Err(refuse("it is no number"));
    };
    if number.is_cut() {
        return Err(refuse("it has more than 19 digits"));
    }
    let Some((whole, exact)) = number.times(unit) else {
        return Err(refuse("it does not fit in 64 bits"));
    };
    if !exact {
        return Err(refuse("it is not whole"));
    }
    u64::try_from(whole).map_err(|_| refuse("it is negative or does not fit in 64 bits"))
}

/// A duration for people: `10ms`, `1.5s`, `2m`. Exact, and [`parse_duration`] reads it back; with a
/// precision (`{:.2}`) it is rounded to so many places instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Human(pub Duration);

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.0;
        let (name, unit) = match nanoseconds {
            0 => ("s", 1_000_000_000),
            1..1_000 => ("ns", 1),
            1_000..1_000_000 => ("us", 1_000),
            1_000_000..1_000_000_000 => ("ms", 1_000_000),
            whole if whole % 3_600_000_000_000 == 0 => ("h", 3_600_000_000_000),
            whole if whole % 60_000_000_000 == 0 => ("m", 60_000_000_000),
            _ => ("s", 1_000_000_000),
        };
        let text = match f.precision() {
            Some(places) => format!("{:.places$}{name}", nanoseconds as f64 / unit as f64),
            None => match nanoseconds % unit {
                0 => format!("{}{name}", nanoseconds / unit),
                rest => {
                    let places = unit.ilog10() as usize;
                    let fraction = format!("{rest:0places$}");
                    let fraction = fraction.trim_end_matches('0');
                    format!("{}.{fraction}{name}", nanoseconds / unit)
                }
            },
        };
        match f.width() {
            Some(width) if f.align() == Some(fmt::Alignment::Left) => write!(f, "{text:<width$}"),
            Some(width) => write!(f, "{text:>width$}"),
            None => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_have_units() {
        let nanoseconds = |text| parse_duration(text).map(|duration| duration.0);
        assert_eq!(nanoseconds("250us"), Ok(250_000));
        assert_eq!(nanoseconds("250µs"), Ok(250_000));
        assert_eq!(nanoseconds("10ms"), Ok(10_000_000));
        assert_eq!(nanoseconds(" 1.5 s "), Ok(1_500_000_000));
        assert_eq!(nanoseconds("2m"), Ok(120_000_000_000));
        assert_eq!(nanoseconds("1h"), Ok(3_600_000_000_000));
        assert_eq!(nanoseconds("7ns"), Ok(7));
        assert_eq!(nanoseconds("1e3us"), Ok(1_000_000));
        assert_eq!(nanoseconds("0s"), Ok(0));
    }

    #[test]
    fn refused_durations_say_why() {
        for (text, why) in [
            ("10", "no unit"),
            ("ms", "no plain number"),
            ("10parsec", "none of these"),
            ("-1s", "negative"),
            ("1e30h", "584 years"),
            ("infs", "no plain number"),
            ("", "no unit"),
            ("1.5.2ms", "no plain number"),
        ] {
            let sentence = parse_duration(text).unwrap_err().to_string();
            assert!(sentence.contains(why), "{sentence}");
            assert!(sentence.contains("such as 250us"), "{sentence}");
        }
    }

    #[test]
    fn recorded_durations_may_be_plain_seconds() {
        assert_eq!(parse_seconds_or_duration("0.25"), Ok(Duration(250_000_000)));
        assert_eq!(parse_seconds_or_duration("3ms"), Ok(Duration(3_000_000)));
        assert!(parse_seconds_or_duration("-0.25").is_err());
        assert!(parse_seconds_or_duration("soon").is_err());
    }

    #[test]
    fn counts_take_exponents_and_suffixes() {
        for text in ["1000000", "1e6", "1M", "1000k", "0.001G", "1000000.0"] {
            assert_eq!(parse_count(text), Ok(1_000_000), "{text}");
        }
        for (text, why) in [
            ("1.5", "not whole"),
            ("-1", "negative"),
            ("many", "no number"),
            ("1e30", "64 bits"),
            ("18446744073709551616", "19 digits"),
            ("", "no number"),
        ] {
            let sentence = parse_count(text).unwrap_err().to_string();
            assert!(sentence.contains(why), "{sentence}");
        }
    }

    #[test]
    fn people_read_the_largest_unit_that_fits() {
        let human = |nanoseconds| Human(Duration(nanoseconds)).to_string();
        assert_eq!(human(0), "0s");
        assert_eq!(human(999), "999ns");
        assert_eq!(human(1_500), "1.5us");
        assert_eq!(human(10_000_000), "10ms");
        assert_eq!(human(10_000_001), "10.000001ms");
        assert_eq!(human(90_000_000_000), "90s");
        assert_eq!(human(120_000_000_000), "2m");
        assert_eq!(human(7_200_000_000_000), "2h");
        assert_eq!(format!("{:.2}", Human(Duration(1_234_567))), "1.23ms");
        assert_eq!(format!("{:>8}", Human(Duration(1_500))), "   1.5us");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanoseconds: u64) {
            let text = Human(Duration(nanoseconds)).to_string();
            // 19 digits are kept; of the 20 of the longest spans the last is lost.
            prop_assume!(nanoseconds < 10u64.pow(19));
            prop_assert_eq!(parse_duration(&text), Ok(Duration(nanoseconds)));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = parse_duration(&text);
            let _ = parse_count(&text);
            let _ = parse_seconds_or_duration(&text);
        }
    }
}
