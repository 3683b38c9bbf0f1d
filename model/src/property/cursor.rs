//! [`policy::shared::Cursor`].

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use policy::shared::{Atomic, Cursor};

use super::{Property, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(turns_are_dealt_evenly_across_the_limit).reaching(&["both crossed", "one crossed"]),
    property!(who_dies_at_the_limit_leaves_the_turns_in_order)
        .dying()
        .reaching(&["died at the limit", "died elsewhere", "survived"]),
];

const PLACES: NonZeroU32 = NonZeroU32::new(3).expect("positive");

/// A word that is set back every round.
struct Owned<P: Platform>(P::U64);

impl<P: Platform> Owned<P> {
    /// One turn before the limit.
    fn new() -> Arc<Self> {
        Arc::new(Owned(P::U64::new(2)))
    }

    fn view(&self) -> Cursor<'_, P> {
        Cursor::with_rounds(&self.0, PLACES, NonZeroU32::MIN)
    }
}

/// Two workers draw while the word passes its limit: no turn is skipped or dealt twice, and the word is set back.
fn turns_are_dealt_evenly_across_the_limit<P: Platform>() {
    let owned = Owned::<P>::new();
    let threads = [(); 2].map(|()| {
        let owned = Arc::clone(&owned);
        P::spawn(move || [(); 2].map(|()| owned.view().next()))
    });
    let [one, other] = threads.map(P::join);
    let alone = [one, other].contains(&[2, 0]);
    reached(if alone { "one crossed" } else { "both crossed" });
    let mut turns = [one, other].concat();
    turns.sort_unstable();
    assert_eq!(turns, [0, 1, 2, 2], "four turns from the last on");
    assert_eq!(owned.0.load(Relaxed), 3, "2 and 4 draws, less one limit");
    assert_eq!(owned.view().next(), 0);
}

/// Killed between drawing the limit and setting back, a worker leaves the word too large, and nothing else wrong.
fn who_dies_at_the_limit_leaves_the_turns_in_order<P: Platform>() {
    let owned = Owned::<P>::new();
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || mortal::<P, _>(|| [(); 2].map(|()| owned.view().next())).is_none())
    };
    let survivor = {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.view().next())
    };
    P::join(survivor);
    let died = P::join(victim);
    let left = owned.0.load(Relaxed);
    reached(match died {
        true if left > 3 => "died at the limit",
        true => "died elsewhere",
        false => "survived",
    });
    let turn = owned.view().next();
    assert_eq!(u64::from(turn), left % 3);
    for step in 1..7 {
        assert_eq!(owned.view().next(), (turn + step) % 3);
        let most = if died { 2 * 3 } else { 3 };
        assert!(owned.0.load(Relaxed) <= most);
    }
}
