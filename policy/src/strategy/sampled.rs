//! The best of a few backends drawn at random, for strategies that do not look at all of them.

use rand_core::Rng;

use super::Options;
use crate::random::{below, two_distinct};
use crate::view::{BackendId, View};

/// How many backends are drawn, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sampled {
    choices: u32,
    replacement: bool,
}

impl Sampled {
    /// Two distinct ones, whatever the settings.
    pub(super) const TWO: Sampled = Sampled {
        choices: 2,
        replacement: false,
    };

    pub(super) fn new(options: &Options) -> Sampled {
        Sampled {
            choices: options.choices.clamp(1, Options::MAX_CHOICES),
            replacement: options.replacement,
        }
    }

    /// Of the sample, the backend of least `cost`. On a tie the first draw wins: it is already uniform.
    #[inline]
    pub(super) fn best<V: View, R: Rng, C: PartialOrd>(
        self,
        view: &V,
        rng: &mut R,
        cost: impl Fn(BackendId) -> C,
    ) -> Option<BackendId> {
        match view.eligible_count() {
            0 => None,
            1 => view.eligible_at(0),
            n if self.choices == 2 && !self.replacement => {
                let (first, second) = two_distinct(n, rng);
                let (first, second) = (view.eligible_at(first)?, view.eligible_at(second)?);
                Some(if cost(second) < cost(first) {
                    second
                } else {
                    first
                })
            }
            n => self.best_of_many(n, view, rng, cost),
        }
    }

    fn best_of_many<V: View, R: Rng, C: PartialOrd>(
        self,
        n: u32,
        view: &V,
        rng: &mut R,
        cost: impl Fn(BackendId) -> C,
    ) -> Option<BackendId> {
        let mut drawn = [0; Options::MAX_CHOICES as usize];
        let choices = if self.replacement {
            self.choices
        } else {
            self.choices.min(n)
        } as usize;
        let mut best: Option<(C, BackendId)> = None;
        for already in 0..choices {
            let mut at = below(n, rng);
            while !self.replacement && drawn[..already].contains(&at) {
                at = below(n, rng);
            }
            drawn[already] = at;
            let id = view.eligible_at(at)?;
            let its_cost = cost(id);
            if best.as_ref().is_none_or(|(least, _)| its_cost < *least) {
                best = Some((its_cost, id));
            }
        }
        best.map(|(_, id)| id)
    }
}
