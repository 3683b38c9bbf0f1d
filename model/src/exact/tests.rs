//! What the chains must meet: theory that owes nothing to the policy code.

use policy::strategy::{About, Options, Strategy};
use policy::time::Instant;
use policy::{BackendId, Request, View};
use rand_core::Rng;

use super::oracle::Oracle;
use super::*;

fn mean(strategy: StrategyName, speeds: &[u32], load: f64) -> f64 {
    let small = Small {
        strategy,
        speeds: speeds.to_vec(),
        load,
    };
    let case = small
        .solve()
        .unwrap_or_else(|why| panic!("{small:?}: {why}"));
    assert!(case.truncated < small.negligible(), "{case:?}");
    case.mean_response
}

fn assert_near(found: f64, exact: f64) {
    assert!((found - exact).abs() < 1e-6, "{found}, theory {exact}");
}

/// A Poisson process divided at random is several: n servers of a capacity of c in all, n / (c (1 - load)).
#[test]
fn a_random_split_is_independent_queues() {
    for load in LOADS {
        assert_near(
            mean(StrategyName::Random, &[1, 1], load),
            1.0 / (1.0 - load),
        );
        for speeds in [
            vec![1, 1],
            vec![1, 1, 1],
            vec![1, 2],
            vec![1, 1, 2],
            vec![3, 7, 5],
        ] {
            let capacity: u32 = speeds.iter().sum();
            let exact = speeds.len() as f64 / (f64::from(capacity) * (1.0 - load));
            assert_near(mean(StrategyName::WeightedRandom, &speeds, load), exact);
        }
    }
}

/// Every server gets each n-th arrival, E_n/M/1: 1 / (1 - sigma) for the smallest root of
/// sigma = (n load / (n load + 1 - sigma))^n.
#[test]
fn in_turn_is_erlang_arrivals() {
    for load in LOADS {
        for n in [2, 3] {
            let rate = f64::from(n) * load;
            let sigma = (0..20_000).fold(0.0, |sigma, _| (rate / (rate + 1.0 - sigma)).powi(n));
            for strategy in [StrategyName::RoundRobin, StrategyName::Weighted] {
                let speeds = vec![1; n as usize];
                assert_near(mean(strategy, &speeds, load), 1.0 / (1.0 - sigma));
            }
        }
    }
}

/// One entry of the table more or less: shares of 32,768 and 32,769 in 65,537.
#[test]
fn maglev_is_a_random_split_by_its_table() {
    let load = 0.9;
    let shares = [32_768.0, 32_769.0].map(|entries| entries / 65_537.0);
    let queue = |share: f64| share / (1.0 - 2.0 * load * share);
    let exact: f64 = shares.into_iter().map(queue).sum();
    assert_near(mean(StrategyName::Maglev, &[1, 1], load), exact);
}

/// Two queues, the shorter joined: 5.475 at 0.9 (Adan, Wessels, Zijm 1990 give the law). Two distinct choices of two are
/// the same, also with weights.
#[test]
fn the_shorter_of_two_queues() {
    let response = mean(StrategyName::LeastConnections, &[1, 1], 0.9);
    assert!((response - 5.475).abs() < 5e-4, "{response}");
    for speeds in [[1, 1], [1, 2]] {
        let least = mean(StrategyName::LeastConnections, &speeds, 0.9);
        assert_near(mean(StrategyName::TwoChoices, &speeds, 0.9), least);
    }
}

/// Looking at more is better, and nothing beats one queue for all, M/M/c.
#[test]
fn what_is_known_of_the_order() {
    let load: f64 = 0.8;
    let of = |strategy| mean(strategy, &[1, 1, 1], load);
    let offered = 3.0 * load;
    let ways = [1.0, offered, offered * offered / 2.0];
    let waiting = offered * offered * offered / 6.0 / (1.0 - load);
    let together = 1.0 + waiting / (waiting + ways.iter().sum::<f64>()) / (3.0 * (1.0 - load));
    let rising = [
        together,
        of(StrategyName::LeastConnections),
        of(StrategyName::TwoChoices),
        of(StrategyName::JoinIdleQueue),
        of(StrategyName::RoundRobin),
        of(StrategyName::Random),
    ];
    assert!(rising.is_sorted_by(|a, b| a < b), "{rising:?}");
}

#[test]
fn what_is_not_covered_is_refused_with_a_sentence() {
    let covered = smalls().map(|small| small.strategy);
    let mut names: Vec<StrategyName> = covered.chain(not_covered().map(|(name, _)| name)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, StrategyName::ALL);
    for (strategy, why) in not_covered() {
        let small = Small {
            strategy,
            speeds: vec![1, 1],
            load: 0.5,
        };
        assert_eq!(small.solve(), Err(why.to_string()));
    }
}

#[test]
fn an_overloaded_server_is_refused() {
    let small = Small {
        strategy: StrategyName::Random,
        speeds: vec![1, 3],
        load: 0.9,
    };
    let why = small.solve().unwrap_err();
    assert!(why.contains("more than it can serve"), "{why}");
}

/// Chooses the first backend for so many sevenths of all words, which no grid of halves and thirds can tell.
#[derive(Clone, Debug, PartialEq)]
struct Sevenths;

impl Strategy for Sevenths {
    type Index = policy::fleet::NoIndex;

    const ABOUT: About = About {
        name: "sevenths",
        summary: "",
        cost: "",
        keyed: false,
        weighted: false,
        random: true,
    };

    fn new(_: &Options) -> Self {
        Sevenths
    }

    fn pick<V: View, R: Rng>(
        &mut self,
        _: &Request,
        view: &V,
        _: Instant,
        rng: &mut R,
    ) -> Option<BackendId> {
        view.nth_eligible(u32::from(policy::random::below(7, rng) > 2))
    }
}

impl Remembers for Sevenths {
    type Memory = ();

    fn memory(&self) {}

    fn same_but_for_memory(&self, other: &Self) -> bool {
        self == other
    }
}

#[test]
fn draws_that_the_grid_cannot_tell_are_refused() {
    let why = Oracle::<Sevenths>::new(&[1, 1]).check().unwrap_err();
    assert!(why.contains("not to be enumerated"), "{why}");
    Oracle::<Random>::new(&[1, 1]).check().unwrap();
}

/// Of one queue, where the tail is geometric from the beginning, exactly.
#[test]
fn the_tail_makes_up_for_what_is_cut_off() {
    let load: f64 = 0.8;
    // M/M/1, cut where one in a thousand is.
    let cut = 30;
    let p: Vec<f64> = (0..=cut).map(|k| load.powi(k)).collect();
    let sum: f64 = p.iter().sum();
    let mean: f64 = p.iter().zip(0..).map(|(p, k)| p / sum * f64::from(k)).sum();
    let whole = joint::with_tail(mean, p[30] / sum, 30, load);
    assert!((whole - load / (1.0 - load)).abs() < 1e-12, "{whole}");
}
