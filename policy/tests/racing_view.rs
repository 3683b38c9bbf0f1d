//! Every strategy over a board whose counts and eligibility change while it picks, as they do when workers
//! share one: it never panics, never returns who was never eligible, and finds who always is.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;

use policy::strategy::{AnyChooser, Options, StrategyName};
use policy::time::Instant;
use policy::{BackendId, Member, Request, View, Weight};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const BACKENDS: u32 = 64;
/// Eligible throughout.
const STEADY: u32 = 37;
/// Never eligible.
const DOWN: u32 = 21;
const PICKS: u64 = 20_000;

/// One word of eligibility and a row of counts, all of which others change.
struct Board {
    members: Vec<Member>,
    eligible: AtomicU64,
    epoch: AtomicU64,
    in_flight: Vec<AtomicU32>,
}

impl Board {
    fn new() -> Board {
        let member = |slot: u32| Member {
            id: occupant(slot),
            weight: Weight::new(f64::from(1 + slot % 3)).unwrap(),
            identity: u64::from(slot).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        };
        Board {
            members: (0..BACKENDS).map(member).collect(),
            eligible: AtomicU64::new(steady_and(0)),
            epoch: AtomicU64::new(0),
            in_flight: (0..BACKENDS).map(|_| AtomicU32::new(0)).collect(),
        }
    }
}

fn occupant(slot: u32) -> BackendId {
    BackendId {
        slot,
        generation: 5,
    }
}

fn steady_and(others: u64) -> u64 {
    (others | 1 << STEADY) & !(1 << DOWN)
}

impl View for Board {
    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    fn eligible_count(&self) -> u32 {
        self.eligible.load(Ordering::Acquire).count_ones()
    }

    fn nth_eligible(&self, n: u32) -> Option<BackendId> {
        let mut left = self.eligible.load(Ordering::Acquire);
        (0..n).for_each(|_| left &= left.wrapping_sub(1));
        (left != 0).then(|| occupant(left.trailing_zeros()))
    }

    fn next_eligible(&self, slot: u32) -> Option<BackendId> {
        let all = self.eligible.load(Ordering::Acquire);
        let above = all & u64::MAX.checked_shl(slot).unwrap_or(0);
        let first = if above != 0 { above } else { all };
        (first != 0).then(|| occupant(first.trailing_zeros()))
    }

    fn is_eligible(&self, id: BackendId) -> bool {
        id == occupant(id.slot) && self.eligible.load(Ordering::Acquire) >> id.slot & 1 == 1
    }

    fn in_flight(&self, id: BackendId) -> u32 {
        self.in_flight[id.slot as usize].load(Ordering::Relaxed)
    }

    fn total_in_flight(&self) -> u64 {
        let rows = self.in_flight.iter();
        rows.map(|row| u64::from(row.load(Ordering::Relaxed))).sum()
    }

    fn weight(&self, id: BackendId) -> Weight {
        self.members[id.slot as usize].weight
    }
}

/// What one worker does: picks, and counts what it sent and what came back on the shared rows.
fn work(board: &Board, name: StrategyName, seed: u64) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut chooser = AnyChooser::new(name, &Options::default());
    let mut sent = Vec::new();
    for now in 0..PICKS {
        let key = rng.next_u64() % 500;
        let picked = chooser.pick(&Request { key }, board, Instant(now), &mut rng);
        let id = picked.unwrap_or_else(|| panic!("{name} overlooked the steady one"));
        assert!(id == occupant(id.slot) && id.slot != DOWN, "{name}: {id:?}");
        board.in_flight[id.slot as usize].fetch_add(1, Ordering::Relaxed);
        sent.push(id);
        if sent.len() > 50 {
            let done = sent.swap_remove(rng.next_u64() as usize % 50);
            board.in_flight[done.slot as usize].fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn every_strategy_keeps_its_word_while_eligibility_races() {
    for &name in StrategyName::ALL {
        let (board, stop) = (Board::new(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
                while !stop.load(Ordering::Relaxed) {
                    let sparse = rng.next_u64() & rng.next_u64() & rng.next_u64();
                    board.eligible.store(steady_and(sparse), Ordering::Release);
                    board.epoch.fetch_add(1, Ordering::Release);
                    thread::yield_now();
                }
            });
            let other = scope.spawn(|| work(&board, name, 2));
            // The changer is stopped even when a worker fails: a hang would hide the failure.
            let mine =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&board, name, 3)));
            let other = other.join();
            stop.store(true, Ordering::Relaxed);
            mine.and(other)
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
    }
}

/// Eligibility has changed and the epoch has not yet: the moment in which a strategy knows too little.
#[test]
fn every_strategy_finds_the_last_one_left_before_it_hears_of_the_change() {
    for &name in StrategyName::ALL {
        let board = Board::new();
        board
            .eligible
            .store(steady_and(u64::MAX), Ordering::Release);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut chooser = AnyChooser::new(name, &Options::default());
        let mut pick = |key| chooser.pick(&Request { key }, &board, Instant::ZERO, &mut rng);
        assert!((0..500).all(|key| pick(key).is_some()), "{name}");
        board.eligible.store(steady_and(0), Ordering::Release);
        assert!(
            (0..500).all(|key| pick(key) == Some(occupant(STEADY))),
            "{name}"
        );
        board.eligible.store(0, Ordering::Release);
        assert!((0..500).all(|key| pick(key).is_none()), "{name}");
    }
}
