//! A backend that comes back is brought up to its share in steps.

use evenkeel_tests::setup::{faulty, fifo, open, operated};
use policy::strategy::StrategyName;
use policy::time::Duration;
use policy::{health, slow_start};
use sim::operations::{BackendControls, Operations};
use sim::probe::{Segments, Span};
use sim::run::run;
use sim::world::Oversight;

const STEP_SECONDS: f64 = 10.0;
const REQUESTS: u64 = 45_000;

/// Weighted random over four backends, one of which crashes twice and is found again by its probes a moment after it is
/// back: in step k of ten its share is f / (f + 3) for f = k/10, from the tenth it begins with; requests are independent,
/// so those it gets are binomial. Under 3.3 standard deviations in each step is 99.9 %.
#[test]
fn every_recovery_climbs_the_ramp() {
    // 320 a second, evenly: 3,200 a step.
    let mut scenario = open(fifo(4, 1), "even", "const:10ms", 0.8);
    let probes = health::active::Options {
        interval: Duration::from_millis(1),
        timeout: Duration::from_millis(1),
        rise: 1,
        fall: 1,
        ..health::active::Options::default()
    };
    let ramp = slow_start::Options {
        duration: Duration::from_seconds(9.0 * STEP_SECONDS),
        steps: 9,
        ..slow_start::Options::default()
    };
    let operations = Operations {
        faults: faulty("crash:0@5s+5s,crash:0@25s+5s"),
        backends: BackendControls {
            probes: Some(health::active::Config::new(probes).expect("probes")),
            slow_start: Some(slow_start::Config::new(ramp).expect("a ramp")),
            ..BackendControls::default()
        },
        ..Operations::default()
    };
    scenario.effort.timeline = REQUESTS as usize;
    scenario.effort.requests = REQUESTS;
    let scenario = operated(scenario, operations);
    let segments = Segments::fixed(0, 4);
    let oversight = Oversight::default();
    let recorded = run(
        &scenario,
        StrategyName::WeightedRandom,
        0,
        segments,
        &oversight,
    );
    let timeline = recorded.timeline.expect("a timeline");
    // The first ramp is interrupted in its second step, the second begins anew.
    let first = [(10.0, 0.1), (20.0, 0.2)];
    let second = (0..10).map(|step| {
        (
            30.0 + STEP_SECONDS * f64::from(step),
            f64::from(step + 1) / 10.0,
        )
    });
    for (begins, factor) in first.into_iter().chain(second) {
        let ends = begins + if begins == 20.0 { 5.0 } else { STEP_SECONDS };
        // A millisecond or two pass until a probe finds it.
        let within = begins + 0.01..ends;
        let sent = |span: &&Span| within.contains(&(span.arrived.0 as f64 / 1e9));
        let spans: Vec<&Span> = timeline.spans().iter().filter(sent).collect();
        let all = spans.len() as f64;
        let to_it = spans.iter().filter(|span| span.slot == Some(0)).count() as f64;
        let share = factor / (factor + 3.0);
        let deviation = (all * share * (1.0 - share)).sqrt();
        println!(
            "from {begins:>5} s: {to_it:>6} of {all}, expected {:>8.1}",
            all * share
        );
        assert!(all > 1_000.0 && (to_it - all * share).abs() < 3.3 * deviation);
    }
}
