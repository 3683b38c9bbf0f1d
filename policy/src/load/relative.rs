//! Load relative to weight, compared exactly.

use std::cmp::Ordering;

use crate::view::Weight;

/// What one more request would find: (in flight + 1) / weight.
///
/// The "+ 1" is the request to be placed, as in LVS's shortest expected delay and HAProxy's leastconn: of
/// two idle backends the faster one is the less loaded. Without it every idle backend would tie.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    with_one_more: u64,
    weight: u64,
}

impl Load {
    /// The load of a backend with `in_flight` requests and a share of `weight`.
    #[inline]
    pub fn new(in_flight: u32, weight: Weight) -> Load {
        Load {
            with_one_more: u64::from(in_flight) + 1,
            weight: u64::from(weight.thousandths()),
        }
    }
}

impl Ord for Load {
    /// By cross multiplication: 2^32 times the largest weight is below 2^58.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        (self.with_one_more * other.weight).cmp(&(other.with_one_more * self.weight))
    }
}

impl PartialOrd for Load {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Load {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Load {}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(in_flight: u32, weight: f64) -> Load {
        Load::new(in_flight, Weight::new(weight).unwrap())
    }

    #[test]
    fn a_heavier_backend_is_less_loaded_by_the_same_requests() {
        assert!(load(0, 2.0) < load(0, 1.0));
        assert!(load(3, 4.0) == load(0, 1.0));
        assert!(load(4, 4.0) > load(0, 1.0));
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        assert!(load(u32::MAX, 0.001) > load(u32::MAX, 65_535.0));
    }
}
