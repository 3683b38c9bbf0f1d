//! The whole life of a request, over all that workers share at once: a slot, the list, the pick, the breaker, the board.
//!
//! Too large to search: schedules are drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use policy::breaker::{self, Phase};
use policy::growth::{Growth, Jitter};
use policy::shared::{
    Atomic, BackendList, Bitmap, Board, BoardView, Breaker, Cached, Near, Publisher, Slots, Table,
};
use policy::strategy::{Options, Strategy, TwoChoices};
use policy::time::{Duration, Instant};
use policy::{Chooser, Request, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Property, owner, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[property!(a_life_leaves_nothing_behind)
    .dying()
    .without_loom()
    .reaching(&[
        "no slot",
        "no backend",
        "refused",
        "probed",
        "cancelled",
        "succeeded",
        "failed",
        "on an old list",
        "died holding a slot",
        "died in flight",
        "died probing",
        "survived",
    ])];

const WORKERS: u8 = 6;
const SLOTS: usize = 2;
const REQUESTS: u64 = 4;
const ROWS: u32 = 6;
/// What the clock advances by each time it is read: a tick of the breaker's.
const TICK: u64 = 1 << 20;

/// All that workers share, but for the list.
struct Shared<P: Platform> {
    slots: Vec<P::U64>,
    health: Vec<P::U64>,
    board: Vec<P::U64>,
    breakers: Vec<Vec<P::U64>>,
    config: breaker::Config,
    /// Not of the model: time passes whatever is checked.
    clock: AtomicU64,
}

impl<P: Platform> Shared<P> {
    fn new() -> Arc<Self> {
        let config = breaker::Config::new(breaker::Options {
            failures_to_open: Some(1),
            rate_to_open: None,
            successes_to_close: 1,
            probes: 2,
            open: Growth::constant(Duration(TICK), Jitter::NONE),
        });
        let config = config.expect("valid");
        let zeros = |words| (0..words).map(|_| P::U64::new(0)).collect::<Vec<_>>();
        let breaker = || zeros(Breaker::<P>::words_for(&config));
        Arc::new(Shared {
            slots: zeros(SLOTS),
            health: zeros(Bitmap::<P>::words_for(ROWS)),
            board: zeros(Board::<P>::words_for(ROWS as usize, WORKERS.into())),
            breakers: (0..ROWS).map(|_| breaker()).collect(),
            config,
            clock: AtomicU64::new(0),
        })
    }

    fn slots(&self) -> Slots<'_, P> {
        Slots::over(&self.slots)
    }

    fn health(&self) -> Bitmap<'_, P> {
        Bitmap::over(&self.health, ROWS)
    }

    fn board(&self) -> Board<'_, P> {
        Board::over(&self.board, ROWS as usize, WORKERS.into())
    }

    fn breaker(&self, row: u32) -> Breaker<'_, P> {
        Breaker::over(&self.breakers[row as usize], &self.config)
    }

    fn now(&self) -> Instant {
        Instant(self.clock.fetch_add(TICK, Ordering::Relaxed))
    }
}

/// One worker with what is its own.
struct Worker<P: Platform> {
    number: u8,
    shared: Arc<Shared<P>>,
    lists: Cached<BackendList, P>,
    chooser: Chooser<TwoChoices>,
    rng: Xoshiro256PlusPlus,
    near: Near,
}

impl<P: Platform> Worker<P> {
    /// A request from its slot to its end.
    fn serve(&mut self, request: u64) {
        let shared = Arc::clone(&self.shared);
        let Some(held) = shared.slots().acquire(owner(self.number), &self.near) else {
            return reached("no slot");
        };
        self.send(&shared, request);
        assert!(shared.slots().release(held, &self.near));
    }

