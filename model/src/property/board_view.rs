//! [`policy::shared::BoardView`] and what stands behind it, together: list, health, board, table, strategies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use policy::shared::{
    Atomic, BackendList, Bitmap, Board, BoardView, Cached, InFlight, Lane, Publisher,
};
use policy::strategy::{
    LeastConnections, Options, RoundRobin, Strategy, TwoChoices, WeightedRandom,
};
use policy::time::Instant;
use policy::{BackendId, Chooser, Request, View, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Property, owner, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(round_robin_finds_who_is_eligible).reaching(&["the steady one", "the other"]),
    property!(two_choices_finds_who_is_eligible).reaching(&["the steady one", "the other"]),
    property!(least_connections_finds_who_is_eligible).reaching(&["the steady one", "the other"]),
    property!(weighted_random_finds_who_is_eligible).reaching(&["the steady one", "the other"]),
    property!(who_sees_the_epoch_does_not_pick_the_drained).reaching(&["heard", "not yet"]),
    property!(a_request_ends_on_the_list_it_began_on).reaching(&["old list", "new list"]),
    property!(a_row_goes_to_another_backend_when_nobody_counts_there)
        .reaching(&["given on", "kept"]),
    property!(the_dead_hold_up_a_row_until_they_are_cleared)
        .dying()
        .reaching(&["held up", "vacant"]),
    property!(a_late_request_gives_back_to_the_row_it_counted_in).reaching(&["late", "in time"]),
    property!(reloads_and_deaths_lose_nothing)
        .dying()
        .without_loom()
        .reaching(&["died", "survived", "a row was given on"]),
];

const ROWS: u32 = 6;
const BALANCERS: usize = 3;
/// Eligible throughout.
const STEADY: u32 = 1;
/// Eligible until somebody drains it.
const DRAINED: u32 = 2;
const SEED: u64 = 1;

/// What workers share, but for the list.
struct Shared<P: Platform> {
    health: Vec<P::U64>,
    board: Vec<P::U64>,
}

impl<P: Platform> Shared<P> {
    /// With these backends healthy.
    fn new(healthy: &[u32]) -> Arc<Self> {
        let zeros = |words| (0..words).map(|_| P::U64::new(0)).collect();
        let shared = Shared {
            health: zeros(Bitmap::<P>::words_for(ROWS)),
            board: zeros(Board::<P>::words_for(ROWS as usize, BALANCERS)),
        };
        healthy.iter().for_each(|&slot| {
            shared.health().set(slot);
        });
        Arc::new(shared)
    }

    fn health(&self) -> Bitmap<'_, P> {
        Bitmap::over(&self.health, ROWS)
    }

    fn board(&self) -> Board<'_, P> {
        Board::over(&self.board, ROWS as usize, BALANCERS)
    }

    fn lane(&self, balancer: u8) -> Lane<'_, P> {
        self.board().lane(owner(balancer))
    }

    fn view<'a>(&'a self, list: &'a BackendList) -> BoardView<'a, P> {
        BoardView::new(list, self.health(), self.board())
    }

    fn send(&self, balancer: u8, slot: u32) -> InFlight<'_, P> {
        self.lane(balancer).start(slot).expect("not full")
    }
}

fn list(identities: impl IntoIterator<Item = u64>) -> BackendList {
    reloaded(&BackendList::empty(ROWS), identities, |_| true)
}

fn reloaded(
    list: &BackendList,
    identities: impl IntoIterator<Item = u64>,
    vacant: impl Fn(u32) -> bool,
) -> BackendList {
    let wanted = identities
        .into_iter()
        .map(|identity| (Weight::ONE, identity));
    list.reload(wanted, vacant).expect("there is room")
}

fn chooser<S: Strategy>() -> Chooser<S> {
    Chooser::new(S::new(&Options::default()))
}

fn pick<S: Strategy>(chooser: &mut Chooser<S>, view: &impl View) -> Option<BackendId> {
    // The same draw every time, by which a random choice of two takes the second.
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
    chooser.pick(&Request { key: 0 }, view, Instant::ZERO, &mut rng)
}

