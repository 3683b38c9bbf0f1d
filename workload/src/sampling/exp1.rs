//! The exponential distribution with mean 1.
//!
//! Cost: about 2 ns and one word; 1 in 90 draws needs a second word and an `exp`. Ziggurat, 256 layers.

use std::sync::Arc;

use rand_core::Rng;

use super::uniform::{fraction, uniform_open, uniform01};
use super::ziggurat::{LAYERS, Tables};
use crate::stream::Draws;

/// Where the tail begins (Marsaglia, Tsang 2000, for 256 layers).
const TAIL: f64 = 7.697_117_470_131_05;

/// Samples the exponential distribution with mean 1. A clone shares the tables.
#[derive(Clone, Debug)]
pub struct Exp1 {
    tables: Arc<Tables>,
}

impl Exp1 {
    /// Builds the tables, in about 10 us.
    pub fn new() -> Exp1 {
        // The density is its own tail's mass.
        let area = (TAIL + 1.0) * libm::exp(-TAIL);
        let tables = Tables::new(TAIL, area, |x| libm::exp(-x), |y| -libm::log(y));
        Exp1 {
            tables: Arc::new(tables),
        }
    }

    /// One value, at least 0.
    #[inline]
    pub fn sample(&self, draws: &mut Draws) -> f64 {
        let word = draws.next_u64();
        // The low eight bits choose the layer, the upper 53 the place within it.
        let layer = word as usize % LAYERS;
        let x = fraction(word) * self.tables.x[layer];
        if x < self.tables.x[layer + 1] {
            return x;
        }
        self.at_the_edge(layer, x, draws)
    }

    /// Decides about `x`, which lies in the part of `layer` that the density cuts.
    #[cold]
    fn at_the_edge(&self, layer: usize, x: f64, draws: &mut Draws) -> f64 {
        if layer == 0 {
            // Without memory: beyond the tail's beginning it is the same distribution again.
            return self.tables.tail() - libm::log(uniform_open(draws));
        }
        let (low, high) = (self.tables.y[layer], self.tables.y[layer + 1]);
        if low + (high - low) * uniform01(draws) < libm::exp(-x) {
            return x;
        }
        self.sample(draws)
    }
}

impl Default for Exp1 {
    fn default() -> Exp1 {
        Exp1::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, Stream};

    fn stream() -> Stream {
        Stream::new(1, 0, Purpose::Demands)
    }

    #[test]
    fn the_layers_close_at_the_top() {
        let Tables { x, y } = &*Exp1::new().tables;
        let area = x[1] * y[1] + y[1];
        let top = y[255] + area / x[255];
        assert!((top - 1.0).abs() < 1e-9, "{top}");
        assert!(x.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn golden() {
        let exp1 = Exp1::new();
        let value = |number| exp1.sample(&mut stream().at(number));
        assert_eq!(
            [0, 1, 2].map(value),
            [0.3864612535094988, 1.4968193194618646, 1.3231311112092334]
        );
        let tail = (0..).find(|&number| value(number) > TAIL).unwrap();
        assert_eq!((tail, value(tail)), (1050, 10.076422044823612));
    }

    /// Kolmogorov and Smirnov: the largest distance to 1 - e^-x over a million draws.
    #[test]
    fn the_distribution_is_exponential() {
        let exp1 = Exp1::new();
        let mut values: Vec<f64> = (0..1_000_000)
            .map(|number| exp1.sample(&mut stream().at(number)))
            .collect();
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let distance = values.iter().enumerate().fold(0.0, |worst: f64, (i, x)| {
            let exact = 1.0 - libm::exp(-x);
            let below = exact - i as f64 / n;
            let above = (i + 1) as f64 / n - exact;
            worst.max(below).max(above)
        });
        // 1.95 / sqrt(n) is exceeded once in a thousand.
        assert!(distance * n.sqrt() < 1.95, "{}", distance * n.sqrt());
    }

    /// What a fault of the tail or of one layer would move: counts of equally likely cells and far out.
    #[test]
    fn the_tail_is_as_heavy_as_it_should_be() {
        let exp1 = Exp1::new();
        let n = 10_000_000;
        let beyond = |limit: f64, values: &[f64]| values.iter().filter(|x| **x > limit).count();
        let values: Vec<f64> = (0..n)
            .map(|number| exp1.sample(&mut stream().at(number)))
            .collect();
        for limit in [0.01, 1.0, 5.0, TAIL, 9.0, 11.0] {
            let expected = n as f64 * libm::exp(-limit);
            let deviation = (beyond(limit, &values) as f64 - expected) / expected.sqrt();
            assert!(
                deviation.abs() < 3.5,
                "{deviation} standard errors beyond {limit}"
            );
        }
    }
}
