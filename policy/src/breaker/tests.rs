//! What must hold of every breaker, whatever happens in whatever order.

use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::window::FailureRate;
use super::*;
use crate::Owner;
use crate::growth::{Growth, Jitter};
use crate::time::Duration;

/// A tick of an open breaker's clock.
const TICK: u64 = 1 << 20;

fn rng() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(1)
}

/// Opens for one tick, then two, then four, exactly.
fn config(failures_to_open: u32, successes_to_close: u32, probes: u32) -> Config {
    Config::new(Options {
        failures_to_open: Some(failures_to_open),
        successes_to_close,
        probes,
        open: Growth {
            first: Duration(TICK),
            max: Duration(4 * TICK),
            jitter: Jitter::NONE,
        },
        ..Options::default()
    })
    .unwrap()
}

#[test]
fn opens_after_failures_in_a_row_and_closes_after_successful_probes() {
    let mut breaker = Breaker::new(config(2, 2, 1));
    let (mut rng, now) = (rng(), Instant(7));
    let permits = [(); 4].map(|()| breaker.admit(now).unwrap());
    let [first, second, third, fourth] = permits;
    assert_eq!(breaker.failure(first, now, &mut rng), Effect::Counted);
    assert_eq!(breaker.success(second, now), Effect::Counted);
    assert_eq!(breaker.failure(third, now, &mut rng), Effect::Counted);
    let retry_at = Instant(2 * TICK);
    let opened = Effect::Opened { retry_at };
    assert_eq!(breaker.failure(fourth, now, &mut rng), opened);
    assert_eq!(breaker.next_deadline(), Some(retry_at));

    let refused = breaker.admit(Instant(retry_at.0 - 1)).unwrap_err();
    assert_eq!(refused.retry_at, Some(retry_at));
    for expected in [Effect::Counted, Effect::Closed] {
        let probe = breaker.admit(retry_at).unwrap();
        assert!(probe.claim().probe);
        let refused = breaker.admit(retry_at).unwrap_err();
        assert_eq!(refused.retry_at, None);
        assert_eq!(breaker.success(probe, retry_at), expected);
    }
    assert!(!breaker.admit(retry_at).unwrap().claim().probe);
}

#[test]
fn every_failed_probe_doubles_the_time_until_it_has_been_closed() {
    let mut breaker = Breaker::new(config(1, 1, 1));
    let (mut rng, mut now) = (rng(), Instant(0));
    let mut open_for = |breaker: &mut Breaker, now: &mut Instant| {
        let permit = breaker.admit(*now).unwrap();
        breaker.failure(permit, *now, &mut rng);
        let span = breaker.next_deadline().unwrap() - *now;
        *now += span;
        span.0 / TICK
    };
    let ticks = [(); 5].map(|()| open_for(&mut breaker, &mut now));
    assert_eq!(ticks, [1, 2, 4, 4, 4]);
    let probe = breaker.admit(now).unwrap();
    assert_eq!(breaker.success(probe, now), Effect::Closed);
    assert_eq!(open_for(&mut breaker, &mut now), 1);
}

#[test]
fn a_cancelled_probe_gives_its_permit_back() {
    let mut breaker = Breaker::new(config(1, 1, 1));
    let permit = breaker.admit(Instant(0)).unwrap();
    breaker.failure(permit, Instant(0), &mut rng());
    let probe = breaker.admit(Instant(TICK)).unwrap();
    assert!(breaker.admit(Instant(TICK)).is_err());
    breaker.cancel(probe);
    assert!(breaker.admit(Instant(TICK)).is_ok());
}

/// Failures that are never in a row, but every other request.
#[test]
fn opens_at_a_failure_rate_and_starts_counting_afresh() {
    let options = Options {
        failures_to_open: None,
        rate_to_open: Some(FailureRate {
            minimum: 8,
            ..FailureRate::HALF
        }),
        ..Options::default()
    };
    let mut breaker = Breaker::new(Config::new(options).unwrap());
    let (mut rng, mut now) = (rng(), Instant(0));
    let opens_after = |breaker: &mut Breaker, now: Instant, rng: &mut _| {
        (1..).find(|n| {
            let permit = breaker.admit(now).unwrap();
            let effect = if n % 2 == 1 {
                breaker.success(permit, now)
            } else {
                breaker.failure(permit, now, rng)
            };
            matches!(effect, Effect::Opened { .. })
        })
    };
    for _ in 0..3 {
        assert_eq!(opens_after(&mut breaker, now, &mut rng), Some(8));
        now = breaker.next_deadline().unwrap();
        let probe = breaker.admit(now).unwrap();
        assert_eq!(breaker.success(probe, now), Effect::Closed);
    }
}

