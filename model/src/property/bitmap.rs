//! [`policy::shared::Bitmap`].

use std::sync::Arc;

use policy::shared::{Atomic, Bitmap};

use super::{Property, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(no_change_is_lost),
    property!(one_of_two_changes_a_bit),
    property!(who_sees_the_epoch_sees_the_change).reaching(&["before", "between", "after"]),
    property!(who_stays_is_found_meanwhile).reaching(&["one", "two"]),
    property!(a_change_by_the_dead_is_announced)
        .dying()
        .reaching(&["changed and told nobody", "survived"]),
];

/// More than one word.
const SLOTS: u32 = 65;

struct Owned<P: Platform>(Vec<P::U64>);

impl<P: Platform> Owned<P> {
    fn with(members: &[u32]) -> Arc<Self> {
        let words = Bitmap::<P>::words_for(SLOTS);
        let owned = Owned((0..words).map(|_| P::U64::new(0)).collect());
        for &slot in members {
            owned.view().set(slot);
        }
        Arc::new(owned)
    }

    fn view(&self) -> Bitmap<'_, P> {
        Bitmap::over(&self.0, SLOTS)
    }

    fn members(&self) -> Vec<u32> {
        self.view().iter().collect()
    }
}

/// Two workers change different bits of one word.
fn no_change_is_lost<P: Platform>() {
    let owned = Owned::<P>::with(&[2, 3]);
    let threads = [0, 1].map(|slot| {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            assert!(owned.view().set(slot));
            assert!(owned.view().clear(slot + 2));
        })
    });
    threads.into_iter().for_each(P::join);
    assert_eq!(owned.members(), [0, 1]);
    assert_eq!(owned.view().epoch(), 6, "two before, and these four");
}

/// Two workers find the same: one of them changed it, in either direction.
fn one_of_two_changes_a_bit<P: Platform>() {
    let owned = Owned::<P>::with(&[1]);
    let threads = [(); 2].map(|()| {
        let owned = Arc::clone(&owned);
        P::spawn(move || (owned.view().set(0), owned.view().clear(1)))
    });
    let [one, other] = threads.map(P::join);
    assert!(one.0 != other.0 && one.1 != other.1, "{one:?}, {other:?}");
}

/// Two workers change a bit each. Who copies the bits after it saw that n changes were made has all n of them, and if
/// the epoch is still the same at rest, has all there are.
fn who_sees_the_epoch_sees_the_change<P: Platform>() {
    let owned = Owned::<P>::with(&[]);
    let threads = [0, 64].map(|slot| {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.view().set(slot))
    });
    let reader = {
        let owned = Arc::clone(&owned);
        P::spawn(move || (owned.view().epoch(), owned.members()))
    };
    let (epoch, copy) = P::join(reader);
    reached(["before", "between", "after"][epoch as usize]);
    assert!(copy.len() as u64 >= epoch, "epoch {epoch}: {copy:?}");
    assert!(threads.map(P::join).iter().all(|&changed| changed));
    if owned.view().epoch() == epoch {
        assert_eq!(copy, owned.members(), "it would be kept for ever");
    }
}

/// While one member leaves and comes back, every question finds the other.
fn who_stays_is_found_meanwhile<P: Platform>() {
    let owned = Owned::<P>::with(&[0, 64]);
    let thread = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            owned.view().clear(0);
            owned.view().set(0);
        })
    };
    let bitmap = owned.view();
    assert!(bitmap.contains(64));
    assert_eq!(bitmap.next_from(1), Some(64));
    reached(match bitmap.count() {
        1 => "one",
        2 => "two",
        other => panic!("{other} members"),
    });
    assert!(matches!(bitmap.nth_set(0), Some(0 | 64)));
    assert!(matches!(bitmap.nth_set(1), None | Some(64)));
    assert_eq!(bitmap.iter().last(), Some(64));
    P::join(thread);
    assert_eq!(bitmap.next_from(1), Some(64));
    assert_eq!(bitmap.nth_set(1), Some(64));
}

/// Killed between a change and its epoch, a worker leaves copies that seem current; no longer once its death was
/// announced.
fn a_change_by_the_dead_is_announced<P: Platform>() {
    let owned = Owned::<P>::with(&[1]);
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                owned.view().set(0);
                owned.view().clear(1);
            };
            mortal::<P, _>(life).is_none()
        })
    };
    let (epoch, copy) = (owned.view().epoch(), owned.members());
    let is_current = || owned.view().epoch() != epoch || owned.members() == copy;
    if P::join(victim) {
        if !is_current() {
            reached("changed and told nobody");
        }
        owned.view().announce();
    } else {
        reached("survived");
    }
    assert!(is_current());
}
