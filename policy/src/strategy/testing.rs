//! A strategy with a fleet, a clock and a generator, for the strategies' own tests.

use std::ops::Range;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Options, Strategy};
use crate::balancer::Balancer;
use crate::fleet::Fleet;
use crate::hash::mix;
use crate::random::{below, unit};
use crate::time::{Duration, Instant};
use crate::view::{BackendId, Member, Request, View, Weight};

pub(super) struct Bench<S: Strategy> {
    balancer: Balancer<S>,
    now: Instant,
    rng: Xoshiro256PlusPlus,
}

impl<S: Strategy> Bench<S> {
    /// `n` equal backends.
    pub(super) fn new(n: u32) -> Self {
        Self::with(n, &Options::default())
    }

    pub(super) fn with(n: u32, options: &Options) -> Self {
        Self::over(&vec![1.0; n as usize], options)
    }

    pub(super) fn weighted(weights: &[f64]) -> Self {
        Self::over(weights, &Options::default())
    }

    pub(super) fn over(weights: &[f64], options: &Options) -> Self {
        let backends = weights
            .iter()
            .zip(0..)
            .map(|(&w, n)| (weight(w), identity(n)));
        Bench {
            balancer: Balancer::new(S::new(options), Fleet::new(backends)),
            now: Instant(1_000_000_000),
            rng: Xoshiro256PlusPlus::seed_from_u64(1),
        }
    }

    /// Picks for a request with a key of its own; nothing is counted.
    pub(super) fn pick(&mut self) -> Option<BackendId> {
        let key = u64::from(below(u32::MAX, &mut self.rng)) << 32
            | u64::from(below(u32::MAX, &mut self.rng));
        self.pick_key(key)
    }

    pub(super) fn pick_key(&mut self, key: u64) -> Option<BackendId> {
        self.balancer
            .pick(&Request { key }, self.now, &mut self.rng)
    }

    pub(super) fn picks(&mut self, n: usize) -> Vec<BackendId> {
        (0..n)
            .map(|_| self.pick().expect("some backend is eligible"))
            .collect()
    }

    /// Picks for `n` requests that stay in flight.
    pub(super) fn send(&mut self, n: usize) {
        for _ in 0..n {
            let id = self.pick().expect("some backend is eligible");
            assert!(self.balancer.start(id));
        }
    }

    /// A request is sent to `slot`, whatever the strategy thinks.
    pub(super) fn start(&mut self, slot: u32) {
        let id = self.id(slot);
        assert!(self.balancer.start(id));
    }

    /// A request to `slot` is answered after `response`, now.
    pub(super) fn answer(&mut self, slot: u32, response: Duration) {
        let id = self.id(slot);
        assert!(self.balancer.start(id) && self.balancer.finish(id, Some(response), self.now));
    }

    /// A request to `slot` that was sent earlier is answered after `response`, now.
    pub(super) fn respond(&mut self, slot: u32, response: Duration) {
        let id = self.id(slot);
        assert!(self.balancer.finish(id, Some(response), self.now));
    }

    /// A request to `slot` ends, unanswered.
    pub(super) fn finish(&mut self, slot: u32) {
        let id = self.id(slot);
        assert!(self.balancer.finish(id, None, self.now));
    }

    /// An exponential span of time, of the bench's own generator.
    pub(super) fn exponential(&mut self, mean: Duration) -> Duration {
        Duration((-libm::log(1.0 - unit(&mut self.rng)) * mean.0 as f64) as u64)
    }

    pub(super) fn advance(&mut self, span: Duration) {
        self.now += span;
    }

    pub(super) fn add(&mut self, w: f64) -> BackendId {
        let identity = identity(self.members().len() as u64 + 1_000);
        self.balancer.fleet_mut().add(weight(w), identity)
    }

    pub(super) fn remove(&mut self, slot: u32) {
        let id = self.id(slot);
        assert!(self.balancer.fleet_mut().remove(id));
    }

    pub(super) fn set_eligible(&mut self, slot: u32, eligible: bool) {
        let id = self.id(slot);
        assert!(self.balancer.fleet_mut().set_eligible(id, eligible));
    }

    pub(super) fn is_eligible(&self, slot: u32) -> bool {
        self.balancer.fleet().is_eligible(self.id(slot))
    }

    pub(super) fn set_weight(&mut self, slot: u32, w: f64) {
        let id = self.id(slot);
        assert!(self.balancer.fleet_mut().set_weight(id, weight(w)));
    }

    pub(super) fn in_flight(&self) -> Vec<u32> {
        self.members()
            .iter()
            .map(|member| self.balancer.fleet().in_flight(member.id))
            .collect()
    }

    pub(super) fn members(&self) -> &[Member] {
        self.balancer.fleet().members()
    }

    pub(super) fn strategy_mut(&mut self) -> &mut S {
        self.balancer.strategy_mut()
    }

    /// The identity of the backend that each of `keys` goes to.
    pub(super) fn identity_of(&mut self, keys: Range<u64>) -> Vec<u64> {
        let mut identity = |key| {
            let id = self.pick_key(key).expect("some backend is eligible");
            self.members()
                .iter()
                .find(|member| member.id == id)
                .expect("a member")
                .identity
        };
        keys.map(&mut identity).collect()
    }

    /// The backend at `slot` leaves, another comes and goes, and it is back at another slot.
    pub(super) fn move_to_another_slot(&mut self, slot: u32) {
        let old = *self
            .members()
            .iter()
            .find(|member| member.id.slot == slot)
            .expect("a member");
        let fleet = self.balancer.fleet_mut();
        assert!(fleet.remove(old.id));
        let other = fleet.add(Weight::ONE, 0);
        assert_ne!(fleet.add(old.weight, old.identity).slot, slot);
        assert!(fleet.remove(other));
    }

    fn id(&self, slot: u32) -> BackendId {
        self.members()
            .iter()
            .find(|member| member.id.slot == slot)
            .expect("a member")
            .id
    }
}

fn weight(w: f64) -> Weight {
    Weight::new(w).expect("a weight")
}

/// A stand-in for the hash of an address.
fn identity(n: u64) -> u64 {
    mix(n)
}
