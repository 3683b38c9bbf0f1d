//! Join the idle queue: a backend with nothing in flight if there is one, else any at random.
//! Cost: O(1) in a balancer's own fleet, O(n) over a shared board; one draw.
//! Source: Lu, Xie, Kliot, Geller, Larus, Greenberg 2011, "Join-Idle-Queue".

use rand_core::Rng;

use super::{About, Options, Strategy};
use crate::fleet::IdleSet;
use crate::random::below;
use crate::time::Instant;
use crate::view::{BackendId, Request, View};

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinIdleQueue;

impl Strategy for JoinIdleQueue {
    type Index = IdleSet;

    const ABOUT: About = About {
        name: "join-idle-queue",
        summary: "an idle backend, else any at random",
        cost: "O(1)",
        keyed: false,
        weighted: false,
        random: true,
    };

    fn new(_: &Options) -> Self {
        JoinIdleQueue
    }

    #[inline]
    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        match view.eligible_count() {
            0 => None,
            n => view.idle(rng).or_else(|| view.eligible_at(below(n, rng))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::statistics::counts;
    use crate::strategy::testing::Bench;

    #[test]
    fn the_idle_one_is_found() {
        let mut bench = Bench::<JoinIdleQueue>::new(100);
        (0..100)
            .filter(|&slot| slot != 37)
            .for_each(|slot| bench.start(slot));
        assert!(bench.picks(100).iter().all(|id| id.slot == 37));
    }

    #[test]
    fn with_nobody_idle_all_are_equally_likely_however_loaded() {
        let mut bench = Bench::<JoinIdleQueue>::new(4);
        (0..4).for_each(|slot| (0..=slot).for_each(|_| bench.start(slot)));
        let counts = counts(bench.picks(40_000), 4);
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 500),
            "{counts:?}"
        );
    }
}
