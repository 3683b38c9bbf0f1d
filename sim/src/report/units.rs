//! Numbers as people write them: three significant digits and a unit.

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    /// How it is written.
    pub(super) symbol: &'static str,
    /// How many make a second.
    pub(super) per_second: f64,
}

const fn unit(symbol: &'static str, per_second: f64) -> Unit {
    Unit { symbol, per_second }
}

/// Longer times stay in seconds: minutes beside milliseconds are hard to compare.
const UNITS: [Unit; 4] = [
    unit("s", 1.0),
    unit("ms", 1e3),
    unit("µs", 1e6),
    unit("ns", 1e9),
];

impl Unit {
    /// The unit in which a time reads best: at least 1 of it, once rounded to three digits.
    pub(super) fn of(seconds: f64) -> Unit {
        let fits = |unit: &Unit| seconds.abs() * unit.per_second >= 0.9995;
        let nothing = seconds == 0.0 || !seconds.is_finite();
        let found = UNITS.into_iter().find(|unit| nothing || fits(unit));
        found.unwrap_or(UNITS[UNITS.len() - 1])
    }

    /// One unit for all of a column: that of the shortest time, unless the longest would need more than
    /// four digits before the point; then `None`: to each its own.
    pub(super) fn common(times: impl Iterator<Item = f64> + Clone) -> Option<Unit> {
        let positive = times.filter(|time| *time > 0.0 && time.is_finite());
        let shortest = positive.clone().fold(f64::INFINITY, f64::min);
        let longest = positive.fold(0.0, f64::max);
        let unit = Unit::of(shortest);
        (longest * unit.per_second < 9_995.0).then_some(unit)
    }

    /// ASCII has no µ.
    pub(super) fn symbol(self, unicode: bool) -> &'static str {
        match self.symbol {
            "µs" if !unicode => "us",
            symbol => symbol,
        }
    }
}

/// Rounded to `digits` significant digits, without exponent: `0.0123`, `1.23`, `12300`.
pub(super) fn significant(value: f64, digits: usize) -> String {
    let (rounded, decimals) = rounded(value, digits);
    format!("{rounded:.decimals$}")
}

/// How many decimals show `digits` significant digits of `value`.
pub(super) fn decimals(value: f64, digits: usize) -> usize {
    rounded(value, digits).1
}

fn rounded(value: f64, digits: usize) -> (f64, usize) {
    if value == 0.0 || !value.is_finite() {
        return (0.0, 0);
    }
    // Rounding can carry into another digit, so the exponent is read off after it.
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent: i32 = scientific
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or_default();
    let decimals = (digits as i32 - 1 - exponent).clamp(0, 18) as usize;
    (scientific.parse().unwrap_or(value), decimals)
}

/// A time with three significant digits and its unit: `1.23 ms`.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "-".to_string();
    }
    let unit = Unit::of(seconds);
    format!(
        "{} {}",
        significant(seconds * unit.per_second, 3),
        unit.symbol
    )
}

/// Without zeros at the end: `1 ms`, `2.5 ms`. For ticks of axes.
pub(super) fn tick(seconds: f64) -> String {
    let unit = Unit::of(seconds);
    format!("{} {}", plain(seconds * unit.per_second, 4), unit.symbol)
}

/// Without zeros at the end: `0.001`, `2.5`, `10`.
pub(super) fn plain(value: f64, digits: usize) -> String {
    let text = significant(value, digits);
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// A mean and half the width of its interval with the same decimals: three significant digits of the mean,
/// up to five where the interval is narrow enough to give them meaning.
pub(super) fn with_half(mean: f64, half: Option<f64>) -> (String, String) {
    let three = decimals(mean, 3);
    let Some(half) = half.filter(|half| half.is_finite()) else {
        return (significant(mean, 3), "?".to_string());
    };
    let places = half_decimals(half).clamp(three, decimals(mean, 5));
    let half_text = format!("{half:.places$}");
    let vanished = half > 0.0 && !half_text.contains(|digit| matches!(digit, '1'..='9'));
    let half_text = if vanished {
        format!("<{:.places$}", libm::pow(0.1, places as f64))
    } else {
        half_text
    };
    (format!("{mean:.places$}"), half_text)
}

/// How many decimals half an interval deserves: one significant digit, two if the first is a 1.
pub(super) fn half_decimals(half: f64) -> usize {
    let digits = if significant(half, 1)
        .trim_start_matches(['0', '.'])
        .starts_with('1')
    {
        2
    } else {
        1
    };
    decimals(half, digits)
}

/// A share as percent with three significant digits: `12.3 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0, 3))
}

/// A count with its thousands apart: `1,234,567`.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_unit() {
        let written = [
            (0.0, "0 s"),
            (1.234e-3, "1.23 ms"),
            (12.34e-3, "12.3 ms"),
            (0.1234, "123 ms"),
            (0.9994e-3, "999 µs"),
            (0.99951e-3, "1.00 ms"),
            (0.99996, "1.00 s"),
            (4.5e-9, "4.50 ns"),
            (0.25e-9, "0.250 ns"),
            (1234.0, "1230 s"),
            (-0.002, "-2.00 ms"),
            (f64::NAN, "-"),
            (f64::INFINITY, "-"),
        ];
        for (seconds, text) in written {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn ticks_drop_zeros() {
        assert_eq!(
            [0.001, 0.0025, 10.0, 0.00005, 100.0].map(tick),
            ["1 ms", "2.5 ms", "10 s", "50 µs", "100 s"]
        );
    }

    #[test]
    fn a_column_has_one_unit_if_its_numbers_stay_short() {
        let common = |times: &[f64]| Unit::common(times.iter().copied()).map(|unit| unit.symbol);
        assert_eq!(common(&[0.0123, 1.5]), Some("ms"));
        assert_eq!(common(&[0.0123, 15.0]), None);
        assert_eq!(common(&[]), Some("s"));
    }

    #[test]
    fn an_interval_decides_how_many_digits_of_the_mean_are_shown() {
        let shown = |mean, half| {
            let (mean, half) = with_half(mean, half);
            format!("{mean} ± {half}")
        };
        assert_eq!(shown(12.3456, Some(0.7)), "12.3 ± 0.7");
        assert_eq!(shown(12.3456, Some(0.0123)), "12.346 ± 0.012");
        assert_eq!(shown(12.3456, Some(0.00001)), "12.346 ± <0.001");
        assert_eq!(shown(12.3456, Some(34.0)), "12.3 ± 34.0");
        assert_eq!(shown(12.3456, None), "12.3 ± ?");
        assert_eq!(shown(12.3456, Some(0.0)), "12.3 ± 0.0");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
