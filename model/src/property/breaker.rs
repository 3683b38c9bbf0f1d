//! [`policy::shared::Breaker`].

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use policy::breaker::window::{Bucket, FailureRate};
use policy::breaker::{Config, Effect, Options, Phase};
use policy::growth::{Growth, Jitter};
use policy::shared::{Atomic, Breaker, Permit, SharedCell};
use policy::time::{Duration, Instant};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Property, owner, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_probe_is_over_before_the_next_begins).reaching(&["both probed", "one refused"]),
    property!(a_cancelled_probe_gives_its_permit_back).reaching(&["both probed", "one refused"]),
    property!(no_failure_in_a_row_is_lost),
    property!(a_late_result_changes_nothing).reaching(&["in time", "late"]),
    property!(of_two_probes_one_decides)
        .reaching(&["closed", "opened"])
        .deep_bound(5),
    property!(the_failure_that_reaches_the_rate_opens).deep_bound(4),
    property!(no_count_of_a_bucket_is_lost).deep_bound(4),
    property!(late_counts_wipe_nothing_out)
        .reaching(&["in time", "late"])
        .bounds(2, Some(3)),
    property!(a_dead_probers_permit_is_given_back)
        .dying()
        .reaching(&["died probing", "died elsewhere", "survived"]),
    property!(a_prober_that_never_ends_stops_no_other),
];

const START: Instant = Instant(0);
/// The breaker, opened at the start, lets probes through from here on.
const LATER: Instant = Instant(1 << 20);

/// A breaker with the memory it lives in.
struct Owned<P: Platform> {
    memory: Vec<P::U64>,
    config: Config,
}

impl<P: Platform> Owned<P> {
    fn new(options: Options) -> Arc<Self> {
        let config = Config::new(options).expect("valid");
        let words = Breaker::<P>::words_for(&config);
        let memory = (0..words).map(|_| P::U64::new(0)).collect();
        Arc::new(Owned { memory, config })
    }

    /// That has opened once.
    fn opened(options: Options) -> Arc<Self> {
        let owned = Self::new(options);
        assert!(matches!(owned.fail(1, START), Effect::Opened { .. }));
        owned
    }

    fn view(&self) -> Breaker<'_, P> {
        Breaker::over(&self.memory, &self.config)
    }

    fn admit(&self, number: u8, now: Instant) -> Option<Permit<'_, P>> {
        self.view().admit(owner(number), now).ok()
    }

    /// A request is admitted and fails.
    fn fail(&self, number: u8, now: Instant) -> Effect {
        let permit = self.admit(number, now).expect("it is closed");
        self.failure(permit, now)
    }

    fn success(&self, permit: Permit<'_, P>, now: Instant) -> Effect {
        permit.success(now)
    }

    fn failure(&self, permit: Permit<'_, P>, now: Instant) -> Effect {
        permit.failure(now, &mut Xoshiro256PlusPlus::seed_from_u64(0))
    }

    fn phase(&self) -> Phase {
        self.view().state().phase()
    }

    fn generation(&self) -> u32 {
        self.view().state().generation()
    }
}

/// One failure opens it, one probe at a time, one success closes it; it draws nothing.
fn quick() -> Options {
    Options {
        failures_to_open: Some(1),
        rate_to_open: None,
        successes_to_close: 1,
        probes: 1,
        open: Growth::constant(Duration(LATER.0), Jitter::NONE),
    }
}

/// Two failures of two requests, in two buckets of ten.
fn by_rate() -> Options {
    Options {
        failures_to_open: None,
        rate_to_open: Some(FailureRate {
            thousandths: 1000,
            minimum: 2,
            bucket: Duration(10),
            buckets: 2,
        }),
        ..quick()
    }
}

/// A backend that takes one probe at a time: its cell is what a probe does there.
struct Backend<P: Platform> {
    cell: P::Cell<()>,
    probes: P::U64,
}

impl<P: Platform> Backend<P> {
    fn new() -> Arc<Self> {
        Arc::new(Backend {
            cell: P::Cell::new(()),
            probes: P::U64::new(0),
        })
    }

    fn probe(&self) {
        assert_eq!(self.probes.fetch_add(1, Relaxed), 0, "another is under way");
        self.cell.with_mut(|_| ());
        self.probes.fetch_sub(1, Relaxed);
    }
}

/// Two workers probe an open breaker that wants two successes and has one permit.
fn a_probe_is_over_before_the_next_begins<P: Platform>() {
    let owned = Owned::<P>::opened(Options {
        successes_to_close: 2,
        ..quick()
    });
    let effects = probe_twice(&owned, |owned, permit| owned.success(permit, LATER));
    let probed = effects.len();
    match owned.phase() {
        Phase::Closed { .. } => assert_eq!(probed, 2, "{effects:?}"),
        Phase::HalfOpen { holders, successes } => {
            assert_eq!((probed, successes), (1, 1), "{effects:?}");
            assert_eq!(holders, [None; 4]);
        }
        open => panic!("{open:?}"),
    }
}

