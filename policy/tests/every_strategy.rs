//! What holds for every strategy, whatever happens to the fleet.

use policy::strategy::{AnyBalancer, Options, StrategyName};
use policy::time::{Duration, Instant};
use policy::{BackendId, Request, Weight};
use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Infallible, Rng, SeedableRng, TryRng};

/// `at` names one of the ids there ever were, so stale ones are used, too.
#[derive(Clone, Debug)]
enum Event {
    Send { key: u64 },
    Finish { at: usize, answered: bool },
    SetEligible { at: usize, eligible: bool },
    SetWeight { at: usize, weight: Weight },
    Remove { at: usize },
    Add { weight: Weight, identity: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    let at = 0usize..64;
    let weight = || prop::sample::select(vec![0.001, 0.5, 1.0, 2.0, 50.0]).prop_map(weight);
    let flip = (at.clone(), any::<bool>());
    prop_oneof![
        8 => (0u64..50).prop_map(|key| Event::Send { key }),
        6 => flip.clone().prop_map(|(at, answered)| Event::Finish { at, answered }),
        4 => flip.prop_map(|(at, eligible)| Event::SetEligible { at, eligible }),
        1 => (at.clone(), weight()).prop_map(|(at, weight)| Event::SetWeight { at, weight }),
        1 => at.prop_map(|at| Event::Remove { at }),
        // Few identities: two members may well have the same.
        1 => (weight(), 0u64..6).prop_map(|(weight, identity)| Event::Add { weight, identity }),
    ]
}

fn weight(weight: f64) -> Weight {
    Weight::new(weight).expect("a weight")
}

/// For strategies that say they draw nothing.
struct NoRandomness;

impl TryRng for NoRandomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("drew a number")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("drew a number")
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        panic!("drew a number")
    }
}

/// A balancer, what it was asked to send, and every id it ever had.
struct World {
    balancer: AnyBalancer,
    ids: Vec<BackendId>,
    now: Instant,
}

impl World {
    fn new(name: StrategyName) -> World {
        let backends = (0..4).map(|n| (weight([1.0, 2.0][n % 2]), n as u64 * 1_000));
        let balancer = AnyBalancer::new(name, &options(), backends);
        let ids = balancer.members().iter().map(|member| member.id).collect();
        World {
            balancer,
            ids,
            now: Instant::ZERO,
        }
    }

    fn id(&self, at: usize) -> BackendId {
        self.ids[at % self.ids.len()]
    }

    /// What `event` made the balancer choose, if it was a request.
    fn apply<R: Rng>(&mut self, event: &Event, rng: &mut R) -> Option<BackendId> {
        self.now += Duration(1_000);
        match *event {
            Event::Send { key } => {
                let id = self.balancer.pick(&Request { key }, self.now, rng)?;
                assert!(self.balancer.start(id));
                return Some(id);
            }
            Event::Finish { at, answered } => {
                let response = answered.then_some(Duration(500));
                self.balancer.finish(self.id(at), response, self.now);
            }
            Event::SetEligible { at, eligible } => {
                self.balancer.set_eligible(self.id(at), eligible);
            }
            Event::SetWeight { at, weight } => {
                self.balancer.set_weight(self.id(at), weight);
            }
            Event::Remove { at } => {
                self.balancer.remove(self.id(at));
            }
            Event::Add { weight, identity } => {
                let id = self.balancer.add(weight, identity);
                self.ids.push(id);
            }
        }
        None
    }

    fn any_eligible(&self) -> bool {
        let mut members = self.balancer.members().iter();
        members.any(|member| self.balancer.is_eligible(member.id))
    }
}

/// Small, so that bounds are reached.
fn options() -> Options {
    Options {
        sticky_keys: 8,
        ring_points: 5,
        ..Options::default()
    }
}

/// Panics unless a pick is eligible, and is there if and only if somebody is.
fn check<R: Rng>(name: StrategyName, events: &[Event], rng: &mut R) -> Vec<Option<BackendId>> {
    let mut world = World::new(name);
    let mut chosen = Vec::new();
    for event in events {
        let picked = world.apply(event, rng);
        if let Event::Send { .. } = event {
            assert_eq!(picked.is_some(), world.any_eligible(), "{name}");
            assert!(
                picked.is_none_or(|id| world.balancer.is_eligible(id)),
                "{name}: {picked:?}"
            );
            chosen.push(picked);
        }
    }
    chosen
}

proptest! {
    #[test]
    fn whoever_is_picked_is_eligible_and_somebody_is_if_anybody_is(
        events in prop::collection::vec(event(), 0..150),
    ) {
        for &name in StrategyName::ALL {
            if name.about().random {
                let again = |seed| check(name, &events, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
                prop_assert_eq!(again(1), again(1), "{}: same seed, other picks", name);
            } else {
                check(name, &events, &mut NoRandomness);
            }
        }
    }
}

/// In a fleet of unequal idle backends that stays as it is: a keyed strategy gives each key one backend, a
/// weighted one gives the two heavy backends more than their two fifths. The others do neither. (1,999 is
/// prime: no round of turns ends with the keys.)
#[test]
fn what_each_says_about_itself_is_true() {
    for &name in StrategyName::ALL {
        let about = name.about();
        let heavy_last = (0..5).map(|n| (weight(if n < 3 { 1.0 } else { 6.0 }), n * 1_000));
        let mut balancer = AnyBalancer::new(name, &Options::default(), heavy_last);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut pick = |key| {
            let picked = balancer.pick(&Request { key }, Instant::ZERO, &mut rng);
            picked.expect("all are eligible").slot
        };
        let places: Vec<u32> = (0..1_999).map(&mut pick).collect();
        let again: Vec<u32> = (0..1_999).map(&mut pick).collect();
        assert_eq!(places == again, about.keyed, "{name}: by key");
        let heavy = places.iter().filter(|&&slot| slot >= 3).count();
        assert_eq!(
            heavy > 1_100,
            about.weighted,
            "{name}: {heavy} of 1,999 to the heavy ones"
        );
    }
}

/// A second attempt goes elsewhere under every strategy, also one that would pick the same for ever; to the same only if
/// there is no other. Eligibility is as it was.
#[test]
fn a_second_attempt_goes_elsewhere_if_there_is_an_elsewhere() {
    for &name in StrategyName::ALL {
        for backends in 1..5u64 {
            let members = (0..backends).map(|identity| (Weight::ONE, identity));
            let mut balancer = AnyBalancer::new(name, &Options::default(), members);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(backends);
            for key in 0..100 {
                let (request, now) = (Request { key }, Instant(key));
                let first = balancer.pick(&request, now, &mut rng).unwrap();
                let second = balancer.pick_other(&request, first, now, &mut rng);
                assert_eq!(
                    second.unwrap() == first,
                    backends == 1,
                    "{name}, {backends} backends"
                );
                assert!(
                    balancer
                        .members()
                        .iter()
                        .all(|member| balancer.is_eligible(member.id))
                );
            }
        }
    }
}
