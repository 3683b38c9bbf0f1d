//! The number of threads, and running again, change no bit of the outcome.

use std::num::NonZeroUsize;

use evenkeel_tests::setup::{closed, fifo, markovian, open, sharing};
use policy::strategy::StrategyName;
use policy::time::Duration;
use sim::accept::Knowledge;
use sim::outcome::Outcome;
use sim::scenario::{Effort, Scenario, Warmup};
use sim::study::simulate;
use sim::world::Oversight;

/// All strategies, with a number of replications that follows from the results.
fn study(scenario: Scenario) -> Scenario {
    Scenario {
        strategies: StrategyName::ALL.to_vec(),
        effort: Effort {
            requests: 20_000,
            warmup: Warmup::Auto,
            replications: 3,
            precision: Some(0.05),
            timeline: 100,
        },
        ..scenario
    }
}

fn scenarios() -> Vec<Scenario> {
    let mut limited = open(
        fifo(4, 2),
        "bursty:peak=3,share=0.2,cycle=1s",
        "lognormal:10ms,cv=2",
        1.1,
    );
    limited.fleet.queue_limit = Some(5);
    limited.timeout = Some(Duration::from_seconds(0.05));
    let mut boards = markovian(sharing(6, 2), 0.8);
    boards.dispatchers = 3;
    boards.knowledge = Knowledge::Board(Duration::from_seconds(0.002));
    boards.secure_rng = true;
    vec![
        markovian(fifo(5, 1), 0.9),
        closed(fifo(3, 1), 12, "exp:20ms", "hyperexp:10ms,cv=2"),
        limited,
        boards,
    ]
}

/// Every digit that is written, and the whole distribution. Floats are written so that they read back the same.
fn bytes(outcome: &Outcome) -> String {
    let results = serde_json::to_string(&outcome.results).expect("results");
    let comparisons = serde_json::to_string(&outcome.comparisons).expect("comparisons");
    let pictures: Vec<_> = outcome
        .results
        .iter()
        .map(|result| (&result.responses, &result.timeline))
        .collect();
    format!(
        "{results}\n{comparisons}\n{:?}\n{pictures:?}",
        outcome.notes
    )
}

#[test]
fn one_two_and_seven_threads_and_again() {
    for scenario in scenarios().into_iter().map(study) {
        let run = |jobs| {
            let jobs = NonZeroUsize::new(jobs).expect("a thread");
            bytes(&simulate(&scenario, jobs, &Oversight::default()))
        };
        let first = run(1);
        assert!(first.len() > 10_000 && !first.contains("null,\"mean_ci95\""));
        for jobs in [2, 7, 1] {
            assert!(run(jobs) == first, "{jobs} threads: {:?}", scenario.fleet);
        }
    }
}

/// A strategy's result does not depend on which others run beside it.
#[test]
fn alone_or_in_company() {
    let company = study(markovian(fifo(5, 1), 0.9));
    let simulated =
        |scenario: &Scenario| simulate(scenario, NonZeroUsize::MIN, &Oversight::default());
    let all = simulated(&company);
    for (at, &strategy) in StrategyName::ALL.iter().enumerate() {
        let mut alone = company.clone();
        alone.strategies = vec![strategy];
        let alone = serde_json::to_string(&simulated(&alone).results[0]).expect("a result");
        let beside = serde_json::to_string(&all.results[at]).expect("a result");
        assert_eq!(alone, beside);
    }
}
