//! Numbers as text, appended without formatting machinery: a line has a dozen of them.

/// Appends `number`.
pub(super) fn integer(out: &mut Vec<u8>, number: u64) {
    padded(out, number, 1);
}

/// Appends `number` with zeros in front, so that it has at least `width` digits (at most 20).
pub(super) fn padded(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut begin = digits.len();
    while number > 0 {
        begin -= 1;
        digits[begin] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let begin = begin.min(digits.len() - width);
    out.extend_from_slice(&digits[begin..]);
}

/// Appends nanoseconds as seconds, to the nanosecond.
pub(super) fn seconds(out: &mut Vec<u8>, nanoseconds: u64) {
    integer(out, nanoseconds / 1_000_000_000);
    out.push(b'.');
    padded(out, nanoseconds % 1_000_000_000, 9);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_the_standard_library_writes_them(number: u64, shift in 0..64u32, width in 1..=20usize) {
            let number = number >> shift;
            let mut out = Vec::new();
            integer(&mut out, number);
            prop_assert_eq!(std::str::from_utf8(&out).unwrap(), number.to_string());
            out.clear();
            padded(&mut out, number, width);
            prop_assert_eq!(std::str::from_utf8(&out).unwrap(), format!("{number:0width$}"));
        }
    }

    #[test]
    fn spans_are_seconds() {
        let mut out = Vec::new();
        seconds(&mut out, 12_000_345_678);
        assert_eq!(out, b"12.000345678");
    }
}
