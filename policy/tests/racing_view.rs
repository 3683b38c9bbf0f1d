//! Every strategy over a board whose counts and eligibility change while it picks, as they do when workers
//! share one: it never panics, never returns who was never eligible, and finds who always is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use policy::shared::{BackendList, Bitmap, Board, BoardView, Lane, Native, Place};
use policy::strategy::{AnyChooser, Options, StrategyName};
use policy::time::Instant;
use policy::{BackendId, Member, Owner, Request, View, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// More than a word of eligibility holds.
const BACKENDS: u32 = 70;
/// Eligible throughout.
const STEADY: u32 = 66;
/// Never eligible.
const DOWN: u32 = 21;
/// No backend any more, though nobody has told its health.
const LEFT: u32 = 5;
const BALANCERS: usize = 2;
const PICKS: u64 = 20_000;

/// What workers share.
struct Shared {
    list: BackendList,
    health: Vec<AtomicU64>,
    board: Vec<AtomicU64>,
}

impl Shared {
    fn new() -> Shared {
        let place = |slot: u32| Place {
            occupant: Member {
                id: occupant(slot),
                weight: Weight::new(f64::from(1 + slot % 3)).unwrap(),
                identity: u64::from(slot).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            },
            present: slot != LEFT,
        };
        let zeros = |words| (0..words).map(|_| AtomicU64::new(0)).collect();
        let shared = Shared {
            list: BackendList::received(BACKENDS, 3, (0..BACKENDS).map(place)).unwrap(),
            health: zeros(Bitmap::<Native>::words_for(BACKENDS)),
            board: zeros(Board::<Native>::words_for(BACKENDS as usize, BALANCERS)),
        };
        shared.health().set(STEADY);
        shared.health().set(LEFT);
        shared
    }

    fn health(&self) -> Bitmap<'_, Native> {
        Bitmap::over(&self.health, BACKENDS)
    }

    fn board(&self) -> Board<'_> {
        Board::over(&self.board, BACKENDS as usize, BALANCERS)
    }

    fn lane(&self, balancer: u8) -> Lane<'_> {
        self.board().lane(Owner::new(balancer).unwrap())
    }

    fn view(&self) -> BoardView<'_> {
        BoardView::new(&self.list, self.health(), self.board())
    }
}

fn occupant(slot: u32) -> BackendId {
    BackendId {
        slot,
        generation: 5,
    }
}

/// What one worker does: picks, and counts what it sent and what came back on the shared rows.
fn work(shared: &Shared, name: StrategyName, balancer: u8) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(balancer.into());
    let mut chooser = AnyChooser::new(name, &Options::default());
    let (lane, mut sent) = (shared.lane(balancer), Vec::new());
    for now in 0..PICKS {
        let key = rng.next_u64() % 500;
        let picked = chooser.pick(&Request { key }, &shared.view(), Instant(now), &mut rng);
        let id = picked.unwrap_or_else(|| panic!("{name} overlooked the steady one"));
        assert_eq!(id, occupant(id.slot), "{name}");
        assert!(id.slot != DOWN && id.slot != LEFT, "{name}: {id:?}");
        sent.push(lane.start(id.slot).expect("not full"));
        if sent.len() > 50 {
            drop(sent.swap_remove(rng.next_u64() as usize % 50));
        }
    }
}

/// One backend in eight is healthy, another one each time.
fn change_health(shared: &Shared, stop: &AtomicBool) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let moody = |slot: &u32| ![STEADY, DOWN, LEFT].contains(slot);
    while !stop.load(Ordering::Relaxed) {
        for slot in (0..BACKENDS).filter(moody) {
            if rng.next_u64() % 8 == 0 {
                shared.health().set(slot);
            } else {
                shared.health().clear(slot);
            }
        }
        thread::yield_now();
    }
}

#[test]
fn every_strategy_keeps_its_word_while_eligibility_races() {
    for &name in StrategyName::ALL {
        let (shared, stop) = (Shared::new(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| change_health(&shared, &stop));
            let other = scope.spawn(|| work(&shared, name, 1));
            // The changer is stopped even when a worker fails: a hang would hide the failure.
            let mine =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&shared, name, 2)));
            let other = other.join();
            stop.store(true, Ordering::Relaxed);
            mine.and(other)
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
        assert_eq!(shared.board().total(), 0, "{name}: all requests ended");
    }
}

/// Eligibility has changed and the epoch has not yet: the moment in which a strategy knows too little.
#[test]
fn every_strategy_finds_the_last_one_left_before_it_hears_of_the_change() {
    for &name in StrategyName::ALL {
        let shared = Shared::new();
        (0..BACKENDS).for_each(|slot| {
            shared.health().set(slot);
        });
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut chooser = AnyChooser::new(name, &Options::default());
        let view = shared.view();
        let mut pick = |key| chooser.pick(&Request { key }, &view, Instant::ZERO, &mut rng);
        assert!((0..500).all(|key| pick(key).is_some()), "{name}");
        // The bits come first, the epoch last.
        shared.health[0].store(0, Ordering::Release);
        shared.health[1].store(1 << (STEADY % 64), Ordering::Release);
        assert!(
            (0..500).all(|key| pick(key) == Some(occupant(STEADY))),
            "{name}"
        );
        shared.health[1].store(0, Ordering::Release);
        assert!((0..500).all(|key| pick(key).is_none()), "{name}");
    }
}

/// What the view says one by one agrees with what it says of all.
#[test]
fn the_view_is_of_the_members_alone() {
    let shared = Shared::new();
    (0..BACKENDS).for_each(|slot| {
        shared.health().set(slot);
    });
    shared.health().clear(DOWN);
    let (lane, view) = (shared.lane(2), shared.view());
    let requests = [STEADY, STEADY, LEFT].map(|slot| lane.start(slot));

    assert_eq!(view.members().len() as u32, BACKENDS - 1);
    assert_eq!(view.eligible_count(), BACKENDS - 2);
    let by_number: Vec<_> = (0..).map_while(|n| view.nth_eligible(n)).collect();
    let slots = (0..BACKENDS).filter(|&slot| slot != DOWN && slot != LEFT);
    assert!(slots.map(occupant).eq(by_number.iter().copied()));
    assert!(by_number.iter().all(|&id| view.is_eligible(id)));
    assert!(
        ![DOWN, LEFT]
            .iter()
            .any(|&slot| view.is_eligible(occupant(slot)))
    );
    let earlier = BackendId {
        generation: 4,
        ..occupant(STEADY)
    };
    assert!(!view.is_eligible(earlier), "its successor is");
    assert_eq!(view.next_eligible(DOWN), Some(occupant(DOWN + 1)));
    assert_eq!(view.next_eligible(BACKENDS), Some(occupant(0)));
    assert_eq!(view.next_eligible(u32::MAX), Some(occupant(0)));
    assert_eq!(view.in_flight(occupant(STEADY)), 2);
    assert_eq!(view.total_in_flight(), 2, "who left is no member");
    drop(requests);
}