/// Two workers take the one permit and drop it.
fn a_cancelled_probe_gives_its_permit_back<P: Platform>() {
    let owned = Owned::<P>::opened(quick());
    probe_twice(&owned, |_, permit| drop(permit));
    let permit = owned.admit(3, LATER).expect("all gave back");
    assert_eq!(owned.success(permit, LATER), Effect::Closed);
}

/// Two workers ask for a permit and, if they get one, probe the backend and `end` it.
fn probe_twice<P: Platform, R: Send + 'static>(
    owned: &Arc<Owned<P>>,
    end: fn(&Owned<P>, Permit<'_, P>) -> R,
) -> Vec<R> {
    let backend = Backend::<P>::new();
    let threads = [1, 2].map(|number| {
        let (owned, backend) = (Arc::clone(owned), Arc::clone(&backend));
        P::spawn(move || {
            let permit = owned.admit(number, LATER)?;
            backend.probe();
            Some(end(&owned, permit))
        })
    });
    let probed: Vec<R> = threads.map(P::join).into_iter().flatten().collect();
    reached(match probed.len() {
        2 => "both probed",
        1 => "one refused",
        _ => panic!("nobody probed"),
    });
    probed
}

/// Two failures open it; they come from two workers at once.
fn no_failure_in_a_row_is_lost<P: Platform>() {
    let owned = Owned::<P>::new(Options {
        failures_to_open: Some(2),
        ..quick()
    });
    assert_one_opens(fail_twice(&owned, [START; 2]), &owned);
}

/// Two failures are the rate, in buckets of which each worker writes one.
fn the_failure_that_reaches_the_rate_opens<P: Platform>() {
    let owned = Owned::<P>::new(by_rate());
    assert_one_opens(fail_twice(&owned, [Instant(9), Instant(10)]), &owned);
}

/// Two failures are the rate, in one bucket.
fn no_count_of_a_bucket_is_lost<P: Platform>() {
    let owned = Owned::<P>::new(by_rate());
    assert_one_opens(fail_twice(&owned, [START; 2]), &owned);
}

fn fail_twice<P: Platform>(owned: &Arc<Owned<P>>, times: [Instant; 2]) -> [Option<Effect>; 2] {
    let fail = |(number, now)| {
        let owned = Arc::clone(owned);
        P::spawn(move || {
            owned
                .admit(number, now)
                .map(|permit| owned.failure(permit, now))
        })
    };
    let [first, second] = times;
    [(1, first), (2, second)].map(fail).map(P::join)
}

/// The other is counted; or, if it was counted in its bucket only, comes late to what it has brought about.
fn assert_one_opens<P: Platform>(effects: [Option<Effect>; 2], owned: &Owned<P>) {
    let opens = |effect: &&Option<Effect>| matches!(effect, Some(Effect::Opened { .. }));
    assert_eq!(effects.iter().filter(opens).count(), 1, "{effects:?}");
    let late = owned.config.options().rate_to_open.map(|_| Effect::Stale);
    let other = effects.iter().find(|effect| !opens(effect));
    let expected = [Some(Effect::Counted), late];
    assert!(
        other.is_some_and(|other| other.is_some() && expected.contains(other)),
        "{effects:?}"
    );
    assert_eq!(owned.generation(), 1);
}

/// A request was let through while the breaker was closed. It succeeds while another's failure opens the breaker and a
/// probe is let through: in time or late, the failure opens and the probe keeps its permit.
fn a_late_result_changes_nothing<P: Platform>() {
    let owned = Owned::<P>::new(quick());
    let late = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let permit = owned.admit(1, START)?;
            (!permit.claim().probe).then(|| owned.success(permit, LATER))
        })
    };
    assert!(matches!(owned.fail(2, START), Effect::Opened { .. }));
    let probe = owned.admit(2, LATER);
    match P::join(late) {
        Some(Effect::Stale) => reached("late"),
        Some(Effect::Counted) => reached("in time"),
        None => {}
        other => panic!("{other:?}"),
    }
    let probe = probe.expect("it was open, and nobody else asked at this time");
    assert_eq!(owned.generation(), 2);
    assert!(owned.admit(3, LATER).is_none(), "its permit is taken");
    assert_eq!(owned.success(probe, LATER), Effect::Closed);
}

