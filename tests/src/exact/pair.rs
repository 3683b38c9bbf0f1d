//! Two exponential servers of different speeds under a policy that looks at both queues: the whole Markov chain.

use super::chain::Chain;

/// Two backends.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Of arrivals.
    pub rate: f64,
    /// Service rates.
    pub speeds: [f64; 2],
    /// Shares of the traffic.
    pub weights: [u32; 2],
    /// Arrivals that would make a queue longer than this are lost.
    pub longest: usize,
}

impl Pair {
    /// E\[T\] when an arrival goes where (in flight + 1) / weight is less, to either one if it is equal.
    pub fn least_connections_response(&self) -> f64 {
        let side = self.longest + 1;
        let index = |a: usize, b: usize| a * side + b;
        let mut chain = Chain::new(side * side);
        for a in 0..side {
            for b in 0..side {
                let here = index(a, b);
                let first = self.first(a, b);
                if first > 0.0 && a < self.longest {
                    chain.flow(here, index(a + 1, b), self.rate * first);
                }
                if first < 1.0 && b < self.longest {
                    chain.flow(here, index(a, b + 1), self.rate * (1.0 - first));
                }
                if a > 0 {
                    chain.flow(here, index(a - 1, b), self.speeds[0]);
                }
                if b > 0 {
                    chain.flow(here, index(a, b - 1), self.speeds[1]);
                }
            }
        }
        let states = chain.stationary().into_iter().enumerate();
        let in_system: f64 = states
            .map(|(at, p)| p * (at / side + at % side) as f64)
            .sum();
        in_system / self.rate
    }

    /// The probability that the first backend is chosen.
    fn first(&self, a: usize, b: usize) -> f64 {
        let [first, second] = self.weights.map(|weight| weight as usize);
        match ((a + 1) * second).cmp(&((b + 1) * first)) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ranks, shortest};
    use super::*;

    /// Equals join the shorter queue.
    #[test]
    fn equals() {
        let (load, longest) = (0.8, 80);
        let ranks = Ranks::<2> {
            load,
            choice: shortest,
            longest,
        };
        let pair = Pair {
            rate: 2.0 * load,
            speeds: [1.0; 2],
            weights: [1; 2],
            longest: longest.into(),
        };
        let (one, other) = (pair.least_connections_response(), ranks.response());
        assert!((one - other).abs() < 1e-9, "{one} and {other}");
    }
}
