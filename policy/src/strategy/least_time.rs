//! Least time: of a few backends drawn at random, the one that is expected to answer first.
//! Cost: O(d), d draws and d `exp`.
//!
//! Expected is the peak-sensitive moving average of its response times, times (in flight + 1). A newcomer
//! counts as fast as the others are on average until its first answer, so of two it is about as likely to be
//! the better as anybody. That is not so of many: somebody in a large sample beats the average nearly always,
//! and an idle fleet that samples all of itself tries a newcomer only when it gets busy.
//!
//! Sampling, and not the best of all, because the averages are estimates: everybody would run to the one
//! that looks best.
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
mod tests;
