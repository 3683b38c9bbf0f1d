//! Exact shares, few moves, primes.

use super::*;
use crate::strategy::statistics::{moved, places, spread};
use crate::strategy::testing::Bench;

fn members(weights: &[f64]) -> Vec<Member> {
    let mut members = Bench::<Maglev>::weighted(weights).members().to_vec();
    members.sort_unstable_by_key(|member| member.identity);
    members
}

fn entries(members: &[Member]) -> Vec<u32> {
    let mut entries = vec![0; members.len()];
    build(members)
        .iter()
        .for_each(|&index| entries[index as usize] += 1);
    entries
}

#[test]
fn equals_have_equal_shares_to_one_entry() {
    for n in [1, 2, 3, 10, 655, 656, 1_000] {
        let entries = entries(&members(&vec![1.0; n]));
        let (least, most) = (entries.iter().min().unwrap(), entries.iter().max().unwrap());
        assert!(most - least <= 1, "{n}: {least} to {most}");
        assert!(n == 1 || f64::from(most - least) <= 0.01 * f64::from(*least));
    }
}

#[test]
fn shares_are_in_proportion_to_weight_to_one_entry() {
    let weights = [1.0, 2.0, 0.5, 7.25, 30.0];
    let members = members(&weights);
    let all: f64 = weights.iter().sum();
    for (member, count) in members.iter().zip(entries(&members)) {
        let share = member.weight.as_f64() / all * table_size(5) as f64;
        assert!(
            (f64::from(count) - share).abs() < 2.0,
            "{count}, share {share}"
        );
    }
}

#[test]
fn ten_thousand_backends_have_equal_shares_too() {
    let entries = entries(&members(&vec![1.0; 10_000]));
    assert!(entries.iter().all(|&count| count == 104 || count == 105));
}

/// Measured: 0.3 % of the other keys at 10 backends, 0.6 % at 100, 1.4 to 1.6 % at 600 and 1,000.
#[test]
fn a_change_moves_few_more_keys_than_it_must() {
    for (n, limit) in [(10, 400), (100, 900), (600, 2_000), (1_000, 2_000)] {
        let mut bench = Bench::<Maglev>::new(n);
        let without = places(&mut bench, 100_000);
        bench.add(1.0);
        let with = places(&mut bench, 100_000);
        let others = moved(&without, &with)
            .iter()
            .filter(|&&(_, to)| to != n)
            .count();
        assert!(
            others > 0 && others < limit,
            "added to {n}: {others} of 100,000"
        );
        bench.remove(n);
        assert_eq!(
            places(&mut bench, 100_000),
            without,
            "its removal moves them back"
        );
    }
}

#[test]
fn an_ineligible_backend_s_keys_are_spread_and_no_other_moves() {
    let mut bench = Bench::<Maglev>::new(10);
    let before = places(&mut bench, 100_000);
    bench.set_eligible(3, false);
    let moved = moved(&before, &places(&mut bench, 100_000));
    assert!(moved.iter().all(|&(from, _)| from == 3));
    let to: Vec<u32> = moved.iter().map(|&(_, to)| to).collect();
    let mut counts = spread(&to, 10).counts;
    assert_eq!(counts.remove(3), 0);
    let even = to.len() as u32 / 9;
    assert!(
        counts.iter().all(|count| count.abs_diff(even) < 180),
        "{counts:?}"
    );
    bench.set_eligible(3, true);
    assert_eq!(places(&mut bench, 100_000), before);
}

#[test]
fn the_only_eligible_one_of_many_is_found() {
    let mut bench = Bench::<Maglev>::new(1_000);
    (0..1_000)
        .filter(|&slot| slot != 77)
        .for_each(|slot| bench.set_eligible(slot, false));
    assert!(places(&mut bench, 1_000).iter().all(|&slot| slot == 77));
}

#[test]
fn where_a_key_goes_does_not_depend_on_slots() {
    let mut bench = Bench::<Maglev>::new(20);
    let before = bench.identity_of(0..20_000);
    bench.move_to_another_slot(3);
    assert_eq!(bench.identity_of(0..20_000), before);
}

#[test]
fn sizes_are_prime_and_change_only_when_the_fleet_has_doubled() {
    assert_eq!(
        [0, 1, 2, 3, 13, 65_536].map(next_prime),
        [2, 2, 3, 5, 17, 65_537]
    );
    assert_eq!(
        [1, 655, 656, 1_310, 1_311].map(table_size),
        [65_537, 65_537, 131_101, 131_101, 262_147]
    );
    assert_eq!(table_size(10_000), 1_048_583);
}