/// At the end of the clock opening never lasts: every failure opens, every admission probes.
#[test]
fn generations_wrap() {
    let config = config(1, 1, 1);
    let (mut state, mut rng) = (State::NEW, rng());
    let end = Instant::NEVER;
    for failures in 1..=(1u32 << 19) + 1 {
        let (admitted, claim) = state.admit(Owner::SOLE, end, &config);
        (state, _) = admitted.failure(claim.unwrap(), end, &config, &mut rng);
        assert_eq!(state.generation(), (2 * failures - 1) % (1 << 20));
        assert!(matches!(state.phase(), Phase::Open { .. }));
    }
}

/// Every field at its end, next to the others.
#[test]
fn full_fields_do_not_spill_into_their_neighbours() {
    let (config, mut rng) = (config(1, 1, 1), rng());
    let mut state = State::NEW;
    for failures in 1..=20 {
        let (admitted, claim) = state.admit(Owner::SOLE, Instant(1 << 57), &config);
        let now = if failures == 20 {
            Instant::NEVER
        } else {
            Instant(0)
        };
        (state, _) = admitted.failure(claim.unwrap(), now, &config, &mut rng);
        assert_eq!(state.level(), failures.min(15));
        assert_eq!(state.generation(), 2 * failures - 1);
    }
    let last_tick = Instant(((1 << 38) - 1) * TICK);
    assert_eq!(
        state.phase(),
        Phase::Open {
            retry_at: last_tick
        }
    );

    let by_rate_only = Config::new(Options {
        failures_to_open: None,
        rate_to_open: Some(FailureRate::HALF),
        ..Options::default()
    });
    let full = State::from_bits(u64::from(u32::MAX));
    let (_, claim) = full.admit(Owner::SOLE, Instant(0), &config);
    let failed = full.failure(claim.unwrap(), Instant(0), &by_rate_only.unwrap(), &mut rng);
    assert_eq!(failed, (full, Effect::Counted));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Admit(u32),
    Success(usize),
    Failure(usize),
    Cancel(usize),
    Die(u32),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let owner = 0..5u32;
    let step = prop_oneof![
        6 => owner.clone().prop_map(Step::Admit),
        2 => any::<usize>().prop_map(Step::Success),
        3 => any::<usize>().prop_map(Step::Failure),
        1 => any::<usize>().prop_map(Step::Cancel),
        1 => owner.prop_map(Step::Die),
        2 => (0..3 * TICK).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..200)
}

fn configs() -> impl Strategy<Value = Config> {
    (1..4u32, 1..4u32, 1..5u32).prop_map(|(open, close, probes)| config(open, close, probes))
}

/// Workers that share a breaker, and what they hold.
struct Workers {
    config: Config,
    state: State,
    now: Instant,
    rng: Xoshiro256PlusPlus,
    /// Let through and not yet ended, in processes that live.
    pending: Vec<Claim>,
}

impl Workers {
    fn new(config: Config) -> Self {
        Workers {
            config,
            state: State::NEW,
            now: Instant(0),
            rng: rng(),
            pending: Vec::new(),
        }
    }

    fn holders(&self) -> Vec<Owner> {
        match self.state.phase() {
            Phase::HalfOpen { holders, .. } => holders.into_iter().flatten().collect(),
            _ => Vec::new(),
        }
    }

    /// The owners of the probes under way, as the workers know it.
    fn probing(&self) -> Vec<Owner> {
        let current = |claim: &&Claim| claim.probe && claim.generation == self.state.generation();
        let probes = self.pending.iter().filter(current);
        probes.map(|claim| claim.owner).collect()
    }

