//! Birth-death chains: p_{n+1} down_{n+1} = p_n up_n.

/// A stationary distribution over 0, 1, ...: how many are in the system.
#[derive(Clone, Debug)]
pub struct BirthDeath {
    probabilities: Vec<f64>,
}

impl BirthDeath {
    /// `up[n]` leads from n to n + 1, `down[n]` back.
    pub fn new(up: &[f64], down: &[f64]) -> BirthDeath {
        let mut probabilities = vec![1.0];
        let mut last = 1.0;
        for (up, down) in up.iter().zip(down) {
            last *= up / down;
            probabilities.push(last);
        }
        let sum: f64 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|p| *p /= sum);
        BirthDeath { probabilities }
    }

    /// The mean of `of(n)`.
    pub fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        let terms = self.probabilities.iter().enumerate();
        terms.map(|(n, p)| p * of(n as f64)).sum()
    }

    /// The probability of the highest state.
    pub fn full(&self) -> f64 {
        self.probabilities.last().copied().unwrap_or(0.0)
    }
}

/// M/M/c/K: those in the system, at most `places`, at arrival rate `rate`.
pub fn bounded_queue(servers: u32, places: u32, rate: f64) -> BirthDeath {
    let up = vec![rate; places as usize];
    let down: Vec<f64> = (1..=places).map(|n| f64::from(n.min(servers))).collect();
    BirthDeath::new(&up, &down)
}

/// The machine-repair model M/M/c//N: those in the system, of `clients` that each think for `think` on average.
pub fn machine_repair(clients: u32, think: f64, servers: u32) -> BirthDeath {
    let up: Vec<f64> = (0..clients)
        .map(|n| f64::from(clients - n) / think)
        .collect();
    let down: Vec<f64> = (1..=clients).map(|n| f64::from(n.min(servers))).collect();
    BirthDeath::new(&up, &down)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M/M/1/K: p_K = (1 - r) r^K / (1 - r^{K+1}), also above load 1.
    #[test]
    fn one_server_in_closed_form() {
        for rate in [0.8f64, 1.2] {
            let chain = bounded_queue(1, 6, rate);
            let exact = (1.0 - rate) * rate.powi(6) / (1.0 - rate.powi(7));
            assert!((chain.full() - exact).abs() < 1e-14);
        }
    }

    /// One client never queues.
    #[test]
    fn a_client_alone() {
        let chain = machine_repair(1, 4.0, 1);
        assert!((chain.mean(|n| n) - 0.2).abs() < 1e-14);
    }
}
