//! Choosing a backend, one request after another.

use policy::strategy::{Options, Strategy};
use policy::time::Instant;
use policy::{Balancer, Fleet, Request, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

pub(in crate::museum) trait Chooser {
    /// Over backends of these weights, all alive.
    fn new(weights: &[u32]) -> Self;
    /// Backend `backend` died.
    fn dies(&mut self, backend: usize);
    /// Whose turn it is, or who gets this key.
    fn pick(&mut self, key: u64) -> usize;

    /// How many of the first `picks` picks, with the keys from 0 on, each of `n` backends gets.
    fn counts(&mut self, n: usize, picks: u64) -> Vec<u64> {
        let mut counts = vec![0; n];
        (0..picks).for_each(|key| counts[self.pick(key)] += 1);
        counts
    }
}

/// A strategy of ours with its fleet.
pub(in crate::museum) struct Ours<S: Strategy> {
    balancer: Balancer<S>,
    rng: Xoshiro256PlusPlus,
}

impl<S: Strategy> Chooser for Ours<S> {
    fn new(weights: &[u32]) -> Self {
        let weight = |&weight: &u32| Weight::new(f64::from(weight)).expect("in range");
        let fleet = Fleet::new(weights.iter().map(weight).zip(1..));
        Ours {
            balancer: Balancer::new(S::new(&Options::default()), fleet),
            rng: Xoshiro256PlusPlus::seed_from_u64(1),
        }
    }

    fn dies(&mut self, backend: usize) {
        let fleet = self.balancer.fleet_mut();
        let id = policy::BackendId {
            slot: backend as u32,
            generation: 0,
        };
        assert!(fleet.set_eligible(id, false));
    }

    fn pick(&mut self, key: u64) -> usize {
        let chosen = self
            .balancer
            .pick(&Request { key }, Instant::default(), &mut self.rng);
        chosen.expect("some are alive").slot as usize
    }
}