    fn take(&mut self, n: usize) -> Option<Claim> {
        let pending = self.pending.len();
        (pending > 0).then(|| self.pending.swap_remove(n % pending))
    }

    fn success(&mut self, claim: Claim) {
        (self.state, _) = self.state.success(claim, &self.config);
    }

    fn failure(&mut self, claim: Claim) {
        let (config, rng) = (&self.config, &mut self.rng);
        (self.state, _) = self.state.failure(claim, self.now, config, rng);
    }

    fn admit(&mut self, owner: Owner) -> Result<(), TestCaseError> {
        let before = self.state;
        let out = self.holders().len() as u32;
        let (after, admitted) = before.admit(owner, self.now, &self.config);
        match (before.phase(), admitted) {
            (Phase::Closed { .. }, admitted) => {
                prop_assert!(!admitted.unwrap().probe && after == before);
            }
            (Phase::Open { retry_at }, Ok(claim)) => {
                prop_assert!(claim.probe && self.now >= retry_at);
            }
            (Phase::Open { retry_at }, Err(rejected)) => {
                prop_assert!(self.now < retry_at && after == before);
                prop_assert_eq!(rejected.retry_at, Some(retry_at));
            }
            (Phase::HalfOpen { .. }, admitted) => {
                prop_assert_eq!(admitted.is_ok(), out < self.config.options().probes);
                prop_assert!(admitted.is_ok() || after == before);
            }
        }
        self.state = after;
        self.pending.extend(admitted.ok());
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let before = self.state;
        match step {
            Step::Admit(slot) => self.admit(Owner::of_slot(slot).unwrap())?,
            Step::Success(n) => {
                if let Some(claim) = self.take(n) {
                    self.success(claim);
                }
            }
            Step::Failure(n) => {
                if let Some(claim) = self.take(n) {
                    self.failure(claim);
                }
            }
            Step::Cancel(n) => {
                if let Some(claim) = self.take(n) {
                    self.state = before.cancel(claim);
                    prop_assert_eq!(self.state.generation(), before.generation());
                }
            }
            Step::Die(slot) => {
                let owner = Owner::of_slot(slot).unwrap();
                self.pending.retain(|claim| claim.owner != owner);
                self.state = before.forget(owner);
                prop_assert!(!self.holders().contains(&owner));
            }
            Step::Pass(span) => self.now += Duration(span),
        }
        let changed = |a: State, b: State| {
            std::mem::discriminant(&a.phase()) != std::mem::discriminant(&b.phase())
        };
        let steps = self.state.generation() - before.generation();
        prop_assert_eq!(steps, u32::from(changed(before, self.state)));
        Ok(())
    }

    /// The permits in the word are those of the probes under way, and no more than configured.
    fn check_permits(&self) -> Result<(), TestCaseError> {
        let (mut held, mut probing) = (self.holders(), self.probing());
        held.sort();
        probing.sort();
        prop_assert_eq!(&held, &probing);
        prop_assert!(held.len() as u32 <= self.config.options().probes);
        Ok(())
    }

    /// Results of earlier generations, and claims that nobody holds, change nothing.
    fn check_strangers(&mut self) -> Result<(), TestCaseError> {
        let generation = self.state.generation();
        let stale = |claim: &&Claim| claim.generation != generation;
        let mut strangers: Vec<Claim> = self.pending.iter().filter(stale).copied().collect();
        let nobody = Owner::of_slot(99).unwrap();
        strangers.push(Claim {
            generation,
            probe: true,
            owner: nobody,
        });
        if !matches!(self.state.phase(), Phase::Closed { .. }) {
            strangers.push(Claim {
                generation,
                probe: false,
                owner: Owner::SOLE,
            });
        }
        for claim in strangers {
            let (config, rng) = (&self.config, &mut self.rng);
            let nothing = (self.state, Effect::Stale);
            prop_assert_eq!(self.state.success(claim, config), nothing);
            prop_assert_eq!(self.state.failure(claim, self.now, config, rng), nothing);
            prop_assert_eq!(self.state.trip(claim, self.now, config, rng), nothing);
            prop_assert_eq!(self.state.cancel(claim), self.state);
        }
        Ok(())
    }

