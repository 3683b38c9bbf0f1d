//! Where the start of a run stops mattering.

/// What MSER found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// How many of the values to leave out.
    pub values: usize,
    /// Whether leaving out less than half was enough. If not, the run has not settled: it is too short, or
    /// there is nothing to settle to.
    pub settled: bool,
}

/// The marginal standard error rule (White 1997; MSER-5 when the values are means of five): leave out as many
/// values from the start as makes the estimated standard error of the rest's mean least. O(n).
///
/// Only the first half is searched: near the end few values remain and their variance is a matter of luck.
pub fn mser(values: &[f64]) -> WarmUp {
    let half = values.len() / 2;
    let (mut sum, mut squares) = (0.0, 0.0);
    let (mut best, mut least) = (0, f64::INFINITY);
    // Sums of the rest, built up from the end. Relative to the overall mean, so that nothing cancels.
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    for (at, value) in values.iter().enumerate().rev() {
        let deviation = value - mean;
        sum += deviation;
        squares += deviation * deviation;
        let rest = (values.len() - at) as f64;
        let error = (squares - sum * sum / rest) / (rest * rest);
        if at <= half && error <= least {
            (best, least) = (at, error);
        }
    }
    WarmUp {
        values: best,
        settled: best < half || half == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(at: usize) -> f64 {
        ((at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64 - 0.5
    }

    #[test]
    fn a_transient_is_cut_off_and_little_more() {
        let values: Vec<f64> = (0..2_000)
            .map(|at| 10.0 - if at < 300 { 10.0 } else { 0.0 } + noise(at))
            .collect();
        let warm_up = mser(&values);
        assert!(
            warm_up.settled && (300..340).contains(&warm_up.values),
            "{warm_up:?}"
        );
    }

    #[test]
    fn without_a_transient_next_to_nothing_is_cut_off() {
        let values: Vec<f64> = (0..2_000).map(noise).collect();
        assert!(mser(&values).values < 200, "{:?}", mser(&values));
    }

    #[test]
    fn what_only_grows_has_not_settled() {
        let values: Vec<f64> = (0..2_000).map(|at| at as f64).collect();
        assert!(!mser(&values).settled);
    }

    #[test]
    fn no_values_no_warm_up() {
        assert_eq!(
            mser(&[]),
            WarmUp {
                values: 0,
                settled: true
            }
        );
        assert_eq!(
            mser(&[1.0]),
            WarmUp {
                values: 0,
                settled: true
            }
        );
    }
}
