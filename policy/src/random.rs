//! Drawing from small ranges, with a fixed number of draws, so that equal seeds stay in step.

use rand_core::Rng;

/// A number below `n`, each nearly equally likely: the excess of one over another is below n / 2^64.
/// One draw. `n` must be positive.
#[inline]
pub fn below<R: Rng>(n: u32, rng: &mut R) -> u32 {
    below_u64(u64::from(n), rng) as u32
}

/// [`below`] for larger ranges. The same bound of n / 2^64 is one in 10^9 for a span of twenty seconds in
/// nanoseconds. Drawing again until nothing is left of it would take an unknown number of draws, and for
/// ever from the constant generator of a model checker.
#[inline]
pub fn below_u64<R: Rng>(n: u64, rng: &mut R) -> u64 {
    debug_assert!(n > 0, "there is no number below 0");
    ((u128::from(rng.next_u64()) * u128::from(n)) >> 64) as u64
}

/// A number in [0, 1), a multiple of 2^-53. One draw.
#[inline]
pub fn unit<R: Rng>(rng: &mut R) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Two different numbers below `n`, every ordered pair equally likely. Two draws. `n` must be at least 2.
#[inline]
pub fn two_distinct<R: Rng>(n: u32, rng: &mut R) -> (u32, u32) {
    let first = below(n, rng);
    let second = below(n - 1, rng);
    (first, if second >= first { second + 1 } else { second })
}

/// Keeps one of the values it is offered, each equally likely (reservoir sampling, Vitter 1985).
/// One draw for each value after the first.
#[derive(Debug)]
pub struct Reservoir<T> {
    chosen: Option<T>,
    offered: u32,
}

impl<T> Reservoir<T> {
    /// Holds nothing yet.
    #[expect(
        clippy::new_without_default,
        reason = "an empty reservoir is always made on purpose"
    )]
    pub fn new() -> Self {
        Reservoir {
            chosen: None,
            offered: 0,
        }
    }

    /// Considers `value`.
    #[inline]
    pub fn offer<R: Rng>(&mut self, value: T, rng: &mut R) {
        self.offered += 1;
        if self.offered == 1 || below(self.offered, rng) == 0 {
            self.chosen = Some(value);
        }
    }

    /// The value kept; `None` if none was offered.
    pub fn into_chosen(self) -> Option<T> {
        self.chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    /// Every one of 12 ordered pairs within five standard errors of its share.
    #[test]
    fn ordered_pairs_are_distinct_and_equally_likely() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut counts = [[0u32; 4]; 4];
        for _ in 0..120_000 {
            let (a, b) = two_distinct(4, &mut rng);
            counts[a as usize][b as usize] += 1;
        }
        for (a, row) in counts.iter().enumerate() {
            for (b, &count) in row.iter().enumerate() {
                let expected = if a == b { 0 } else { 10_000 };
                assert!(count.abs_diff(expected) < 500, "({a}, {b}): {count}");
                assert!(a != b || count == 0);
            }
        }
    }

    #[test]
    fn a_reservoir_keeps_each_offer_equally_often() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut counts = [0u32; 5];
        for _ in 0..50_000 {
            let mut reservoir = Reservoir::new();
            (0..5).for_each(|value: usize| reservoir.offer(value, &mut rng));
            counts[reservoir.into_chosen().unwrap()] += 1;
        }
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 450),
            "{counts:?}"
        );
    }
}
