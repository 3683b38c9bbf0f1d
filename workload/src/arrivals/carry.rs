//! A clock of whole nanoseconds that loses no fraction of one.

use policy::time::Instant;

/// The sum of gaps so far. What is left below a nanosecond is carried to the next gap, so that at a mean
/// gap of 1.5 ns the mean rate is still exact; every instant is the sum rounded down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carry {
    now: Instant,
    /// Nanoseconds, in [0, 1).
    rest: f64,
}

impl Carry {
    /// Advances by `gap` nanoseconds, at least 0, and returns the instant. Cost: 1 ns.
    #[inline]
    pub(super) fn advance(&mut self, gap: f64) -> Instant {
        let sum = self.rest + gap;
        // By way of `i64`, which converts in one instruction; saturates after 292 years.
        let whole = sum as i64;
        self.rest = sum - whole as f64;
        self.now.0 = self.now.0.saturating_add(whole as u64);
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fractions_add_up() {
        let mut carry = Carry::default();
        let instants: Vec<u64> = (0..8).map(|_| carry.advance(0.375).0).collect();
        assert_eq!(instants, [0, 0, 1, 1, 1, 2, 2, 3]);
    }

    #[test]
    fn it_stops_at_the_end_of_time() {
        let mut carry = Carry::default();
        for _ in 0..5 {
            carry.advance(1e300);
        }
        assert_eq!(carry.advance(1.0).0 >> 62, 3);
    }

    proptest! {
        #[test]
        fn the_sum_is_kept(gaps in prop::collection::vec(0.0f64..1e9, 0..100)) {
            let mut carry = Carry::default();
            let mut last = Instant::ZERO;
            for gap in &gaps {
                let next = carry.advance(*gap);
                prop_assert!(next >= last);
                last = next;
            }
            let exact: f64 = gaps.iter().sum();
            prop_assert!((last.0 as f64 + carry.rest - exact).abs() < 1e-3);
            prop_assert!((0.0..1.0).contains(&carry.rest));
        }
    }
}
