//! [`policy::shared::Gcra`].

use std::sync::Arc;

use policy::shared::{Atomic, Gcra, Rate};
use policy::time::{Duration, Instant};

use super::{Property, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_burst_is_one_for_all).reaching(&["both", "one"]),
    property!(the_dead_take_no_more_than_one)
        .dying()
        .reaching(&["died", "survived"]),
];

const INTERVAL: Duration = Duration(100);

/// Two at once, then one an interval.
struct Owned<P: Platform> {
    word: P::U64,
}

impl<P: Platform> Owned<P> {
    fn new() -> Arc<Self> {
        Arc::new(Owned {
            word: P::U64::new(0),
        })
    }

    fn admits(&self, now: u64) -> bool {
        let rate = Rate::new(1, INTERVAL, 2).expect("positive");
        Gcra::<P>::over(&self.word, rate)
            .admit(Instant(now))
            .is_ok()
    }
}

/// Two workers ask twice each, by clocks that are apart by less than an interval: together they get the burst, no more
/// and no less, and one more when an interval has passed.
fn a_burst_is_one_for_all<P: Platform>() {
    let owned = Owned::<P>::new();
    let threads = [1000, 1010].map(|now| {
        let owned = Arc::clone(&owned);
        P::spawn(move || [(); 2].map(|()| owned.admits(now)))
    });
    let admitted = threads.map(P::join).map(|asked| {
        let admitted = asked.into_iter().filter(|&admitted| admitted);
        admitted.count()
    });
    reached(if admitted == [1, 1] { "both" } else { "one" });
    assert_eq!(admitted.iter().sum::<usize>(), 2, "{admitted:?}");
    assert!(owned.admits(1010 + INTERVAL.0));
    assert!(!owned.admits(1010 + INTERVAL.0));
}

/// Killed before or after the step that admits, a worker has used up one of the burst or none.
fn the_dead_take_no_more_than_one<P: Platform>() {
    let owned = Owned::<P>::new();
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || mortal::<P, _>(|| owned.admits(1000)))
    };
    let survivor = {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.admits(1000))
    };
    assert!(P::join(survivor), "there was one for each");
    let died = match P::join(victim) {
        Some(admitted) => {
            assert!(admitted, "there was one for each");
            false
        }
        None => true,
    };
    reached(if died { "died" } else { "survived" });
    let third = owned.admits(1000);
    assert!(died || !third, "a burst of two");
    assert!(!owned.admits(1000), "a burst of two");
}
