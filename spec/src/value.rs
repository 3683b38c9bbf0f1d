//! From text to values. `Err` is the reason, which names the text and what is allowed; whose text it is says
//! [`crate::Table`].

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::str::FromStr;

use policy::time::Duration;
use workload::quantity::{Human, parse_count, parse_duration};

/// A value, or why the text is none.
pub type Parsed<T> = Result<T, String>;

/// What reads itself and says why it cannot.
pub fn spec<T: FromStr<Err: Display>>(text: &str) -> Parsed<T> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A whole number within `range`.
pub fn count(text: &str, range: RangeInclusive<u64>) -> Parsed<u64> {
    let count = parse_count(text).map_err(|error| error.to_string())?;
    within(text, count, range)
}

/// As [`count`], of what fits in 32 bits.
pub fn small_count(text: &str, range: RangeInclusive<u32>) -> Parsed<u32> {
    let (least, most) = range.into_inner();
    count(text, u64::from(least)..=u64::from(most)).map(|count| count as u32)
}

/// A number within `range`; counts' suffixes are allowed.
pub fn number(text: &str, range: RangeInclusive<f64>) -> Parsed<f64> {
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
pub fn percentage(text: &str) -> Parsed<f64> {
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

/// Thousandths of the whole, written as a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(pub u32);

impl Display for Share {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / 10.0)
    }
}

/// A share within `range`, in thousandths: `1` and `1%` are ten of them.
pub fn share(text: &str, range: RangeInclusive<u32>) -> Parsed<Share> {
    let trimmed = text.trim();
    let digits = trimmed.strip_suffix('%').unwrap_or(trimmed).trim_end();
    let Some(percent) = digits.parse::<f64>().ok().filter(|it| it.is_finite()) else {
        return Err(format!(
            "`{text}` is not a percentage; write 1 or 1% for one percent"
        ));
    };
    let thousandths = (percent * 10.0).round();
    if (percent * 10.0 - thousandths).abs() > 1e-6 {
        return Err(format!("`{text}` is finer than a tenth of a percent"));
    }
    let (least, most) = range.into_inner();
    if !(f64::from(least)..=f64::from(most)).contains(&thousandths) {
        let (least, most) = (Share(least), Share(most));
        return Err(format!(
            "`{text}` is out of range; allowed are {least} to {most}"
        ));
    }
    Ok(Share(thousandths as u32))
}

/// A number, kept in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thousandths(pub u32);

impl Display for Thousandths {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (f64::from(self.0) / 1000.0).fmt(f)
    }
}

/// A number within `range`, rounded to thousandths.
pub fn thousandths(text: &str, range: RangeInclusive<f64>) -> Parsed<Thousandths> {
    let number = number(text, range)?;
    Ok(Thousandths((number * 1000.0).round() as u32))
}

/// A duration, which may be zero.
pub fn span(text: &str) -> Parsed<Duration> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Ok(Duration::ZERO),
        _ => duration(text),
    }
}

/// `none`, or what `read` makes of it.
pub fn or_none<T>(text: &str, read: impl FnOnce(&str) -> Parsed<T>) -> Parsed<Option<T>> {
    if text.trim() == "none" {
        return Ok(None);
    }
    let value = read(text).map_err(|reason| format!("{reason}; or none"));
    value.map(Some)
}

/// A duration above zero.
pub fn duration(text: &str) -> Parsed<Duration> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err(format!("`{text}` must be longer than 0s")),
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err(format!("`{text}` is longer than {}", Human(LONGEST))),
        Err(error) => Err(error.to_string()),
    }
}

/// A year: whatever is longer is a slip of the unit.
const LONGEST: Duration = Duration(365 * 24 * 3_600 * 1_000_000_000);

/// Where randomness comes from: any u64, with all its digits, or a count.
pub fn seed(text: &str) -> Parsed<u64> {
    let digits = text.trim();
    if digits.bytes().all(|byte| byte.is_ascii_digit())
        && let Err(error) = digits.parse::<u64>()
    {
        return Err(format!("`{text}` is not a seed of 64 bits: {error}"));
    }
    digits.parse().or_else(|_| count(text, 0..=u64::MAX))
}

/// Yes or no.
pub fn switch(text: &str) -> Parsed<bool> {
    match text.trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

/// Items between commas, at least one.
pub fn list<T>(text: &str, item: impl FnMut(&str) -> Parsed<T>) -> Parsed<Vec<T>> {
    text.split(',').map(str::trim).map(item).collect()
}

/// One of `words`; `what` is what they are.
pub fn word<T: Copy>(text: &str, what: &str, words: &[(&str, T)]) -> Parsed<T> {
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
    fn a_share_is_of_thousandths() {
        for (text, thousandths, shown) in
            [("12.5%", 125, "12.5%"), ("7", 70, "7%"), (" 0 %", 0, "0%")]
        {
            let read = share(text, 0..=1000);
            assert_eq!(read, Ok(Share(thousandths)), "{text}");
            assert_eq!(Share(thousandths).to_string(), shown);
        }
        for text in ["100.1%", "-1", "1.25%", "nan", "%", "half"] {
            assert!(share(text, 0..=1000).is_err(), "{text}");
        }
    }

    #[test]
    fn none_is_none() {
        assert_eq!(or_none(" none", duration), Ok(None));
        assert_eq!(or_none("1ms", duration), Ok(Some(Duration(1_000_000))));
        assert!(or_none("x", duration).unwrap_err().ends_with("; or none"));
        assert_eq!(span("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn durations_are_longer_than_nothing() {
        assert_eq!(duration("10ms"), Ok(Duration(10_000_000)));
        for text in ["0s", "10", "-1s", "400000h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
