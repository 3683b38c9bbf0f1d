//! How picks and keys are spread over backends, for the strategies' own tests.

use super::Strategy;
use super::testing::Bench;
use crate::view::BackendId;

/// How often each of `n` slots was picked.
pub(super) fn counts(picks: Vec<BackendId>, n: u32) -> Vec<u32> {
    let mut counts = vec![0; n as usize];
    picks.iter().for_each(|id| counts[id.slot as usize] += 1);
    counts
}

/// How far `counts` are from being in proportion to `weights`: for k of them compare with the chi-square
/// distribution of k - 1 degrees of freedom.
pub(super) fn chi_square(counts: &[u32], weights: &[f64]) -> f64 {
    let picks: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let all: f64 = weights.iter().sum();
    let term = |(&count, weight): (&u32, &f64)| {
        let expected = picks * weight / all;
        (f64::from(count) - expected).powi(2) / expected
    };
    counts.iter().zip(weights).map(term).sum()
}

/// The slots that the keys 0 to `n` go to.
pub(super) fn places<S: Strategy>(bench: &mut Bench<S>, n: u64) -> Vec<u32> {
    let place = |key| bench.pick_key(key).expect("some backend is eligible").slot;
    (0..n).map(place).collect()
}

/// Where each key that was moved came from and went to.
pub(super) fn moved(before: &[u32], after: &[u32]) -> Vec<(u32, u32)> {
    let pairs = before.iter().copied().zip(after.iter().copied());
    pairs.filter(|(from, to)| from != to).collect()
}

/// How evenly keys are spread over `n` slots.
pub(super) struct Spread {
    pub(super) counts: Vec<u32>,
    /// The standard deviation of the shares, as a part of their mean.
    pub(super) deviation: f64,
}

pub(super) fn spread(places: &[u32], n: usize) -> Spread {
    let mut counts = vec![0u32; n];
    places.iter().for_each(|&slot| counts[slot as usize] += 1);
    let mean = places.len() as f64 / n as f64;
    let square = |&count: &u32| (f64::from(count) / mean - 1.0).powi(2);
    let variance = counts.iter().map(square).sum::<f64>() / n as f64;
    Spread {
        counts,
        deviation: variance.sqrt(),
    }
}
