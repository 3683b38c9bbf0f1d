//! Student's t distribution.
//!
//! Own code, because the platform's logarithm differs in its last bit between machines and intervals are
//! part of the output; a library's tables are built on it. Tested against published values.

/// The value that a Student-t variable with `degrees` of freedom stays below with `probability`, to about
/// 12 digits. `probability` must lie between 0.5 and 1, `degrees` must be at least 1. About 60 evaluations
/// of the incomplete beta function.
pub fn quantile(probability: f64, degrees: u64) -> f64 {
    debug_assert!((0.5..1.0).contains(&probability) && degrees >= 1);
    let upper_tail = 1.0 - probability;
    let mut high = 1.0;
    while upper_tail_at(high, degrees) > upper_tail {
        high *= 2.0;
    }
    let mut low = 0.0;
    // Halving a double's 52 bits of fraction.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if upper_tail_at(middle, degrees) > upper_tail {
            low = middle
        } else {
            high = middle
        }
    }
    0.5 * (low + high)
}

/// P(T > t) for t >= 0: half the regularised incomplete beta function I_x(v/2, 1/2) at x = v / (v + t^2).
fn upper_tail_at(t: f64, degrees: u64) -> f64 {
    let v = degrees as f64;
    0.5 * incomplete_beta(v / (v + t * t), 0.5 * v, 0.5)
}

/// The regularised incomplete beta function I_x(a, b) by Lentz's continued fraction (Numerical Recipes 6.4).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let log_front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
        + a * libm::log(x)
        + b * libm::log1p(-x);
    let front = libm::exp(log_front);
    // The fraction converges fast on this side of the mean; the other side is its mirror image.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(x, a, b) / a
    } else {
        1.0 - front * continued_fraction(1.0 - x, b, a) / b
    }
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..1_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last_factor = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            last_factor = c * d;
            fraction *= last_factor;
        }
        if (last_factor - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST/SEMATECH e-Handbook, table 1.3.6.7.2, and the exact value for one degree: tan(0.475 pi).
    #[test]
    fn agrees_with_published_values() {
        for (probability, degrees, published) in [
            (0.975, 1, 12.706_204_736),
            (0.975, 2, 4.302_652_730),
            (0.975, 9, 2.262_157_163),
            (0.975, 30, 2.042_272_456),
            (0.975, 1_000, 1.962_339_081),
            (0.9995, 9, 4.780_912_586),
            (0.9995, 100, 3.390_491_311),
            (0.95, 5, 2.015_048_373),
        ] {
            let found = quantile(probability, degrees);
            assert!(
                (found - published).abs() < 1e-8,
                "t({probability}, {degrees}) = {found}"
            );
        }
    }

    /// With many degrees of freedom it is the normal distribution: 1.959964 + about 2.37 / degrees.
    #[test]
    fn approaches_the_normal() {
        assert!((quantile(0.975, 1_000_000) - 1.959_966_4).abs() < 1e-6);
    }
}