    fn send(&mut self, shared: &Shared<P>, request: u64) {
        let list = Arc::clone(self.lists.get());
        let view = BoardView::new(&list, shared.health(), shared.board());
        let now = shared.now();
        let picked = self
            .chooser
            .pick(&Request { key: request }, &view, now, &mut self.rng);
        let Some(id) = picked else {
            return reached("no backend");
        };
        assert!(list.at(id.slot).is_some_and(|member| member.id == id));
        let Ok(permit) = shared.breaker(id.slot).admit(owner(self.number), now) else {
            return reached("refused");
        };
        if permit.claim().probe {
            reached("probed");
        }
        let lane = shared.board().lane(owner(self.number));
        let _in_flight = lane.start(id.slot).expect("a lane has room for one");
        if self.lists.get().generation() != list.generation() {
            reached("on an old list");
        }
        match (u64::from(self.number) + request) % 4 {
            0 => reached("cancelled"),
            1 => {
                permit.success(shared.now());
                reached("succeeded");
            }
            _ => {
                permit.failure(shared.now(), &mut self.rng);
                reached("failed");
            }
        }
    }
}

/// Workers serve, cancel and fail; one dies; lists are replaced and a backend drained meanwhile. In the end nothing is
/// taken, nothing counted, nobody probes.
fn a_life_leaves_nothing_behind<P: Platform>() {
    const RELOADS: [&[u64]; 3] = [&[10, 12], &[13], &[10, 14]];
    let shared = Shared::<P>::new();
    let mut list = reloaded(&BackendList::empty(ROWS), &[10, 11], |_| true);
    let mut publisher = Publisher::<BackendList, P>::new(Arc::new(list.clone()));
    heal(&shared, &list, &BackendList::empty(ROWS));
    let workers: Vec<_> = (1..=WORKERS)
        .map(|number| {
            let (table, shared) = (Arc::clone(publisher.table()), Arc::clone(&shared));
            P::spawn(move || work::<P>(number, table, shared))
        })
        .collect();
    for identities in RELOADS {
        let next = reloaded(&list, identities, |row| shared.board().vacant(row));
        heal(&shared, &next, &list);
        while publisher.publish(Arc::new(next.clone())).is_err() {
            P::yield_now();
        }
        list = next;
        let drained = list.members()[0].id.slot;
        shared.health().clear(drained);
        P::yield_now();
        shared.health().set(drained);
    }
    let deaths: Vec<bool> = workers.into_iter().map(P::join).collect();

    let dead = owner(1);
    if shared.slots().clear(dead) > 0 {
        reached("died holding a slot");
    }
    if shared.board().clear(dead) > 0 {
        reached("died in flight");
    }
    let probes = |row| match shared.breaker(row).state().phase() {
        Phase::HalfOpen { holders, .. } => holders.contains(&Some(dead)),
        _ => false,
    };
    if (0..ROWS).any(probes) {
        reached("died probing");
    }
    (0..ROWS).for_each(|row| shared.breaker(row).forget(dead));
    assert_eq!(shared.slots().in_use(), 0);
    assert_eq!(shared.board().total(), 0);
    for row in 0..ROWS {
        let phase = shared.breaker(row).state().phase();
        let probing = matches!(phase, Phase::HalfOpen { holders, .. } if holders != [None; 4]);
        assert!(!probing, "{phase:?}");
    }
    let inside = usize::from(deaths.contains(&true));
    assert!(publisher.let_go() <= inside, "who lives has left the table");
}

/// Says whether it died.
fn work<P: Platform>(
    number: u8,
    table: Arc<Table<BackendList, P>>,
    shared: Arc<Shared<P>>,
) -> bool {
    let mut worker = Worker {
        number,
        shared,
        lists: Cached::new(table),
        chooser: Chooser::new(TwoChoices::new(&Options::default())),
        rng: Xoshiro256PlusPlus::seed_from_u64(number.into()),
        near: Near::new(owner(number)),
    };
    let mut life = || (0..REQUESTS).for_each(|request| worker.serve(request));
    if number != 1 {
        life();
        return false;
    }
    let died = mortal::<P, _>(life).is_none();
    if !died {
        reached("survived");
    }
    died
}

fn reloaded(list: &BackendList, identities: &[u64], vacant: impl Fn(u32) -> bool) -> BackendList {
    let wanted = identities.iter().map(|&identity| (Weight::ONE, identity));
    list.reload(wanted, vacant).expect("there is room")
}

/// Who joined is healthy.
fn heal<P: Platform>(shared: &Shared<P>, list: &BackendList, earlier: &BackendList) {
    for id in list.joined_since(earlier) {
        shared.health().set(id.slot);
    }
}
