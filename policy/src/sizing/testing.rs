//! Observations of a pool that need not make sense together, for tests that must hold whatever is seen.

use proptest::collection::vec;
use proptest::prelude::*;

use super::Observation;
use crate::time::{Duration, Instant};

prop_compose! {
    fn observation()(
        span in 0..20_000_000_000u64,
        ready in 0..100u32,
        busy in 0..100u32,
        starting in 0..20u32,
        waiting in 0..1_000u32,
        arrivals in 0..100_000u64,
        completions in 0..100_000u64,
        busy_thousandths in 0..=1000u64,
    ) -> Observation {
        Observation {
            now: Instant::ZERO,
            span: Duration(span),
            ready,
            starting,
            busy: busy.min(ready),
            waiting,
            arrivals,
            completions,
            busy_time: Duration(span / 1000 * busy_thousandths * u64::from(ready)),
        }
    }
}

/// One after the other.
pub(super) fn observations() -> impl Strategy<Value = Vec<Observation>> {
    vec(observation(), 1..80).prop_map(|mut all| {
        let mut now = Instant::ZERO;
        for seen in &mut all {
            now += seen.span;
            seen.now = now;
        }
        all
    })
}
