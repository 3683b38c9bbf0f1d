//! What moves when one of 20 backends leaves: the same requests, sent to fleets with and without the last one, whose
//! other members have the same names.

use policy::strategy::StrategyName;

use crate::support::{fleet_of, is_chance, spans};

const REQUESTS: u64 = 200_000;
const LEAVER: u32 = 19;

/// Where each request goes, before and after.
fn placed(strategy: StrategyName) -> Vec<(u32, u32)> {
    let slots = |backends: usize| {
        let spans = spans(&fleet_of(&vec![1.0; backends]), strategy, REQUESTS);
        spans.into_iter().map(|span| span.slot.expect("placed"))
    };
    slots(20).zip(slots(19)).collect()
}

/// Of those who had nothing to do with the one that left.
fn share_of_others_moved(placed: &[(u32, u32)]) -> f64 {
    let others = placed.iter().filter(|(before, _)| *before != LEAVER);
    let (moved, all) = others.fold((0u64, 0u64), |(moved, all), (before, after)| {
        (moved + u64::from(before != after), all + 1)
    });
    moved as f64 / all as f64
}

/// Only the leaver's keys move, which is the fewest possible.
#[test]
fn of_ring_and_rendezvous_nothing_else_moves() {
    for strategy in [StrategyName::RingHash, StrategyName::Rendezvous] {
        assert_eq!(share_of_others_moved(&placed(strategy)), 0.0, "{strategy}");
    }
}

/// They spread evenly over all that stay.
#[test]
fn of_rendezvous_they_go_everywhere() {
    let mut counts = [0; 19];
    let placed = placed(StrategyName::Rendezvous);
    let left = placed.iter().filter(|(before, _)| *before == LEAVER);
    left.for_each(|&(_, after)| counts[after as usize] += 1);
    is_chance("rendezvous: where keys go", &counts, &[1.0; 19], 0.0);
}

/// Maglev states that about 1 to 2 % of the other keys move, too. A table modulo the number of backends would move 95 %.
#[test]
fn of_maglev_little_else_moves() {
    let share = share_of_others_moved(&placed(StrategyName::Maglev));
    println!("maglev: {share:.4} of the others move");
    assert!((0.0..0.025).contains(&share), "{share}");
}
