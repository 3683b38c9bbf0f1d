//! From text to values. `Err` is the reason, which names the text and what is allowed; whose text it is says
//! [`super::settings`].

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use policy::time::Duration;
use workload::quantity::{Human, parse_count, parse_duration};

/// A value, or why the text is none.
pub(crate) type Parsed<T> = Result<T, String>;

/// What reads itself and says why it cannot.
pub(crate) fn spec<T: FromStr<Err: Display>>(text: &str) -> Parsed<T> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A whole number within `range`.
pub(crate) fn count(text: &str, range: RangeInclusive<u64>) -> Parsed<u64> {
    let count = parse_count(text).map_err(|error| error.to_string())?;
    within(text, count, range)
}

/// As [`count`], of what fits in 32 bits.
pub(crate) fn small_count(text: &str, range: RangeInclusive<u32>) -> Parsed<u32> {
    let (least, most) = range.into_inner();
    count(text, u64::from(least)..=u64::from(most)).map(|count| count as u32)
}

/// A number within `range`; counts' suffixes are allowed.
pub(crate) fn number(text: &str, range: RangeInclusive<f64>) -> Parsed<f64> {
    let trimmed = text.trim();
    let plain = trimmed.parse::<f64>().ok();
    let number = plain.or_else(|| parse_count(trimmed).ok().map(|count| count as f64));
    let number = number.ok_or_else(|| format!("`{text}` is not a number"))?;
    within(text, number, range)
}

fn within<T: PartialOrd + Display>(text: &str, value: T, range: RangeInclusive<T>) -> Parsed<T> {
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = range.into_inner();
    Err(format!(
        "`{text}` is out of range; allowed are {least} to {most}"
    ))
}

/// A percentage: `1` and `1%` are 1.
pub(crate) fn percentage(text: &str) -> Parsed<f64> {
    let trimmed = text.trim();
    let digits = trimmed.strip_suffix('%').unwrap_or(trimmed);
    match digits.trim_end().parse::<f64>() {
        Ok(percent) if (0.001..=50.0).contains(&percent) => Ok(percent),
        Ok(_) => Err(format!(
            "`{text}` is out of range; allowed are 0.001% to 50%"
        )),
        Err(_) => Err(format!(
            "`{text}` is not a percentage; write 1 or 1% for one percent"
        )),
    }
}

/// A duration above zero.
pub(crate) fn duration(text: &str) -> Parsed<Duration> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err(format!("`{text}` must be longer than 0s")),
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err(format!("`{text}` is longer than {}", Human(LONGEST))),
        Err(error) => Err(error.to_string()),
    }
}

/// A year: whatever is longer is a slip of the unit.
const LONGEST: Duration = Duration(365 * 24 * 3_600 * 1_000_000_000);

/// Yes or no.
pub(crate) fn switch(text: &str) -> Parsed<bool> {
    match text.trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

/// Items between commas, at least one.
pub(crate) fn list<T>(text: &str, item: impl FnMut(&str) -> Parsed<T>) -> Parsed<Vec<T>> {
    text.split(',').map(str::trim).map(item).collect()
}

/// One of `words`; `what` is what they are.
pub(crate) fn word<T: Copy>(text: &str, what: &str, words: &[(&str, T)]) -> Parsed<T> {
    let known = words.iter().find(|(word, _)| *word == text.trim());
    known.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("`{text}` is not {what}; allowed are {}", words.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_range() {
        assert_eq!(count("1e6", 1..=1_000_000), Ok(1_000_000));
        assert!(count("0", 1..=9).unwrap_err().contains("1 to 9"));
        assert_eq!(number("10k", 0.0..=1e6), Ok(10_000.0));
        for text in ["nan", "inf", "-1", "x", ""] {
            assert!(number(text, 0.0..=1e6).is_err(), "{text}");
        }
    }

    #[test]
    fn a_percentage_may_have_its_sign() {
        assert_eq!(percentage("1"), Ok(1.0));
        assert_eq!(percentage("0.5 %"), Ok(0.5));
        for text in ["0", "51", "-1%", "one", "%", "nan"] {
            assert!(percentage(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_longer_than_nothing() {
        assert_eq!(duration("10ms"), Ok(Duration(10_000_000)));
        for text in ["0s", "10", "-1s", "400000h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
