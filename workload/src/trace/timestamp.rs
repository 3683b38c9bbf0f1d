//! Points in time as logs write them, read into nanoseconds exactly.

use crate::decimal::Decimal;

const SECOND: i128 = 1_000_000_000;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads a plain number (seconds since anything), ISO 8601 / RFC 3339 (`2023-11-16 18:17:03.9799600`, with
/// `T` or a space, with a zone or none, which is UTC), or the common log format
/// (`17/May/2015:10:05:03 +0000`), into nanoseconds since its epoch; of digits beyond nine the rest is
/// dropped. `None` for anything else.
pub(super) fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    if let Some(seconds) = Decimal::parse(text) {
        return seconds.times(SECOND as u64).map(|(whole, _)| whole);
    }
    let text = text.strip_prefix('[').unwrap_or(text);
    let scan = Scan(text.strip_suffix(']').unwrap_or(text).as_bytes());
    match text.as_bytes().get(2) {
        Some(b'/') => common_log(scan),
        _ => iso(scan),
    }
}

/// `2023-11-16T18:17:03.9799600+01:00`
fn iso(mut scan: Scan<'_>) -> Option<i128> {
    let year = scan.number(4)?;
    scan.one_of(b"-")?;
    let month = scan.number(2)?;
    scan.one_of(b"-")?;
    let day = scan.number(2)?;
    scan.one_of(b"Tt ")?;
    let date = days(year, month, day)?;
    instant(date, scan)
}

/// `17/May/2015:10:05:03 +0000`
fn common_log(mut scan: Scan<'_>) -> Option<i128> {
    let day = scan.number(2)?;
    scan.one_of(b"/")?;
    let name = scan.take(3)?;
    let month = MONTHS.iter().position(|month| month.as_bytes() == name)? as i64 + 1;
    scan.one_of(b"/")?;
    let year = scan.number(4)?;
    scan.one_of(b":")?;
    let date = days(year, month, day)?;
    instant(date, scan)
}

/// Nanoseconds since 1970 of the time of day and zone that follow a date.
fn instant(days: i64, mut scan: Scan<'_>) -> Option<i128> {
    let hour = scan.number(2)?;
    scan.one_of(b":")?;
    let minute = scan.number(2)?;
    scan.one_of(b":")?;
    let second = scan.number(2)?;
    // A leap second is the 60th.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut nanoseconds = 0;
    if scan.one_of(b".,").is_some() {
        let digits = scan.digits();
        if digits.is_empty() {
            return None;
        }
        let mut place = SECOND / 10;
        for digit in digits {
            nanoseconds += i128::from(digit - b'0') * place;
            place /= 10;
        }
    }
    let zone = scan.zone()?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - zone;
    Some(i128::from(seconds) * SECOND + nanoseconds)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` where there is no such date.
/// Hinnant 2013, "chrono-compatible low-level date algorithms".
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is their last.
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// What is left to read.
struct Scan<'a>(&'a [u8]);

impl<'a> Scan<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        self.take(digits)?.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + i64::from(byte - b'0'))
        })
    }

    /// All digits that follow.
    fn digits(&mut self) -> &'a [u8] {
        let length = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.take(length).unwrap_or_default()
    }

    fn one_of(&mut self, allowed: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        allowed.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// Seconds east of UTC, of the zone that ends the text: nothing, `Z`, `UTC`, `+01:00`, `+0100`, `+01`.
    fn zone(mut self) -> Option<i64> {
        self.0 = self.0.trim_ascii();
        if matches!(self.0, b"" | b"Z" | b"z" | b"UTC" | b"GMT") {
            return Some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.number(2)?;
        self.one_of(b":");
        let minutes = if self.0.is_empty() {
            0
        } else {
            self.number(2)?
        };
        let valid = self.0.is_empty() && hours <= 23 && minutes <= 59;
        valid.then_some(sign * (hours * 60 + minutes) * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_forms_that_logs_use() {
        // date -u -d '2023-11-16 18:17:03' +%s
        let expected = Some(1_700_158_623_979_960_000);
        for text in [
            "2023-11-16 18:17:03.9799600",
            "2023-11-16T18:17:03.97996Z",
            "2023-11-16T19:17:03.979960000000+01:00",
            "2023-11-16T12:47:03,97996-0530",
            "1700158623.9799600",
            " 2023-11-16 18:17:03.97996 UTC ",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(
            parse("17/May/2015:10:05:03 +0000"),
            Some(1_431_857_103 * SECOND)
        );
        assert_eq!(
            parse("[17/May/2015:12:05:03 +0200]"),
            Some(1_431_857_103 * SECOND)
        );
        assert_eq!(parse("0.07949090003967285"), Some(79_490_900));
        assert_eq!(parse("-1"), Some(-SECOND));
    }

    #[test]
    fn the_calendar() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(2000, 3, 1), Some(11_017));
        assert_eq!(days(1969, 12, 31), Some(-1));
        assert_eq!(days(1900, 2, 29), None);
        assert_eq!(days(2023, 4, 31), None);
        let mut expected = days(0, 1, 1).unwrap();
        for year in 0..2400 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(actual) = days(year, month, day) {
                        assert_eq!(actual, expected, "{year}-{month}-{day}");
                        expected += 1;
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-",
            "2023-11-16",
            "2023-13-16 18:17:03",
            "2023-11-31 18:17:03",
            "2023-11-16 24:00:00",
            "2023-11-16 18:17:03.",
            "2023-11-16 18:17:03 CET",
            "17/Mai/2015:10:05:03 +0000",
            "inf",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}", near in "[0-9]{2,4}[-/][0-9a-zA-Z]{2,3}[-/][0-9]{2,4}[T: ][0-9:.,+Z -]{0,30}") {
            let _ = (parse(&text), parse(&near));
        }
    }
}
