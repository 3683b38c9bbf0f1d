//! Whatever happens in whatever order: only who may be chosen is, everything is given back once, and what is told of
//! somebody who has left changes nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::admission::{Limit, Outcome, Rate};
use crate::breaker::window::FailureRate;
use crate::health::active::ProbeId;
use crate::retry::{self, After, Retries};
use crate::view::Member;

#[derive(Clone, Debug)]
enum Event {
    Assign { avoid: Option<usize>, over: bool },
    AssignTo(usize),
    End(usize, u8),
    Add,
    Remove(usize),
    Follow(Vec<bool>),
    Stand(usize, Reason, bool),
    Weigh(usize, u32),
    Probed(usize, bool),
    Wake,
    Admit,
    Finish,
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let told = prop::sample::select(vec![Reason::Absent, Reason::Draining, Reason::Starting]);
    let avoid = prop::option::of(0..99usize);
    prop_oneof![
        9 => (avoid, any::<bool>()).prop_map(|(avoid, over)| Event::Assign { avoid, over }),
        2 => (0..99usize).prop_map(Event::AssignTo),
        9 => (0..99usize, 0..5u8).prop_map(|(which, how)| Event::End(which, how)),
        1 => Just(Event::Add),
        1 => (0..99usize).prop_map(Event::Remove),
        1 => prop::collection::vec(any::<bool>(), 8).prop_map(Event::Follow),
        2 => (0..99usize, told, any::<bool>()).prop_map(|(id, why, on)| Event::Stand(id, why, on)),
        1 => (0..99usize, 1..9u32).prop_map(|(id, weight)| Event::Weigh(id, weight)),
        4 => (0..99usize, any::<bool>()).prop_map(|(which, healthy)| Event::Probed(which, healthy)),
        4 => Just(Event::Wake),
        1 => Just(Event::Admit),
        1 => Just(Event::Finish),
        4 => (0..40 * MS).prop_map(Event::Pass),
    ]
}

/// All controls, with short times: much happens within a second.
fn everything(counting: Counting, starts_up: bool) -> Config {
    Config {
        counting,
        probes: Some(probes(starts_up)),
        passive: passive::Config::new(passive::Options {
            max_fails: 3,
            fail_timeout: Duration(60 * MS),
        })
        .ok(),
        breaker: breaker::Config::new(breaker::Options {
            rate_to_open: Some(FailureRate {
                minimum: 3,
                ..FailureRate::HALF
            }),
            ..*breaker().options()
        })
        .ok(),
        outlier: outlier::Config::new(outlier::Options {
            interval: Duration(50 * MS),
            base: Duration(30 * MS),
            max: Duration(90 * MS),
            ..*outlier().options()
        })
        .ok(),
        slow_start: Some(ramp()),
        rate: Rate::new(1, Duration(MS), 4).ok(),
        concurrency: Limiter::new(Limit::Fixed(3)).ok(),
        retries: Some(Retries::default()),
        budget: Some(retry::Config::default()),
        hedge: Hedge::new(After::Fixed(Duration(MS))).ok(),
        ..Config::default()
    }
}

/// A dispatcher, and what is known of it from what it was told and has said.
struct World {
    dispatcher: Dispatcher,
    now: Instant,
    rng: Xoshiro256PlusPlus,
    /// Whoever was there once.
    ids: Vec<BackendId>,
    sent: Vec<Assigned>,
    probes: Vec<(BackendId, ProbeId)>,
    in_flight: BTreeMap<BackendId, u32>,
    admitted: u32,
}

impl World {
    fn new(config: &Config, strategy: StrategyName) -> World {
        let identified = (0..3).map(|identity| (Weight::ONE, identity));
        let balancer = AnyBalancer::new(strategy, &Options::default(), identified);
        let mut rng = rng();
        let now = Instant(3 * MS);
        let mut dispatcher = Dispatcher::new(config.clone(), balancer, now, &mut rng);
        dispatcher.begin();
        World {
            ids: dispatcher
                .members()
                .iter()
                .map(|member| member.id)
                .collect(),
            dispatcher,
            now,
            rng,
            sent: Vec::new(),
            probes: Vec::new(),
            in_flight: BTreeMap::new(),
            admitted: 0,
        }
    }

    /// One that is there, or was.
    fn any_id(&self, at: usize) -> BackendId {
        self.ids[at % self.ids.len()]
    }

