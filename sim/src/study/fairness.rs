//! How evenly requests were spread, relative to weight.

use crate::outcome::Fairness;

/// Of `requests` and `weights`, by backend. Nobody got anything: even.
pub(super) fn fairness(requests: &[u64], weights: &[f64]) -> Fairness {
    let total: u64 = requests.iter().sum();
    if total == 0 {
        return Fairness {
            jain: 1.0,
            max_over_mean: 1.0,
            max_share_error: 0.0,
        };
    }
    let n = requests.len() as f64;
    let all_weights: f64 = weights.iter().sum();
    let (mut sum, mut squares, mut largest, mut error) = (0.0, 0.0, 0.0f64, 0.0f64);
    for (&count, &weight) in requests.iter().zip(weights) {
        let relative = count as f64 / weight;
        sum += relative;
        squares += relative * relative;
        largest = largest.max(relative);
        error = error.max((count as f64 / total as f64 - weight / all_weights).abs());
    }
    Fairness {
        jain: sum * sum / (n * squares),
        max_over_mean: largest * n / sum,
        max_share_error: error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extremes() {
        let even = fairness(&[10, 20, 30], &[1.0, 2.0, 3.0]);
        assert!(
            (even.jain - 1.0).abs() < 1e-12 && even.max_share_error < 1e-12,
            "{even:?}"
        );
        let one = fairness(&[0, 0, 0, 8], &[1.0; 4]);
        assert_eq!(
            (one.jain, one.max_over_mean, one.max_share_error),
            (0.25, 4.0, 0.75)
        );
    }
}
