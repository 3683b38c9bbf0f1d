//! [`policy::shared::Board`].

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use policy::shared::{Atomic, Board, FULL};

use super::{Property, owner, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(every_request_is_counted_once)
        .deep_bound(5)
        .reaching(&["both in flight"]),
    property!(a_full_lane_refuses_and_leaves_its_neighbour_alone).reaching(&["refused", "both"]),
    property!(a_row_in_use_is_never_vacant),
    property!(clearing_a_balancer_leaves_the_others_counts).reaching(&["while another counted"]),
    property!(the_dead_leave_no_count_behind)
        .dying()
        .reaching(&["died", "survived"]),
    property!(an_old_guard_takes_nothing_from_its_successor),
];

/// The second balancer's lane, to look at from outside.
const SECOND: u32 = 16;

/// A board of two rows for two balancers, with the memory it lives in.
struct Owned<P: Platform>(Vec<P::U64>);

impl<P: Platform> Owned<P> {
    fn new() -> Arc<Self> {
        Self::beginning_with(0)
    }

    /// With this in the first backend's row.
    fn beginning_with(row: u64) -> Arc<Self> {
        let others = vec![0; Board::<P>::words_for(2, 2) - 1];
        let words = std::iter::once(row).chain(others);
        Arc::new(Owned(words.map(P::U64::new).collect()))
    }

    fn board(&self) -> Board<'_, P> {
        Board::over(&self.0, 2, 2)
    }
}

/// A balancer's two threads and another balancer send to one backend.
fn every_request_is_counted_once<P: Platform>() {
    let owned = Owned::<P>::new();
    let threads = [1, 2].map(|number| {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let request = owned.board().lane(owner(number)).start(0);
            let in_flight = owned.board().in_flight(0);
            assert!((1..=3).contains(&in_flight), "{in_flight} with one's own");
            drop(request.expect("not full"));
            in_flight
        })
    });
    let mine = owned.board().lane(owner(1)).start(0);
    let seen = threads.map(P::join);
    if seen.contains(&2) {
        reached("both in flight");
    }
    assert_eq!(owned.board().in_flight(0), 1, "this one's");
    drop(mine);
    assert_eq!(owned.board().total(), 0);
}

/// A balancer with room for one more request sends two at once; the next lane holds a count of its own.
fn a_full_lane_refuses_and_leaves_its_neighbour_alone<P: Platform>() {
    let nearly_full = u64::from(FULL - 1) | 1 << SECOND;
    let owned = Owned::<P>::beginning_with(nearly_full);
    let send = |owned: &Owned<P>| owned.board().lane(owner(1)).start(0).is_some();
    let other = {
        let owned = Arc::clone(&owned);
        P::spawn(move || send(&owned))
    };
    let sent = [send(&owned), P::join(other)];
    assert!(sent.contains(&true), "there was room for one");
    reached(if sent == [true; 2] { "both" } else { "refused" });
    assert_eq!(owned.0[0].load(Relaxed), nearly_full, "as it was before");
}

/// Others come and go, and a backend that loses its place keeps its row: a request is in flight there.
fn a_row_in_use_is_never_vacant<P: Platform>() {
    let owned = Owned::<P>::new();
    let request = owned.board().lane(owner(1)).start(1);
    let other = {
        let owned = Arc::clone(&owned);
        P::spawn(move || drop(owned.board().lane(owner(2)).start(1)))
    };
    assert!(!owned.board().vacant(1));
    assert!(owned.board().vacant(0));
    P::join(other);
    drop(request);
    assert!(owned.board().vacant(1));
}

/// The supervisor clears a dead balancer's lane while another balancer counts in the same word.
fn clearing_a_balancer_leaves_the_others_counts<P: Platform>() {
    let owned = Owned::<P>::new();
    std::mem::forget(owned.board().lane(owner(1)).start(0));
    let other = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let lane = owned.board().lane(owner(2));
            std::mem::forget(lane.start(0).expect("not full"));
            drop(lane.start(0).expect("its balancer was not cleared"));
        })
    };
    if owned.board().in_flight(0) == 2 {
        reached("while another counted");
    }
    assert_eq!(owned.board().clear(owner(1)), 1);
    P::join(other);
    assert_eq!(owned.board().in_flight(0), 1, "the other's");
    assert_eq!(owned.board().clear(owner(2)), 1);
    assert_eq!(owned.board().total(), 0);
}

/// Killed before any step, a balancer leaves nothing that clearing its lanes does not remove, and what the other
/// counted stays.
fn the_dead_leave_no_count_behind<P: Platform>() {
    let owned = Owned::<P>::new();
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                let lane = owned.board().lane(owner(1));
                drop(lane.start(0).expect("not full"));
                std::mem::forget(lane.start(1).expect("not full"));
            };
            mortal::<P, _>(life).is_none()
        })
    };
    let request = owned.board().lane(owner(2)).start(0).expect("not full");
    reached(if P::join(victim) { "died" } else { "survived" });

    let lost = owned.board().clear(owner(1));
    assert!(lost <= 1, "it never had more at once");
    assert_eq!(owned.board().in_flight(0), 1, "the survivor's");
    assert!(owned.board().vacant(1));
    let successor = owned.board().lane(owner(1)).start(1).expect("not full");
    assert_eq!(owned.board().total(), 2);
    drop((request, successor));
    assert_eq!(owned.board().total(), 0);
}

/// A balancer that is cleared though it lives can neither count any more nor give back what its successor counts.
fn an_old_guard_takes_nothing_from_its_successor<P: Platform>() {
    let owned = Owned::<P>::new();
    let old = owned.board().lane(owner(1));
    let request = old.start(0).expect("not full");
    let supervisor = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            assert_eq!(owned.board().clear(owner(1)), 1);
            std::mem::forget(owned.board().lane(owner(1)).start(0));
        })
    };
    // Another balancer's requests are none of theirs.
    drop(owned.board().lane(owner(2)).start(0));
    P::join(supervisor);
    assert!(old.start(0).is_none(), "it is not to send any more");
    drop(request);
    assert_eq!(owned.board().in_flight(0), 1, "the successor's");
}
