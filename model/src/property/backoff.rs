//! [`policy::backoff`], waiting for a slot of [`policy::shared::Slots`].

use std::sync::Arc;

use policy::backoff::{Backoff, Config, Options, Step};
use policy::growth::{Growth, Jitter};
use policy::shared::{Atomic, Held, Near, Slots};
use policy::time::{Duration, Instant};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Property, owner, property};
use crate::platform::Platform;
use crate::watch::reached;

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_waiter_gets_the_slot_or_gives_up_in_time).reaching(&[
        "at once",
        "after a spin",
        "after a sleep",
        "gave up",
    ]),
    property!(a_waiter_gives_up_on_a_holder_that_is_suspended).reaching(&["gave up"]),
    property!(a_waiter_sleeps_for_longer_until_its_deadline)
        .reaching(&["after a sleep", "gave up"]),
];

const FIRST_SLEEP: Duration = Duration(10);

/// One spin and one sleep, then it is over: every phase within the reach of a model.
fn config() -> Config {
    let options = Options {
        spins: 1,
        sleep: Growth {
            first: FIRST_SLEEP,
            max: Duration(40),
            jitter: Jitter::QUARTER,
        },
        retries: Some(2),
        patience: None,
    };
    Config::new(options).expect("it ends")
}

struct OneSlot<P: Platform>([P::U64; 1]);

impl<P: Platform> OneSlot<P> {
    fn taken() -> (Arc<Self>, Held) {
        let slot = Arc::new(OneSlot([P::U64::new(0)]));
        let held = slot.acquire(1).expect("free");
        (slot, held)
    }

    fn view(&self) -> Slots<'_, P> {
        Slots::over(&self.0)
    }

    fn acquire(&self, number: u8) -> Option<Held> {
        self.view()
            .acquire(owner(number), &Near::new(owner(number)))
    }

    /// Until the slot is there or the wait is over; says in which phase that was.
    fn wait(&self, number: u8) -> &'static str {
        self.wait_as(config(), number, |_, span| {
            let quarter = FIRST_SLEEP.0 / 4;
            assert!(span.0.abs_diff(FIRST_SLEEP.0) <= quarter + 1, "{span:?}");
        })
    }

    /// `slept` hears of each sleep: the how many-th, from 0, and how long.
    fn wait_as(&self, config: Config, number: u8, slept: impl Fn(usize, Duration)) -> &'static str {
        let mut sleeps = 0;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut now = Instant::ZERO;
        let mut backoff = Backoff::new(config, now);
        let mut phase = "at once";
        loop {
            if self.acquire(number).is_some() {
                return phase;
            }
            // Time is what the waiter slept; that others run meanwhile is the checker's business.
            match backoff.next(now, &mut rng) {
                Step::Spin => phase = "after a spin",
                Step::Sleep(span) => {
                    slept(sleeps, span);
                    sleeps += 1;
                    now += span;
                    phase = "after a sleep";
                }
                Step::GiveUp => return "gave up",
            }
        }
    }
}

/// Whenever the holder gives back: the waiter has the slot, or gave up after one spin and one sleep and left nothing.
fn a_waiter_gets_the_slot_or_gives_up_in_time<P: Platform>() {
    let (slot, held) = OneSlot::<P>::taken();
    let holder = {
        let slot = Arc::clone(&slot);
        P::spawn(move || slot.view().release(held, &Near::new(owner(1))))
    };
    let phase = slot.wait(2);
    reached(phase);
    assert!(P::join(holder));
    assert_eq!(slot.view().in_use(), u32::from(phase != "gave up"));
}

/// It waits for nobody in particular, so nobody can keep it.
fn a_waiter_gives_up_on_a_holder_that_is_suspended<P: Platform>() {
    let (slot, _never_given_back) = OneSlot::<P>::taken();
    let waiters = [2, 3].map(|number| {
        let slot = Arc::clone(&slot);
        P::spawn(move || slot.wait(number))
    });
    for phase in waiters.map(P::join) {
        assert_eq!(phase, "gave up");
        reached(phase);
    }
}

/// Twice as long each time up to the longest, and the last sleep no further than the deadline.
fn a_waiter_sleeps_for_longer_until_its_deadline<P: Platform>() {
    const SLEEPS: [u64; 4] = [10, 20, 20, 5];
    let options = Options {
        spins: 0,
        sleep: Growth {
            first: Duration(10),
            max: Duration(20),
            jitter: Jitter::NONE,
        },
        retries: None,
        patience: Some(Duration(55)),
    };
    let config = Config::new(options).expect("it ends");
    let (slot, held) = OneSlot::<P>::taken();
    let holder = {
        let slot = Arc::clone(&slot);
        P::spawn(move || slot.view().release(held, &Near::new(owner(1))))
    };
    reached(slot.wait_as(config, 2, |nth, span| assert_eq!(span.0, SLEEPS[nth])));
    assert!(P::join(holder));
}
