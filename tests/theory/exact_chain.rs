//! Every strategy whose chain can be enumerated, over two and three servers at a load of 0.9: against the chain that the
//! policy code itself spans (`model::exact`), and that chain against those which are written down by hand.

use evenkeel_tests::exact::{Choice, Pair, Ranks, join_idle, shortest, two_choices};
use evenkeel_tests::measure::{Plan, replicate, response};
use evenkeel_tests::setup::{fifo, markovian};
use evenkeel_tests::verdict::agrees;
use model::exact::{Case, Small, smalls};
use policy::strategy::StrategyName;

/// The simulator's interval is narrower than 2 % of the exact mean, and contains it.
fn against_the_simulator(small: &Small) {
    let exact = small.solve().expect("a covered case").mean_response;
    let mut fleet = fifo(small.speeds.len(), 1);
    fleet.speeds = small.speeds.iter().copied().map(f64::from).collect();
    fleet.weights.clone_from(&fleet.speeds);
    let runs = replicate(&markovian(fleet, small.load), small.strategy, plan(small));
    let name = format!("{} over {:?}, 0.9: E[T]", small.strategy, small.speeds);
    agrees(&name, runs.iter().map(response), exact);
}

/// Queues that are left to chance wander the most.
fn plan(small: &Small) -> Plan {
    match small.strategy {
        StrategyName::Random | StrategyName::WeightedRandom | StrategyName::Maglev => {
            Plan::millions(60)
        }
        _ => Plan::millions(40),
    }
}

/// Every strategy, over unequal servers if it looks at weights.
fn of_servers(servers: usize) {
    let chosen = |small: &Small| {
        let equal = small.speeds.iter().all(|speed| *speed == 1);
        let weighted = small.strategy.about().weighted;
        small.load == 0.9 && small.speeds.len() == servers && equal != weighted
    };
    let cases: Vec<Small> = smalls().filter(chosen).collect();
    assert_eq!(cases.len(), 8);
    cases.iter().for_each(against_the_simulator);
}

#[test]
fn two_servers() {
    of_servers(2);
}

#[test]
fn three_servers() {
    of_servers(3);
}

fn solved(strategy: StrategyName, speeds: &[u32], load: f64) -> Case {
    let small = Small {
        strategy,
        speeds: speeds.to_vec(),
        load,
    };
    small.solve().expect("a covered case")
}

fn against_ranks<const N: usize>(strategy: StrategyName, choice: Choice<N>, longest: u16) {
    let ranks = Ranks {
        load: 0.8,
        choice,
        longest,
    };
    let (asked, written) = (solved(strategy, &[1; N], 0.8), ranks.response());
    let off = (asked.mean_response - written).abs();
    assert!(off < 1e-6, "{asked:?}, by hand {written}");
}

/// What the policy code does, asked one state at a time, is what was written down of it.
#[test]
fn chains_by_hand() {
    against_ranks::<2>(StrategyName::LeastConnections, shortest, 120);
    against_ranks::<3>(StrategyName::LeastConnections, shortest, 50);
    against_ranks::<3>(StrategyName::TwoChoices, two_choices, 50);
    against_ranks::<2>(StrategyName::JoinIdleQueue, join_idle, 120);
    against_ranks::<3>(StrategyName::JoinIdleQueue, join_idle, 60);
    let pair = Pair {
        rate: 0.8 * 3.0,
        speeds: [1.0, 2.0],
        weights: [1, 2],
        longest: 100,
    };
    let written = pair.least_connections_response();
    let asked = solved(StrategyName::LeastConnections, &[1, 2], 0.8);
    let off = (asked.mean_response - written).abs();
    assert!(off < 1e-6, "{asked:?}, by hand {written}");
}