    /// Everyone who holds something either ends or dies; then time passes and requests succeed.
    fn is_closed_by_a_healthy_backend(&mut self, dies: bool) -> bool {
        for claim in std::mem::take(&mut self.pending) {
            if dies {
                self.state = self.state.forget(claim.owner);
            } else {
                self.success(claim);
            }
        }
        for _ in 0..self.config.options().successes_to_close {
            if let Phase::Open { retry_at } = self.state.phase() {
                self.now = retry_at;
            }
            let (state, admitted) = self.state.admit(Owner::SOLE, self.now, &self.config);
            self.state = state;
            self.success(admitted.expect("a permit is free"));
        }
        self.state.phase() == Phase::Closed { failures: 0 } && self.state.level() == 0
    }
}

proptest! {
    #[test]
    fn whatever_happens_permits_are_kept_and_a_healthy_backend_comes_back(
        config in configs(),
        steps in steps(),
        dies: bool,
    ) {
        let mut workers = Workers::new(config);
        for step in steps {
            workers.step(step)?;
            workers.check_permits()?;
            workers.check_strangers()?;
            prop_assert_eq!(State::from_bits(workers.state.to_bits()), workers.state);
        }
        prop_assert!(workers.is_closed_by_a_healthy_backend(dies));
    }

    /// In any state, at any time and about the instant of the next probe, whoever is admitted then.
    #[test]
    fn it_lets_through_who_would_be_admitted(
        word: u64,
        free: [bool; 4],
        at: u64,
        about_retry: Option<i8>,
        config in configs(),
        slot in 0..254u32,
    ) {
        // In a word of any bits hardly a permit is free.
        let taken = u32::from_le_bytes(free.map(|free| if free { 0 } else { 0xff }));
        let state = State::from_bits(word & (u64::MAX << 32 | u64::from(taken)));
        let now = match (about_retry, state.phase()) {
            (Some(offset), Phase::Open { retry_at }) => {
                Instant(retry_at.0.saturating_add_signed((offset % 2).into()))
            }
            _ => Instant(at),
        };
        let mut breaker = Breaker { config, state, window: None };
        let may = breaker.lets_through(now);
        prop_assert_eq!(breaker.state(), state);
        prop_assert_eq!(breaker.admit(now).is_ok(), may);
        let owner = Owner::of_slot(slot).unwrap();
        prop_assert_eq!(state.admit(owner, now, &config).1.is_ok(), may);
        if let (false, Some(later)) = (may, Breaker { config, state, window: None }.next_deadline()) {
            prop_assert!(state.lets_through(later, &config));
        }
    }

    /// No word, not even one that no transition leads to, makes a transition fail or lets more probes out than
    /// there are permits.
    #[test]
    fn any_word_is_a_state(bits: u64, now: u64, config in configs(), slot in 0..254u32) {
        let (state, now) = (State::from_bits(bits), Instant(now));
        let owner = Owner::of_slot(slot).unwrap();
        let (after, admitted) = state.admit(owner, now, &config);
        if let Ok(claim) = admitted {
            prop_assert_eq!(after.generation(), claim.generation);
            after.success(claim, &config);
            after.failure(claim, now, &config, &mut rng());
            after.cancel(claim);
        }
        let forgotten = Workers { state: state.forget(owner), ..Workers::new(config) };
        prop_assert!(!forgotten.holders().contains(&owner));
    }
}

#[test]
fn a_renewed_breaker_is_closed_and_knows_no_claim_of_the_one_before() {
    let config = Config::default();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut state = State::NEW;
    let (_, claim) = state.admit(Owner::SOLE, Instant(0), &config);
    let claim = claim.unwrap();
    for _ in 0..4 {
        state = state.failure(claim, Instant(0), &config, &mut rng).0;
    }
    state = state.renewed();
    let (after, effect) = state.failure(claim, Instant(1), &config, &mut rng);
    assert_eq!((after, effect), (state, Effect::Stale));
    assert_eq!(state.phase(), Phase::Closed { failures: 0 });
    assert_eq!(state.level(), 0);
}