    /// Says something of `id`, which changes nothing if it has left.
    fn tell<T>(&mut self, id: BackendId, what: impl FnOnce(&mut World) -> T) -> T {
        let left = !self.dispatcher.is_member(id);
        let before = left.then(|| format!("{:?}", self.dispatcher));
        let result = what(self);
        if let Some(before) = before {
            assert_eq!(before, format!("{:?}", self.dispatcher), "{id:?} has left");
        }
        result
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Assign { avoid, over } => self.assign(*avoid, *over),
            Event::AssignTo(at) => self.assign_to(*at),
            Event::End(at, how) => self.end(*at, *how),
            Event::Add => {
                let id = (self.dispatcher).add(Weight::ONE, self.ids.len() as u64, self.now);
                self.ids.push(id);
            }
            Event::Remove(at) => self.remove(*at),
            Event::Follow(stay) => self.follow(stay),
            Event::Stand(at, reason, holds) => {
                let id = self.any_id(*at);
                let now = self.now;
                self.tell(id, |world| world.dispatcher.stand(id, *reason, *holds, now));
            }
            Event::Weigh(at, weight) => {
                let id = self.any_id(*at);
                let weight = Weight::new(f64::from(*weight)).unwrap();
                self.tell(id, |world| world.dispatcher.set_weight(id, weight));
            }
            Event::Probed(at, healthy) => self.probed(*at, *healthy),
            Event::Wake => self.wake(),
            Event::Admit => self.admitted += u32::from(self.dispatcher.admit(self.now).is_ok()),
            Event::Finish => self.finish(),
            Event::Pass(span) => self.now += Duration(*span),
        }
    }

    fn assign(&mut self, avoid: Option<usize>, over: bool) {
        // Until then nobody knows whose time has come.
        self.wake();
        let avoid = avoid.map(|at| self.any_id(at));
        let eligible: Vec<_> = self.eligible();
        let request = Request { key: 5 };
        let counts = self.in_flight.clone();
        let count = |slot: u32| {
            let here = counts.iter().filter(|(id, _)| id.slot == slot);
            here.map(|(_, count)| count).sum()
        };
        let assigned = match over {
            true => (self.dispatcher).assign_over(&request, avoid, count, self.now, &mut self.rng),
            false => (self.dispatcher).assign(&request, avoid, self.now, &mut self.rng),
        };
        assert_eq!(assigned.is_none(), eligible.is_empty());
        if let Some(assigned) = assigned {
            assert!(eligible.contains(&assigned.0), "{assigned:?}");
            let another = eligible.iter().any(|id| Some(*id) != avoid);
            assert!(Some(assigned.0) != avoid || !another);
            self.was_sent(assigned);
        }
    }

    fn assign_to(&mut self, at: usize) {
        self.wake();
        let id = self.any_id(at);
        let may = self.eligible().contains(&id);
        let now = self.now;
        let assigned = self.tell(id, |world| world.dispatcher.assign_to(id, now));
        assert_eq!(assigned.is_some(), may);
        assigned
            .into_iter()
            .for_each(|assigned| self.was_sent(assigned));
    }

    fn was_sent(&mut self, assigned: Assigned) {
        assert!(assigned.1.is_some(), "all have a breaker");
        *self.in_flight.entry(assigned.0).or_default() += 1;
        self.sent.push(assigned);
    }

    fn end(&mut self, at: usize, how: u8) {
        if self.sent.is_empty() {
            return;
        }
        let (id, permit) = self.sent.swap_remove(at % self.sent.len());
        if let Some(count) = self.in_flight.get_mut(&id) {
            *count -= 1;
        }
        let how = match how {
            0 | 1 => End::Failed,
            2 => End::Cancelled,
            _ => ANSWERED,
        };
        let now = self.now;
        self.tell(id, |world| {
            world.dispatcher.ended(id, permit, how, now, &mut world.rng);
        });
    }

    fn remove(&mut self, at: usize) {
        let id = self.any_id(at);
        let now = self.now;
        let was_there = self.dispatcher.is_member(id);
        let removed = self.tell(id, |world| world.dispatcher.remove(id, now));
        assert_eq!(removed, was_there);
        self.in_flight.remove(&id);
    }

    /// Of those that are there some stay; every second slot that becomes free has a new occupant.
    fn follow(&mut self, stay: &[bool]) {
        let mut members = Vec::new();
        for (member, stays) in self.dispatcher.members().iter().zip(stay) {
            let BackendId { slot, generation } = member.id;
            let next = BackendId {
                slot,
                generation: generation + 1,
            };
            match (stays, slot % 2) {
                (true, _) => members.push(*member),
                (false, 0) => members.push(Member {
                    id: next,
                    ..*member
                }),
                (false, _) => {}
            }
        }
        self.dispatcher.follow(&members, self.now);
        let here: Vec<_> = members.iter().map(|member| member.id).collect();
        assert!(
            self.dispatcher
                .members()
                .iter()
                .map(|it| it.id)
                .eq(here.iter().copied())
        );
        self.in_flight.retain(|id, _| here.contains(id));
        let new: Vec<_> = here
            .into_iter()
            .filter(|id| !self.ids.contains(id))
            .collect();
        self.ids.extend(new);
    }

    fn probed(&mut self, at: usize, healthy: bool) {
        if self.probes.is_empty() {
            return;
        }
        let (id, probe) = self.probes.swap_remove(at % self.probes.len());
        let now = self.now;
        self.tell(id, |world| {
            world.dispatcher.probed(id, probe, healthy, now);
        });
    }

    fn wake(&mut self) {
        while let Some(probe) = self.dispatcher.due(self.now) {
            assert!(self.dispatcher.is_member(probe.backend));
            assert!(probe.until > self.now);
            self.probes.push((probe.backend, probe.id));
        }
        assert!(self.dispatcher.next_deadline() > self.now);
        self.breakers_say_who_is_shut();
    }

    fn finish(&mut self) {
        if self.admitted > 0 {
            self.admitted -= 1;
            self.dispatcher.finished(Outcome::Ignored, self.now);
        }
    }

    /// Who may be chosen by what is held against each.
    fn eligible(&self) -> Vec<BackendId> {
        let dispatcher = &self.dispatcher;
        let ignored = |reason: &Reason| dispatcher.is_panicking() && reason.is_health();
        let members = dispatcher.members().iter().map(|member| member.id);
        members
            .filter(|&id| dispatcher.reasons(id).all(|reason| ignored(&reason)))
            .collect()
    }

    fn breakers_say_who_is_shut(&self) {
        let config = self.dispatcher.config().breaker.unwrap();
        for member in self.dispatcher.members() {
            let state = self.dispatcher.breaker(member.id).unwrap();
            let shut = !state.lets_through(self.now, &config);
            assert_eq!(self.dispatcher.holds(member.id, Reason::Open), shut);
        }
    }

    /// What must be so at any time.
    fn check(&self) {
        let dispatcher = &self.dispatcher;
        let eligible = self.eligible();
        for id in &self.ids {
            assert_eq!(dispatcher.is_eligible(*id), eligible.contains(id), "{id:?}");
            if dispatcher.config().counting == Counting::Own {
                let count = self.in_flight.get(id).copied().unwrap_or(0);
                assert_eq!(dispatcher.in_flight(*id), count, "{id:?}");
            }
        }
        for member in dispatcher.members() {
            let ramp = dispatcher.slow_start_thousandths(member.id);
            let full = dispatcher.backends[member.id.slot as usize].weight;
            assert!(member.weight <= full);
            assert!(ramp < 1000 || !dispatcher.is_eligible(member.id) || member.weight == full);
        }
        let admitted = dispatcher.limiter().map(Limiter::in_flight);
        assert_eq!(admitted, Some(self.admitted));
    }

    /// What is shown of the backends.
    fn shown(&self) -> String {
        let dispatcher = &self.dispatcher;
        let of = |member: &Member| {
            let phase = dispatcher.backends[member.id.slot as usize].phase;
            let reasons: Vec<_> = dispatcher.reasons(member.id).collect();
            format!("{member:?} {phase:?} {reasons:?}")
        };
        let all: Vec<_> = dispatcher.members().iter().map(of).collect();
        format!("{all:?} {:?}", dispatcher.levels())
    }

    /// All that is under way ends.
    fn wind_up(&mut self) {
        while !self.sent.is_empty() {
            self.end(0, 2);
        }
        while self.admitted > 0 {
            self.finish();
        }
        assert!(self.dispatcher.is_idle());
    }
}

const STRATEGIES: [StrategyName; 6] = [
    StrategyName::RoundRobin,
    StrategyName::Weighted,
    StrategyName::LeastConnections,
    StrategyName::TwoChoices,
    StrategyName::LeastTime,
    StrategyName::JoinIdleQueue,
];

proptest! {
    #[test]
    fn only_who_may_be_chosen_is_and_all_is_given_back_once(
        strategy in prop::sample::select(&STRATEGIES[..]),
        counting in prop::sample::select(vec![Counting::Own, Counting::Elsewhere]),
        starts_up: bool,
        events in prop::collection::vec(event(), 1..250),
    ) {
        let mut world = World::new(&everything(counting, starts_up), strategy);
        for event in &events {
            let before = (world.dispatcher.version(), world.shown());
            world.apply(event);
            world.check();
            let seen = before.0 != world.dispatcher.version();
            prop_assert!(seen || before.1 == world.shown(), "{event:?}");
        }
        world.wind_up();
    }
}