/// Another balancer sends and ends a request, and drains a backend, while this one picks.
fn finds_who_is_eligible<P: Platform, S: Strategy>(picks: u32) {
    let backends = list([10, 11, 12]);
    let shared = Shared::<P>::new(&[STEADY, DRAINED]);
    let other = {
        let shared = Arc::clone(&shared);
        P::spawn(move || {
            let request = shared.send(2, STEADY);
            shared.health().clear(DRAINED);
            drop(request);
        })
    };
    let mut chooser = chooser::<S>();
    for _ in 0..picks {
        let id = pick(&mut chooser, &shared.view(&backends)).expect("the steady one is eligible");
        match id.slot {
            STEADY => reached("the steady one"),
            DRAINED => reached("the other"),
            never => panic!("{never} was never eligible"),
        }
        drop(shared.send(1, id.slot));
    }
    P::join(other);
    let last = pick(&mut chooser, &shared.view(&backends)).map(|id| id.slot);
    assert_eq!(last, Some(STEADY), "the only one left");
    assert_eq!(shared.board().total(), 0);
}

fn round_robin_finds_who_is_eligible<P: Platform>() {
    // Its first turn is the steady one's.
    finds_who_is_eligible::<P, RoundRobin>(2);
}

fn two_choices_finds_who_is_eligible<P: Platform>() {
    finds_who_is_eligible::<P, TwoChoices>(1);
}

fn least_connections_finds_who_is_eligible<P: Platform>() {
    finds_who_is_eligible::<P, LeastConnections>(1);
}

fn weighted_random_finds_who_is_eligible<P: Platform>() {
    finds_who_is_eligible::<P, WeightedRandom>(1);
}

/// A strategy that copies who is eligible copies it again when the epoch says so: then it has the change.
fn who_sees_the_epoch_does_not_pick_the_drained<P: Platform>() {
    let backends = list([10, 11, 12]);
    let shared = Shared::<P>::new(&[STEADY, DRAINED]);
    let before = shared.view(&backends).epoch();
    let drain = {
        let shared = Arc::clone(&shared);
        P::spawn(move || shared.health().clear(DRAINED))
    };
    let view = shared.view(&backends);
    if view.epoch() == before {
        reached("not yet");
    } else {
        reached("heard");
        let id = pick(&mut chooser::<RoundRobin>(), &view);
        assert_eq!(id.map(|id| id.slot), Some(STEADY));
    }
    assert!(P::join(drain), "it was eligible");
    let next = reloaded(&backends, [10, 11, 12], |_| true);
    let epochs = [
        before,
        shared.view(&backends).epoch(),
        shared.view(&next).epoch(),
    ];
    assert!(
        epochs[0] != epochs[1] && epochs[1] != epochs[2],
        "{epochs:?}"
    );
}

/// A reload replaces one backend by another while requests come: each is sent to a member of the list it began
/// with, and is given back to the row it was counted in.
fn a_request_ends_on_the_list_it_began_on<P: Platform>() {
    let mut publisher = Publisher::<BackendList, P, 2>::new(Arc::new(list([10])));
    let table = Arc::clone(publisher.table());
    let shared = Shared::<P>::new(&[0]);
    let request = {
        let shared = Arc::clone(&shared);
        P::spawn(move || {
            let backends = table.read();
            let id = pick(&mut chooser::<RoundRobin>(), &shared.view(&backends));
            let id = id.expect("each list has one that is eligible");
            let request = shared.send(1, id.slot);
            let member = *backends.at(id.slot).expect("a member of its list");
            assert_eq!(member.id, id);
            assert_eq!(member.identity, 10 + u64::from(id.slot));
            reached(if id.slot == 0 { "old list" } else { "new list" });
            // Whatever has been published by now.
            drop(request);
        })
    };
    let old = publisher.table().read();
    let new = reloaded(&old, [11], |row| shared.board().vacant(row));
    // Health of the newcomers first, then the list that says who they are.
    new.joined_since(&old).for_each(|id| {
        shared.health().set(id.slot);
    });
    publisher.publish(Arc::new(new)).expect("a cell is free");
    P::join(request);
    assert_eq!(shared.board().total(), 0);
    assert!(
        shared.health().contains(0),
        "a reload resets nobody's health"
    );
}

/// The row of a backend that left goes to the next newcomer, unless a request is still in flight there.
fn a_row_goes_to_another_backend_when_nobody_counts_there<P: Platform>() {
    let left = reloaded(&list([10]), [11], |_| true);
    let shared = Shared::<P>::new(&[0, 1]);
    let lane = shared.lane(1);
    let request = lane.start(0).expect("not full");
    let end = {
        let shared = Arc::clone(&shared);
        P::spawn(move || drop(shared.send(2, 0)))
    };
    let kept = reloaded(&left, [11, 12], |row| shared.board().vacant(row));
    assert_eq!(kept.at(0), None, "somebody counts there");
    drop(request);
    let next = reloaded(&left, [11, 12], |row| shared.board().vacant(row));
    match next.at(0) {
        Some(newcomer) => {
            reached("given on");
            assert_eq!((newcomer.identity, newcomer.id.generation), (12, 1));
        }
        None => reached("kept"),
    }
    P::join(end);
    assert!(shared.board().vacant(0));
}

