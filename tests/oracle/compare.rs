//! Both engines side by side.

use evenkeel_tests::measure::everything;
use policy::strategy::StrategyName;
use sim::probe::{Segments, Tally};
use sim::run::run;
use sim::scenario::Scenario;
use sim::world::Oversight;

use crate::lindley::{Answer, Summary};

/// The simulator's `replication` of `scenario` has these `answers`: request by request where it keeps them one by one,
/// and sums, counts, extremes and every quantile anyway.
pub(crate) fn agree(
    scenario: &Scenario,
    strategy: StrategyName,
    replication: u32,
    mut answers: Vec<Answer>,
) {
    let what = format!(
        "{strategy}, replication {replication}, {:?}",
        scenario.fleet
    );
    let backends = scenario.fleet.len();
    let (segments, oversight) = (Segments::fixed(0, backends), Oversight::default());
    let mut recorded = run(scenario, strategy, replication, segments, &oversight);
    if let Some(timeline) = recorded.timeline.take() {
        answers.sort_unstable();
        let mut simulated: Vec<Answer> = timeline.spans().iter().map(answer).collect();
        simulated.sort_unstable();
        assert_eq!(simulated.len(), answers.len(), "{what}");
        for (simulated, recursed) in simulated.iter().zip(&answers) {
            assert_eq!(simulated, recursed, "{what}");
        }
    }
    let tally = everything(recorded, backends);
    let expected = Summary::of(&answers, backends);
    let first = answers.iter().map(|answer| answer.arrived).min();
    let last = answers.iter().map(Answer::departed).max();
    assert_eq!(
        Some(tally.duration),
        last.zip(first).map(|(last, first)| last - first),
        "{what}"
    );
    for share in [0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0] {
        assert_eq!(
            tally.response.quantile(share),
            expected.responses.quantile(share),
            "{what}"
        );
        assert_eq!(
            tally.wait.quantile(share),
            expected.waits.quantile(share),
            "{what}"
        );
    }
    assert_eq!(summary(tally), expected, "{what}");
}

fn answer(span: &sim::probe::Span) -> Answer {
    Answer {
        arrived: span.arrived,
        slot: span.slot.expect("nobody was turned away"),
        response: span.response,
        service: span.service,
    }
}

fn summary(tally: Tally) -> Summary {
    assert_eq!(tally.failed.total(), 0);
    Summary {
        requests: tally
            .backends
            .iter()
            .map(|backend| backend.requests)
            .collect(),
        busy_ns: tally
            .backends
            .iter()
            .map(|backend| backend.busy_ns)
            .collect(),
        responses: tally.response,
        waits: tally.wait,
        response_ns: tally.response_ns,
        wait_ns: tally.wait_ns,
    }
}
