//! Decimal numbers, read exactly.
//!
//! A time stamp such as `1700159823.9799600` has more digits than an `f64` holds: read as one it is off by
//! up to 120 ns. So numbers that become nanoseconds are kept as digits and a power of ten until they do.

/// `digits` * 10^`exponent`, with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: u64,
    exponent: i32,
    /// Whether digits other than 0 were left out.
    cut: bool,
}

/// Digits that a `u64` holds whatever they are; later ones cannot move a rounded nanosecond.
const MAX_DIGITS: u32 = 19;

impl Decimal {
    /// Reads `12`, `-1.5`, `.5` or `1e6`; `None` for anything else, `inf` and `nan` included.
    pub(crate) fn parse(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.as_bytes().first()? {
            b'-' => (true, &mantissa[1..]),
            b'+' => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut number = Decimal {
            negative,
            digits: 0,
            exponent: i32::from(exponent),
            cut: false,
        };
        let mut significant = 0;
        for (place, text) in [(1, whole), (0, fraction)] {
            for digit in text.bytes() {
                if !digit.is_ascii_digit() {
                    return None;
                }
                if significant < MAX_DIGITS {
                    number.digits = number.digits * 10 + u64::from(digit - b'0');
                    significant += u32::from(number.digits > 0);
                    number.exponent -= 1 - place;
                } else {
                    number.exponent = number.exponent.saturating_add(place);
                    number.cut |= digit != b'0';
                }
            }
        }
        Some(number)
    }

    /// Whether it has more digits than are kept.
    pub(crate) fn is_cut(self) -> bool {
        self.cut
    }

    /// This number of `unit`s, rounded to the nearest whole (halves away from zero), and whether that was
    /// exact. `None` above 2^127.
    pub(crate) fn times(self, unit: u64) -> Option<(i128, bool)> {
        let product = u128::from(self.digits) * u128::from(unit);
        let power = 10u128.checked_pow(self.exponent.unsigned_abs());
        let (size, exact) = match (self.exponent >= 0, power) {
            _ if product == 0 => (0, true),
            (true, power) => (product.checked_mul(power?)?, true),
            (false, None) => (0, false),
            (false, Some(power)) => {
                let rest = product % power;
                (
                    product / power + u128::from(rest >= power - rest),
                    rest == 0,
                )
            }
        };
        let size = i128::try_from(size).ok()?;
        Some((if self.negative { -size } else { size }, exact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(text: &str, unit: u64) -> Option<i128> {
        Decimal::parse(text)?.times(unit).map(|(whole, _)| whole)
    }

    #[test]
    fn digits_are_kept() {
        assert_eq!(
            times("1700159823.9799600", 1_000_000_000),
            Some(1_700_159_823_979_960_000)
        );
        assert_eq!(times("-1.5", 10), Some(-15));
        assert_eq!(times(".5", 1), Some(1));
        assert_eq!(times("0.49", 1), Some(0));
        assert_eq!(times("1e6", 1), Some(1_000_000));
        assert_eq!(times("25e-1", 4), Some(10));
        assert_eq!(times("0e999", 1), Some(0));
        assert_eq!(times("1e-999", 1), Some(0));
        assert_eq!(
            times("123456789012345678901234", 1),
            Some(123456789012345678900000)
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".", "e5", "1e", "inf", "nan", "1_000", "0x10", "1.2.3", "1e99999",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(times("1e200", 1), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_themselves(number: u64) {
            prop_assume!(number < 10u64.pow(MAX_DIGITS));
            prop_assert_eq!(times(&number.to_string(), 1), Some(i128::from(number)));
        }

        #[test]
        fn nothing_panics(text in "[-+.eE0-9]{0,60}", unit: u64) {
            let _ = times(&text, unit);
        }
    }
}