/// A balancer that died with a request in flight keeps the row from being given on, until it is cleared.
fn the_dead_hold_up_a_row_until_they_are_cleared<P: Platform>() {
    let left = reloaded(&list([10]), [11], |_| true);
    let shared = Shared::<P>::new(&[0, 1]);
    let victim = {
        let shared = Arc::clone(&shared);
        P::spawn(move || mortal::<P, _>(|| drop(shared.send(1, 0))).is_none())
    };
    drop(shared.send(2, 0));
    P::join(victim);
    let next = reloaded(&left, [11, 12], |row| shared.board().vacant(row));
    reached(if next.at(0).is_none() {
        "held up"
    } else {
        "vacant"
    });
    assert_eq!(
        shared.board().clear(owner(1)),
        u64::from(next.at(0).is_none())
    );
    let next = reloaded(&left, [11, 12], |row| shared.board().vacant(row));
    assert_eq!(next.at(0).map(|member| member.identity), Some(12));
}

/// Two reloads pass, the second of which may give the row on, before a request counts on the list it had read.
fn a_late_request_gives_back_to_the_row_it_counted_in<P: Platform>() {
    let first = list([10]);
    let mut publisher = Publisher::<BackendList, P, 3>::new(Arc::new(first.clone()));
    let table = Arc::clone(publisher.table());
    let shared = Shared::<P>::new(&[0, 1]);
    let request = {
        let shared = Arc::clone(&shared);
        P::spawn(move || {
            let id = table.read().members()[0].id;
            let request = shared.send(1, id.slot);
            let now = table.read();
            if id.slot == 0 {
                let given_on = now.at(0).is_some_and(|occupant| occupant.id != id);
                reached(if given_on { "late" } else { "in time" });
            }
            drop(request);
        })
    };
    let vacant = |row| shared.board().vacant(row);
    let second = reloaded(&first, [11], vacant);
    let third = reloaded(&second, [11, 12], vacant);
    for next in [second, third] {
        publisher.publish(Arc::new(next)).expect("a cell is free");
    }
    P::join(request);
    assert_eq!(shared.board().total(), 0);
}

/// Three balancers send over four reloads, and one of them dies: an id means one backend for ever, whoever is picked
/// is a member of the list that was read, and nothing stays counted.
fn reloads_and_deaths_lose_nothing<P: Platform>() {
    const RELOADS: [[u64; 2]; 4] = [[10, 12], [12, 13], [10, 12], [12, 14]];
    let first = list([10, 11]);
    let mut publisher = Publisher::<BackendList, P>::new(Arc::new(first.clone()));
    let shared = Shared::<P>::new(&[0, 1]);
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    let balancers = [1, 2, 3].map(|number| {
        let (table, shared) = (Arc::clone(publisher.table()), Arc::clone(&shared));
        let seen = Arc::clone(&seen);
        P::spawn(move || {
            let mut lists = Cached::new(table);
            let mut chooser = chooser::<TwoChoices>();
            let mut work = || {
                for _ in 0..4 {
                    let backends = Arc::clone(lists.get());
                    let id = pick(&mut chooser, &shared.view(&backends)).expect("all are healthy");
                    let member = backends.at(id.slot).expect("a member of its list");
                    assert_eq!(member.id, id);
                    let mut seen = seen.lock().expect("nobody panicked");
                    assert_eq!(*seen.entry(id).or_insert(member.identity), member.identity);
                    drop(seen);
                    drop(shared.send(number, id.slot));
                }
            };
            if number == 1 {
                let died = mortal::<P, _>(work).is_none();
                reached(if died { "died" } else { "survived" });
            } else {
                work();
            }
        })
    });
    let mut current = first;
    for wanted in RELOADS {
        let next = reloaded(&current, wanted, |row| shared.board().vacant(row));
        for id in next.joined_since(&current) {
            shared.health().set(id.slot);
            let newcomer = next.at(id.slot).expect("it joined").identity;
            let before = current.places().get(id.slot as usize);
            if before.is_some_and(|place| place.occupant.identity != newcomer) {
                reached("a row was given on");
            }
        }
        while publisher.publish(Arc::new(next.clone())).is_err() {
            P::yield_now();
        }
        current = next;
    }
    balancers.into_iter().for_each(P::join);
    shared.board().clear(owner(1));
    assert_eq!(shared.board().total(), 0);
    assert!((0..ROWS).all(|row| shared.board().vacant(row)));
}
