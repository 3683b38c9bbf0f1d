//! Each backend's share of the requests, relative to its share of the weights.

use crate::outcome::StrategyResult;

/// By backend: 1 is its ideal share, 2 twice that.
pub(super) fn relative_shares(result: &StrategyResult) -> Vec<f64> {
    let weights: f64 = result.backends.iter().map(|backend| backend.weight).sum();
    let relative = |share: f64, weight: f64| match share * weights / weight {
        relative if relative.is_finite() => relative,
        _ => 0.0,
    };
    let backends = result.backends.iter();
    backends
        .map(|backend| relative(backend.share, backend.weight))
        .collect()
}

/// The least, the median and the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spread {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) greatest: f64,
}

/// Of `values`; zeros if there are none.
pub(super) fn spread(values: &[f64]) -> Spread {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let [least, .., greatest] = sorted[..] else {
        let only = sorted.first().copied().unwrap_or_default();
        return Spread {
            least: only,
            median: only,
            greatest: only,
        };
    };
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    Spread {
        least,
        median: (low + high) / 2.0,
        greatest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::outcome;

    #[test]
    fn shares_are_relative_to_weight() {
        let outcome = outcome();
        let shares = relative_shares(&outcome.results[0]);
        assert!(
            shares
                .iter()
                .zip([0.8, 1.1, 1.0])
                .all(|(a, b)| (a - b).abs() < 1e-9),
            "{shares:?}"
        );
    }

    #[test]
    fn a_spread_of_none_and_of_one() {
        assert_eq!(spread(&[]), Spread::default());
        assert_eq!(spread(&[2.0]).median, 2.0);
        let four = spread(&[4.0, 1.0, 2.0, 3.0]);
        assert_eq!((four.least, four.median, four.greatest), (1.0, 2.5, 4.0));
    }
}
