//! Parts of a file (RFC 9110 section 14).

use std::ops::Range;

/// What part is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing else is asked for, or nothing that is understood. Several parts at once are not: nobody has
    /// to send them, and many small ones are an attack.
    Whole,
    /// These bytes.
    Bytes(Range<u64>),
    /// There is nothing of what is asked for.
    Nothing,
}

/// What a `Range` asks for of a file of `length` bytes.
pub(super) fn part(range: &[u8], length: u64) -> Part {
    let Some((first, last)) = parse(range) else {
        return Part::Whole;
    };
    let (start, end) = match (first, last) {
        (Some(first), Some(last)) if first > last => return Part::Whole,
        (Some(first), last) => {
            let end = last.map_or(length, |last| last.saturating_add(1));
            (first, end.min(length))
        }
        (None, Some(suffix)) => (length.saturating_sub(suffix), length),
        (None, None) => return Part::Whole,
    };
    match start < end {
        true => Part::Bytes(start..end),
        false => Part::Nothing,
    }
}

/// `bytes=FIRST-LAST`, one of them perhaps missing.
fn parse(range: &[u8]) -> Option<(Option<u64>, Option<u64>)> {
    let text = std::str::from_utf8(range).ok()?;
    let (unit, range) = text.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    let is_bytes = unit.trim().eq_ignore_ascii_case("bytes");
    is_bytes
        .then_some(())
        .and(Some((number(first)?, number(last)?)))
}

/// `Some(None)` for nothing, `None` for what is no number.
fn number(text: &str) -> Option<Option<u64>> {
    match text.as_bytes() {
        [] => Some(None),
        digits if digits.iter().all(u8::is_ascii_digit) => {
            Some(Some(text.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts() {
        for (range, expected) in [
            ("bytes=0-0", Part::Bytes(0..1)),
            ("bytes=2-5", Part::Bytes(2..6)),
            ("Bytes=2-", Part::Bytes(2..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-99", Part::Bytes(0..10)),
            ("bytes=5-99999999999999999999999", Part::Bytes(5..10)),
            ("bytes=10-", Part::Nothing),
            ("bytes=-0", Part::Nothing),
            ("bytes=5-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes", Part::Whole),
        ] {
            assert_eq!(part(range.as_bytes(), 10), expected, "{range}");
        }
        assert_eq!(part(b"bytes=0-", 0), Part::Nothing);
    }

    proptest! {
        #[test]
        fn a_part_is_within(range in "(bytes=)?[0-9]{0,3}-?[0-9]{0,20}", length in 0..1000u64) {
            if let Part::Bytes(bytes) = part(range.as_bytes(), length) {
                prop_assert!(bytes.start < bytes.end && bytes.end <= length);
            }
        }
    }
}
