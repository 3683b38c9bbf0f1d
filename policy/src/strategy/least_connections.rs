//! Least connections: the backend with the fewest requests in flight for its weight, ties uniform.
//! Cost: O(1) in a balancer's own fleet (O(w) for w distinct weights), O(n) over a shared board; one draw.
//!
//! Least means (in flight + 1) / weight, see [`crate::load::Load`]. Source: LVS's `sed`, HAProxy's
//! `leastconn`. Ties are drawn and not given to the first: a fixed order would load it more than the rest.

use rand_core::Rng;

use super::{About, Options, Strategy};
use crate::fleet::Levels;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeastConnections;

impl Strategy for LeastConnections {
    type Index = Levels;

    const ABOUT: About = About {
        name: "least-connections",
        summary: "the fewest requests in flight for its weight, exact",
        cost: "O(1)",
        keyed: false,
        weighted: true,
        random: true,
    };

    fn new(_: &Options) -> Self {
        LeastConnections
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        view.least_loaded(rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::testing::Bench;

    #[test]
    fn requests_that_stay_fill_every_backend_evenly() {
        let mut bench = Bench::<LeastConnections>::new(10);
        bench.send(1_000);
        assert!(
            bench.in_flight().iter().all(|&count| count == 100),
            "{:?}",
            bench.in_flight()
        );
    }

    #[test]
    fn requests_that_stay_fill_in_proportion_to_weight() {
        let mut bench = Bench::<LeastConnections>::weighted(&[1.0, 2.0, 4.0]);
        bench.send(700);
        assert_eq!(bench.in_flight(), [100, 200, 400]);
    }

    #[test]
    fn the_busy_one_is_avoided() {
        let mut bench = Bench::<LeastConnections>::new(3);
        bench.start(0);
        bench.start(2);
        assert_eq!(bench.pick().unwrap().slot, 1);
    }
}
