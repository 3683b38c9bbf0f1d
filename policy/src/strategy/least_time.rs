//! Least time: of a few backends drawn at random, the one that is expected to answer first.
//! Cost: O(d), d draws and d `exp`.
//!
//! Expected is the peak-sensitive moving average of its response times, times (in flight + 1). A newcomer
//! counts as fast as the fleet is on average, so it is neither starved nor flooded. Sampling, and not the
//! best of all, because the averages are estimates: everybody would run to the one that looks best.
//! Source: Finagle's and linkerd's "peak EWMA", after Mitzenmacher 2001.

use rand_core::Rng;

use super::sampled::Sampled;
use super::{About, Options, Strategy};
use crate::fleet::ResponseTimes;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct LeastTime {
    sampled: Sampled,
}

impl Strategy for LeastTime {
    type Index = ResponseTimes;

    const ABOUT: About = About {
        name: "least-time",
        summary: "of two at random, the one expected to answer first (peak EWMA x in flight)",
        cost: "O(d)",
        keyed: false,
        weighted: false,
        random: true,
    };

    fn new(options: &Options) -> Self {
        LeastTime {
            sampled: Sampled::new(options),
        }
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        now: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        self.sampled.best(view, rng, |id| {
            view.expected_response(id, now) * (f64::from(view.in_flight(id)) + 1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::counts;
    use crate::strategy::testing::Bench;
    use crate::time::Duration;

    const MS: Duration = Duration(1_000_000);

    #[test]
    fn the_slow_one_is_avoided() {
        let mut bench = Bench::<LeastTime>::new(2);
        bench.answer(0, Duration(10 * MS.0));
        bench.answer(1, MS);
        assert!(bench.picks(1_000).iter().all(|id| id.slot == 1));
    }

    #[test]
    fn a_slow_one_is_tried_again_after_a_while() {
        let mut bench = Bench::<LeastTime>::new(2);
        bench.answer(0, Duration(10 * MS.0));
        bench.advance(Duration::from_seconds(60.0));
        bench.answer(1, MS);
        assert!(
            bench.picks(1_000).iter().all(|id| id.slot == 0),
            "60 s of silence outlive a 10 ms answer"
        );
    }

    /// Among equals a newcomer gets its share: all of it, and no more.
    #[test]
    fn a_newcomer_is_neither_starved_nor_flooded() {
        let mut bench = Bench::<LeastTime>::new(3);
        (0..3).for_each(|slot| bench.answer(slot, MS));
        bench.add(1.0);
        let counts = counts(bench.picks(40_000), 4);
        assert!(counts[3].abs_diff(10_000) < 500, "{counts:?}");
    }
}
