//! Dealing out requests, and testing counts.

use evenkeel_tests::setup::{fifo, open};
use policy::strategy::StrategyName;
use sim::probe::{Segments, Span};
use sim::run::run;
use sim::scenario::Scenario;
use sim::world::Oversight;

/// Backends of these weights, and as fast, under half of their load: only placement matters here.
pub(crate) fn fleet_of(weights: &[f64]) -> Scenario {
    let mut fleet = fifo(weights.len(), 1);
    fleet.weights = weights.to_vec();
    fleet.speeds = weights.to_vec();
    open(fleet, "even", "const:10ms", 0.5)
}

/// How many of `requests` each backend gets.
pub(crate) fn counts(scenario: &Scenario, strategy: StrategyName, requests: u64) -> Vec<u64> {
    let mut scenario = scenario.clone();
    scenario.effort.requests = requests;
    let segments = Segments::fixed(0, scenario.fleet.len());
    let recorded = run(&scenario, strategy, 0, segments, &Oversight::default());
    let tally = recorded.after(0);
    tally
        .backends
        .iter()
        .map(|backend| backend.requests)
        .collect()
}

/// Each of `requests`, in the order of sending.
pub(crate) fn spans(scenario: &Scenario, strategy: StrategyName, requests: u64) -> Vec<Span> {
    let mut scenario = scenario.clone();
    scenario.effort.requests = requests;
    scenario.effort.timeline = requests as usize;
    let segments = Segments::fixed(0, scenario.fleet.len());
    let recorded = run(&scenario, strategy, 0, segments, &Oversight::default());
    let mut spans = recorded
        .timeline
        .expect("it was asked for")
        .spans()
        .to_vec();
    spans.sort_by_key(|span| span.arrived);
    spans
}

/// `counts` are what chance makes of `shares`: Pearson's chi-square does not exceed its 99.9 % quantile
/// (Wilson-Hilferty), with `allowance` for shares that are themselves only nearly so.
pub(crate) fn is_chance(what: &str, counts: &[u64], shares: &[f64], allowance: f64) {
    let total = counts.iter().sum::<u64>() as f64;
    let all: f64 = shares.iter().sum();
    let term = |(&count, share): (&u64, &f64)| {
        let expected = total * share / all;
        (count as f64 - expected) * (count as f64 - expected) / expected
    };
    let chi_square: f64 = counts.iter().zip(shares).map(term).sum();
    let degrees = (counts.len() - 1) as f64;
    let part = 2.0 / (9.0 * degrees);
    let most = degrees * (1.0 - part + 3.090_232 * part.sqrt()).powi(3);
    println!("{what:<40} chi-square {chi_square:>8.2}, at most {most:.2} + {allowance:.2}");
    assert!(chi_square < most + allowance, "{what}: {chi_square}");
}
