//! The time of day as text. Its date is worked out once a second.

use super::digits;

const SECOND: u64 = 1_000_000_000;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The second that was asked for last, as text.
#[derive(Debug)]
pub(super) struct Stamp {
    second: u64,
    rfc3339: Vec<u8>,
    common: Vec<u8>,
}

impl Default for Stamp {
    fn default() -> Self {
        Stamp {
            second: u64::MAX,
            rfc3339: Vec::new(),
            common: Vec::new(),
        }
    }
}

/// A point in time, in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    unix_nanoseconds: u64,
    second: &'a Stamp,
}

impl Stamp {
    /// So many nanoseconds after 1970.
    pub(super) fn at(&mut self, unix_nanoseconds: u64) -> Moment<'_> {
        let second = unix_nanoseconds / SECOND;
        if second != self.second {
            self.write(second);
        }
        Moment {
            unix_nanoseconds,
            second: self,
        }
    }

    #[inline(never)]
    fn write(&mut self, second: u64) {
        self.second = second;
        let (year, month, day) = date(second / 86_400);
        let of_day = second % 86_400;
        let time = [of_day / 3_600, of_day / 60 % 60, of_day % 60];

        let iso = &mut self.rfc3339;
        iso.clear();
        joined(iso, [(year, b'-'), (month, b'-'), (day, b'T')]);
        clock(iso, time);

        let common = &mut self.common;
        common.clear();
        digits::padded(common, day, 2);
        common.push(b'/');
        common.extend_from_slice(MONTHS[month as usize - 1].as_bytes());
        common.push(b'/');
        joined(common, [(year, b':')]);
        clock(common, time);
        common.extend_from_slice(b" +0000");
    }
}

fn clock(out: &mut Vec<u8>, [hour, minute, second]: [u64; 3]) {
    joined(out, [(hour, b':'), (minute, b':')]);
    digits::padded(out, second, 2);
}

/// Numbers of at least two digits, each with what follows it.
fn joined<const N: usize>(out: &mut Vec<u8>, parts: [(u64, u8); N]) {
    for (number, separator) in parts {
        digits::padded(out, number, 2);
        out.push(separator);
    }
}

impl Moment<'_> {
    /// `2026-11-21T21:34:04.123456Z`
    pub(super) fn rfc3339(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.second.rfc3339);
        self.fraction(out);
        out.push(b'Z');
    }

    /// `21/Nov/2026:21:34:04 +0000`
    pub(super) fn common(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.second.common);
    }

    /// `1795296844.123456`
    pub(super) fn unix_seconds(&self, out: &mut Vec<u8>) {
        digits::integer(out, self.second.second);
        self.fraction(out);
    }

    fn fraction(&self, out: &mut Vec<u8>) {
        out.push(b'.');
        digits::padded(out, self.unix_nanoseconds % SECOND / 1_000, 6);
    }
}

/// Year, month and day of the Gregorian calendar, so many days after 1970-01-01. Hinnant 2013, "chrono-compatible
/// low-level date algorithms": years begin in March, so that the leap day is their last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn all_three_forms() {
        let mut stamp = Stamp::default();
        // date -u -d @1795296844
        let moment = stamp.at(1_795_296_844_012_345_678);
        assert_eq!(
            text(|out| moment.rfc3339(out)),
            "2026-11-21T21:34:04.012345Z"
        );
        assert_eq!(text(|out| moment.common(out)), "21/Nov/2026:21:34:04 +0000");
        assert_eq!(text(|out| moment.unix_seconds(out)), "1795296844.012345");
    }

    proptest! {
        /// Against httpdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
        #[test]
        fn dates_are_right(second in 0..10_000_000_000u64) {
            let expected = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
            let mut stamp = Stamp::default();
            let common = text(|out| stamp.at(second * SECOND).common(out));
            let expected = expected[5..25].replacen(' ', "/", 2).replacen(' ', ":", 1);
            prop_assert_eq!(common, expected + " +0000");
            let common: Vec<u8> = stamp.common.clone();
            let mut iso = stamp.rfc3339.clone();
            iso.drain(..8);
            prop_assert_eq!(&iso[..2], &common[..2]);
            prop_assert_eq!(&iso[3..], &common[12..20]);
        }
    }
}
