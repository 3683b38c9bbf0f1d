//! GI/M/1: an arrival finds n in the system with probability (1 - sigma) sigma^n, where sigma in (0, 1) solves
//! sigma = A*(1 - sigma) for the transform A* of the gaps. So E\[T\] = 1 / (1 - sigma), and T is exponential.
//! (Kendall 1953; Kleinrock 1975, section 6.4)

/// For round robin over `backends` at `load`: every backend meets each n-th arrival of a Poisson process of rate
/// n x load, Erlang-n gaps, A*(s) = (n load / (n load + s))^n.
pub fn round_robin_sigma(backends: i32, load: f64) -> f64 {
    let rate = f64::from(backends) * load;
    root(|s| (rate / (rate + s)).powi(backends))
}

/// For even gaps of 1 / `load`: A*(s) = e^{-s / load}.
pub fn even_sigma(load: f64) -> f64 {
    root(|s| libm::exp(-s / load))
}

/// Iterated from 0 it rises to the smallest root, which is the one below 1.
fn root(transform: impl Fn(f64) -> f64) -> f64 {
    (0..100_000).fold(0.0, |sigma, _| transform(1.0 - sigma))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With one backend it is M/M/1 and sigma is the load.
    #[test]
    fn one_backend() {
        assert!((round_robin_sigma(1, 0.8) - 0.8).abs() < 1e-12);
    }

    /// FACTS: D/G/c at load 0.8 has 2.69 where M/M/1 has 5.
    #[test]
    fn even_gaps() {
        assert!((1.0 / (1.0 - even_sigma(0.8)) - 2.69).abs() < 0.005);
    }
}
