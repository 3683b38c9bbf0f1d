//! Markov chains of some ten thousand states, solved numerically.

/// A chain in continuous time.
pub(super) struct Chain {
    leaving: Vec<f64>,
    entering: Vec<Vec<(u32, f64)>>,
}

impl Chain {
    /// Nothing happens yet in any of `states`.
    pub(super) fn new(states: usize) -> Chain {
        Chain {
            leaving: vec![0.0; states],
            entering: vec![Vec::new(); states],
        }
    }

    /// It goes from one state to another at this rate.
    pub(super) fn flow(&mut self, from: usize, to: usize, rate: f64) {
        self.leaving[from] += rate;
        self.entering[to].push((from as u32, rate));
    }

    /// Gauss-Seidel: p(s) leaving(s) = sum of p(r) rate(r -> s), swept forth and back until a sweep changes the
    /// distribution by less than one part in 10^13.
    pub(super) fn stationary(&self) -> Vec<f64> {
        let n = self.leaving.len();
        let mut p = vec![1.0 / n as f64; n];
        for _ in 0..200_000 {
            let mut change = 0.0;
            for at in (0..n).chain((0..n).rev()) {
                let entering = self.entering[at].iter();
                let inflow: f64 = entering.map(|&(from, rate)| p[from as usize] * rate).sum();
                let new = inflow / self.leaving[at];
                change += (new - p[at]).abs();
                p[at] = new;
            }
            let sum: f64 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= sum);
            if change < 1e-13 * sum {
                return p;
            }
        }
        panic!("the sweeps do not converge");
    }
}
