//! How uneven a ring is.

use evenkeel_tests::verdict::agrees_to;
use policy::strategy::StrategyName;

use crate::support::{counts, fleet_of};

/// n V points cut a circle into n V gaps, Dirichlet-distributed; V of them are a backend's share. It is Beta(V, (n - 1) V),
/// its squared coefficient of variation (n - 1) / (n V + 1), nearly 1 / V. Counting N keys instead of measuring adds
/// (n - 1 - C^2) / N. Here for 100 rings of 100 backends; the half-width is within 6 %.
#[test]
fn shares_vary_by_one_over_the_root_of_the_points() {
    let (n, requests) = (100.0, 100_000.0);
    for points in [40, 160, 640] {
        let mut scenario = fleet_of(&[1.0; 100]);
        scenario.options.ring_points = points;
        let squares = (1..=100).map(|seed| {
            // Another seed, another fleet: its names place it on the ring.
            scenario.seed = seed;
            let counts = counts(&scenario, StrategyName::RingHash, requests as u64);
            let off = |count: u64| count as f64 * n / requests - 1.0;
            counts
                .into_iter()
                .map(|count| off(count) * off(count))
                .sum::<f64>()
                / n
        });
        let exact = (n - 1.0) / (n * f64::from(points) + 1.0);
        let counted = exact + (n - 1.0 - exact) / requests;
        agrees_to(
            0.06,
            &format!("ring of {points} points: C^2"),
            squares,
            counted,
        );
    }
}
