//! [`policy::shared::Counters`].

use std::sync::Arc;

use policy::shared::{Atomic, Counters};

use super::{Property, owner, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(nothing_is_lost_in_a_shared_row).reaching(&["in between"]),
    property!(what_the_dead_counted_stays)
        .dying()
        .reaching(&["died", "survived"]),
];

/// Two kinds in one row, which everybody shares.
struct Owned<P: Platform>(Vec<P::U64>);

impl<P: Platform> Owned<P> {
    fn new() -> Arc<Self> {
        let words = Counters::<P>::words_for(2, 1);
        Arc::new(Owned((0..words).map(|_| P::U64::new(0)).collect()))
    }

    fn view(&self) -> Counters<'_, P> {
        Counters::over(&self.0, 2, 1)
    }
}

/// Two workers add in one row. At rest the total is the sum, and what a third reads meanwhile never decreases.
fn nothing_is_lost_in_a_shared_row<P: Platform>() {
    let owned = Owned::<P>::new();
    let threads = [1, 2].map(|number| {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            owned.view().add(owner(number), 0, 1);
            owned.view().add(owner(number), 0, 1);
        })
    });
    let first = owned.view().total(0);
    let second = owned.view().total(0);
    assert!(first <= second, "{first}, then {second}");
    if (1..4).contains(&first) {
        reached("in between");
    }
    threads.into_iter().for_each(P::join);
    assert_eq!(owned.view().total(0), 4);
    assert_eq!(owned.view().total(1), 0, "another kind");
}

/// A worker killed between its adds has counted what it added, and its successor counts on.
fn what_the_dead_counted_stays<P: Platform>() {
    let owned = Owned::<P>::new();
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                owned.view().add(owner(1), 0, 1);
                owned.view().add(owner(1), 1, 1);
            };
            mortal::<P, _>(life).is_none()
        })
    };
    let survivor = {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.view().add(owner(2), 0, 10))
    };
    P::join(survivor);
    let died = P::join(victim);
    reached(if died { "died" } else { "survived" });
    let counted = [0, 1].map(|kind| owned.view().total(kind));
    let possible: &[[u64; 2]] = if died {
        &[[10, 0], [11, 0]]
    } else {
        &[[11, 1]]
    };
    assert!(possible.contains(&counted), "{counted:?}");
    owned.view().add(owner(1), 1, 5);
    assert_eq!(owned.view().total(1), counted[1] + 5);
}
