//! Zipf's law, in O(1) whatever the number of keys.

use crate::sampling::uniform01;
use crate::stream::Draws;

/// Rejection-inversion (Hörmann, Derflinger 1996, "Rejection-inversion to generate variates from monotone
/// discrete distributions"): inverts the integral of x^-s, rounds, and rejects the rare point outside the
/// bars.
#[derive(Clone, Debug)]
pub(super) struct Zipf {
    count: u64,
    exponent: f64,
    /// The integral's value where the first bar begins and where the last one ends.
    range: [f64; 2],
    /// Points that lie no further than this below their rank are always accepted.
    shortcut: f64,
}

impl Zipf {
    /// Key k below `count` in proportion to (k + 1)^-`exponent`.
    pub(super) fn new(count: u64, exponent: f64) -> Zipf {
        let mut zipf = Zipf {
            count,
            exponent,
            range: [0.0; 2],
            shortcut: 0.0,
        };
        zipf.range = [zipf.integral(1.5) - 1.0, zipf.integral(count as f64 + 0.5)];
        zipf.shortcut = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.weight(2.0));
        zipf
    }

    /// One key.
    pub(super) fn sample(&self, draws: &mut Draws) -> u64 {
        let [first, last] = self.range;
        loop {
            let area = last + uniform01(draws) * (first - last);
            let x = self.inverse(area);
            let rank = ((x + 0.5) as u64).clamp(1, self.count);
            let k = rank as f64;
            if k - x <= self.shortcut || area >= self.integral(k + 0.5) - self.weight(k) {
                return rank - 1;
            }
        }
    }

    /// x^-s.
    fn weight(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// The integral of the weight from 1 to `x`: (x^(1-s) - 1) / (1 - s), which is ln x at s = 1.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        expm1_ratio((1.0 - self.exponent) * log) * log
    }

    /// The `x` to which the integral is `area`.
    fn inverse(&self, area: f64) -> f64 {
        // Rounding may take it just below -1, where the logarithm ends.
        let t = (area * (1.0 - self.exponent)).max(-1.0);
        libm::exp(log1p_ratio(t) * area)
    }
}

/// (e^x - 1) / x, 1 at 0.
fn expm1_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 {
        libm::expm1(x) / x
    } else {
        1.0 + 0.5 * x
    }
}

/// ln(1 + x) / x, 1 at 0.
fn log1p_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 {
        libm::log1p(x) / x
    } else {
        1.0 - 0.5 * x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, Stream};

    fn draws(number: u64) -> Draws {
        Stream::new(1, 0, Purpose::Keys).at(number)
    }

    /// Chi-square over the keys, the rarest together.
    #[test]
    fn frequencies_follow_the_power_of_the_rank() {
        let n = 400_000;
        for (count, exponent) in [(10u64, 1.0), (100, 0.5), (1000, 1.1), (50, 3.0), (1, 1.0)] {
            let sampler = Zipf::new(count, exponent);
            let mut counts = vec![0.0; count as usize];
            for number in 0..n {
                counts[sampler.sample(&mut draws(number)) as usize] += 1.0;
            }
            let weights: Vec<f64> = (1..=count)
                .map(|rank| libm::pow(rank as f64, -exponent))
                .collect();
            let total: f64 = weights.iter().sum();
            let (mut square, mut cells, mut rare) = (0.0, 0.0, (0.0, 0.0));
            for (count, weight) in counts.iter().zip(&weights) {
                rare = (rare.0 + count, rare.1 + n as f64 * weight / total);
                if rare.1 > 10.0 {
                    square += (rare.0 - rare.1) * (rare.0 - rare.1) / rare.1;
                    cells += 1.0;
                    rare = (0.0, 0.0);
                }
            }
            // Mean cells - 1, variance twice that.
            let freedom: f64 = cells - 1.0;
            assert!(
                square <= freedom + 3.5 * (2.0 * freedom).sqrt() + 1e-9,
                "zipf:{count},s={exponent}: {square} with {freedom} degrees of freedom"
            );
        }
    }

    #[test]
    fn ratios_are_continuous_where_they_change_form() {
        for x in [1e-8, -1e-8] {
            assert!((expm1_ratio(x * 1.01) - expm1_ratio(x * 0.99)).abs() < 1e-9);
            assert!((log1p_ratio(x * 1.01) - log1p_ratio(x * 0.99)).abs() < 1e-9);
        }
        // So is the law itself around s = 1.
        let [below, at, above] =
            [1.0 - 1e-10, 1.0, 1.0 + 1e-10].map(|s| Zipf::new(1000, s).range[1]);
        assert!((below - at).abs() < 1e-6 && (above - at).abs() < 1e-6);
    }
}