/// One probe fails, one succeeds: the first to be told decides, and the other is late.
fn of_two_probes_one_decides<P: Platform>() {
    let owned = Owned::<P>::opened(Options {
        probes: 2,
        ..quick()
    });
    let failing = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let permit = owned.admit(1, LATER)?;
            Some((permit.claim(), owned.failure(permit, LATER)))
        })
    };
    let succeeding = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let permit = owned.admit(2, LATER)?;
            Some((permit.claim(), owned.success(permit, LATER)))
        })
    };
    let (failed, succeeding) = (P::join(failing), P::join(succeeding));
    let generations = owned.generation();
    match (failed, succeeding) {
        // Two probes at once, and both orders of their results.
        (Some((_, Effect::Opened { .. })), Some((_, Effect::Stale)) | None) => {
            reached("opened");
            assert_eq!(generations, 3);
            assert!(matches!(owned.phase(), Phase::Open { .. }));
        }
        (Some((claim, Effect::Stale)), Some((_, Effect::Closed))) => {
            reached("closed");
            assert!(claim.probe);
            assert_eq!(owned.phase(), Phase::Closed { failures: 0 });
            assert_eq!(generations, 3);
        }
        // It was closed when the other asked, which was no probe and opened it again.
        (Some((claim, Effect::Opened { .. })), Some((_, Effect::Closed))) => {
            assert!(!claim.probe);
            assert_eq!(generations, 4);
        }
        other => panic!("{other:?}"),
    }
}

/// While a worker comes late with a failure of the first generation, another opens the breaker, closes it, and has a
/// success counted, in the very bucket that the first is about to count in.
fn late_counts_wipe_nothing_out<P: Platform>() {
    let rate = FailureRate {
        thousandths: 1000,
        minimum: 2,
        bucket: Duration(10),
        buckets: 1,
    };
    let owned = Owned::<P>::new(Options {
        rate_to_open: Some(rate),
        ..quick()
    });
    let late = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let permit = owned.admit(1, START)?;
            (permit.claim().generation == 0).then(|| owned.failure(permit, START))
        })
    };
    let failed = owned
        .admit(2, START)
        .map(|permit| owned.failure(permit, START));
    if matches!(failed, Some(Effect::Opened { .. })) {
        let probe = owned.admit(2, LATER).expect("it is open");
        assert_eq!(owned.success(probe, LATER), Effect::Closed);
        let request = owned.admit(2, LATER).expect("it is closed");
        assert_eq!(owned.success(request, START), Effect::Counted);
    }
    match P::join(late) {
        Some(Effect::Stale) => reached("late"),
        Some(_) => reached("in time"),
        None => {}
    }
    let (generation, ring) = (owned.generation(), &owned.memory[1..]);
    if generation == 3 {
        let ring = ring
            .iter()
            .map(|word| Bucket::from_bits(word.load(Relaxed)));
        let tally = rate.tally(ring, generation, START);
        assert_eq!((tally.failures, tally.requests), (0, 1), "wiped out");
    }
}

/// Killed before any step of a probe, a worker leaves no permit that forgetting it does not free; whoever holds the
/// other keeps it.
fn a_dead_probers_permit_is_given_back<P: Platform>() {
    let owned = Owned::<P>::opened(Options {
        probes: 2,
        successes_to_close: 3,
        ..quick()
    });
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                let permit = owned.admit(1, LATER).expect("there are two permits");
                assert_eq!(owned.success(permit, LATER), Effect::Counted);
                drop(owned.admit(1, LATER).expect("there are two permits"));
            };
            mortal::<P, _>(life).is_none()
        })
    };
    let kept = owned.admit(2, LATER).expect("there are two permits");
    let died = P::join(victim);
    let holders = || match owned.phase() {
        Phase::HalfOpen { holders, .. } => holders.into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    let is_held = holders().contains(&owner(1));
    assert!(died || !is_held);
    reached(match died {
        true if is_held => "died probing",
        true => "died elsewhere",
        false => "survived",
    });
    owned.view().forget(owner(1));
    assert_eq!(holders(), [owner(2)]);
    let next = owned.admit(3, LATER).expect("one is free again");
    assert!(owned.admit(4, LATER).is_none(), "two are out");
    drop((kept, next));
}

/// A probe that is never heard of again holds one permit. With another the breaker closes; what is then told of the
/// first is late.
fn a_prober_that_never_ends_stops_no_other<P: Platform>() {
    let owned = Owned::<P>::opened(Options {
        probes: 2,
        ..quick()
    });
    let stuck = owned.admit(1, LATER).expect("two permits");
    let other = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            owned
                .admit(2, LATER)
                .map(|permit| owned.success(permit, LATER))
        })
    };
    let third = owned.admit(3, LATER).map(|permit| permit.claim().probe);
    let closed = P::join(other) == Some(Effect::Closed);
    assert!(
        closed || third == Some(true),
        "nobody else had the other permit"
    );
    let before = owned.view().state();
    let late = owned.failure(stuck, LATER);
    if closed {
        assert_eq!((late, owned.view().state()), (Effect::Stale, before));
    }
}
