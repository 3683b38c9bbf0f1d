//! Where the marks of an axis stand.

/// A logarithmic axis from one place to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogAxis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl LogAxis {
    /// `low` and `high` are positive; if they are close to each other the axis is wider than asked for.
    pub(super) fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        const NARROWEST: f64 = 1.05;
        let (low, high) = if high < low * NARROWEST {
            let middle = libm::sqrt(low) * libm::sqrt(high);
            (middle / NARROWEST, middle * NARROWEST)
        } else {
            (low, high)
        };
        LogAxis {
            low,
            high,
            from,
            to,
        }
    }

    /// The place of `value`; of the end if it lies beyond.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = libm::log(value / self.low) / libm::log(self.high / self.low);
        let share = if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0)
        };
        self.from + share * (self.to - self.from)
    }

    /// Round values at least `gap` apart that leave the smallest holes.
    pub(super) fn ticks(&self, gap: f64) -> Vec<f64> {
        const WITHIN: [&[f64]; 6] = [
            &[1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
            &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            &[1.0, 2.0, 3.0, 5.0],
            &[1.0, 2.0, 5.0],
            &[1.0],
        ];
        let by_decade = WITHIN.into_iter().map(|within| self.in_decades(within, 1));
        let coarse = (2..=20).map(|every| self.in_decades(&[1.0], every));
        let narrow = self.high < 8.0 * self.low;
        let even = (2..=12)
            .filter(|_| narrow)
            .map(|n| self.in_steps(f64::from(n)));
        let all = even.chain(by_decade).chain(coarse);
        let fitting = all.filter_map(|ticks| {
            let (least, most) = self.holes(&ticks)?;
            (least >= gap).then_some((most, ticks))
        });
        let best = fitting.min_by(|(a, _), (b, _)| a.total_cmp(b));
        best.map(|(_, ticks)| ticks).unwrap_or_default()
    }

    /// The least distance between ticks and the greatest stretch without one, ends included; `None` without ticks.
    fn holes(&self, ticks: &[f64]) -> Option<(f64, f64)> {
        let places: Vec<f64> = ticks.iter().map(|&tick| self.place(tick)).collect();
        let between = places.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        let least = between.clone().fold(f64::INFINITY, f64::min);
        let ends = [
            (places.first()? - self.from).abs(),
            (self.to - places.last()?).abs(),
        ];
        Some((least, between.chain(ends).fold(0.0, f64::max)))
    }

    fn in_decades(&self, within: &[f64], every: i32) -> Vec<f64> {
        let first = libm::floor(libm::log10(self.low)) as i32;
        let last = libm::ceil(libm::log10(self.high)) as i32;
        let decades = (first..=last).filter(|decade| decade.rem_euclid(every) == 0);
        let values = decades.flat_map(|decade| within.iter().map(move |m| m * power(decade)));
        values.filter(|value| self.contains(*value)).collect()
    }

    /// Evenly apart, about `n`, for axes too short to look logarithmic.
    fn in_steps(&self, n: f64) -> Vec<f64> {
        let step = round_up((self.high - self.low) / n);
        let first = libm::ceil(self.low / step) as i64;
        let last = libm::floor(self.high / step) as i64;
        (first..=last).map(|at| at as f64 * step).collect()
    }

    fn contains(&self, value: f64) -> bool {
        (self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9)).contains(&value)
    }
}

/// The next 1, 2 or 5 times a power of ten.
pub(super) fn round_up(value: f64) -> f64 {
    let power = power(libm::floor(libm::log10(value)) as i32);
    let steps = [1.0, 2.0, 5.0, 10.0];
    let found = steps
        .into_iter()
        .find(|step| step * power >= value * (1.0 - 1e-9));
    found.unwrap_or(10.0) * power
}

/// Of ten; divided, not multiplied by fractions, so that ticks are the numbers they show.
fn power(exponent: i32) -> f64 {
    if exponent < 0 {
        1.0 / libm::pow(10.0, f64::from(-exponent))
    } else {
        libm::pow(10.0, f64::from(exponent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::units::tick;

    fn shown(low: f64, high: f64) -> Vec<String> {
        let axis = LogAxis::new((low, high), (0.0, 600.0));
        axis.ticks(50.0).into_iter().map(tick).collect()
    }

    #[test]
    fn ticks_are_round_at_every_width() {
        assert_eq!(
            shown(1e-3, 1.0),
            [
                "1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms",
                "1 s"
            ]
        );
        assert_eq!(
            shown(1e-6, 10.0),
            [
                "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"
            ]
        );
        assert_eq!(
            shown(0.01, 0.01),
            [
                "9.6 ms", "9.7 ms", "9.8 ms", "9.9 ms", "10 ms", "10.1 ms", "10.2 ms", "10.3 ms",
                "10.4 ms", "10.5 ms"
            ]
        );
        assert_eq!(
            shown(0.009, 0.013),
            [
                "9 ms", "9.5 ms", "10 ms", "10.5 ms", "11 ms", "11.5 ms", "12 ms", "12.5 ms",
                "13 ms"
            ]
        );
    }

    #[test]
    fn no_range_is_without_ticks_or_has_crowded_ones() {
        for exponent in -9..6 {
            for wide in [1.0, 1.3, 2.0, 3.0, 7.0, 20.0, 1e3, 1e6, 1e12] {
                let low = 1.7 * libm::pow(10.0, f64::from(exponent));
                let axis = LogAxis::new((low, low * wide), (0.0, 600.0));
                let ticks = axis.ticks(50.0);
                assert!((2..=13).contains(&ticks.len()), "{low} x {wide}: {ticks:?}");
            }
        }
    }

    #[test]
    fn what_lies_beyond_stays_at_the_edge() {
        let axis = LogAxis::new((1.0, 100.0), (0.0, 10.0));
        assert_eq!(
            [0.0, 1.0, 10.0, 1e9, f64::NAN].map(|x| axis.place(x)),
            [0.0, 0.0, 5.0, 10.0, 0.0]
        );
    }
}
