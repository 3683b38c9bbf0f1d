//! Clients that give up.

use evenkeel_tests::exact::Impatience;
use evenkeel_tests::measure::{Plan, busy_servers, replicate_one, response, timed_out};
use evenkeel_tests::setup::{UNIT_SECONDS, fifo, markovian, open, sharing};
use evenkeel_tests::verdict::agrees;
use policy::time::Duration;

/// M/M/1 with constant patience, where a service that began is finished in vain: see [`Impatience`].
fn against_theory(load: f64, patience: f64) {
    let mut scenario = markovian(fifo(1, 1), load);
    scenario.timeout = Some(Duration::from_seconds(patience * UNIT_SECONDS));
    let plan = Plan::millions(25);
    let runs = replicate_one(&scenario, plan);
    let exact = Impatience::new(load, patience);
    let name = |of| format!("M/M/1+D {load}, patience {patience}: {of}");
    agrees(
        &name("timed out"),
        runs.iter().map(timed_out),
        exact.timed_out(),
    );
    agrees(
        &name("E[T] of the others"),
        runs.iter().map(response),
        exact.response(),
    );
    agrees(
        &name("utilisation"),
        runs.iter().map(busy_servers),
        exact.utilization(),
    );
    for run in runs {
        assert_eq!(run.requests(), plan.measured);
        assert!(run.response.max() <= Duration::from_seconds(patience * UNIT_SECONDS));
    }
}

#[test]
fn at_high_load() {
    against_theory(0.9, 6.0);
}

#[test]
fn above_capacity() {
    against_theory(1.2, 4.0);
}

/// A shared processor does not notice who left: the work is that without timeouts, so utilisation stays the load, and
/// a timeout is a response that would have taken longer than the patience.
#[test]
fn sharing_goes_on_as_before() {
    let load = 0.8;
    let patient = markovian(sharing(1, 1), load);
    let mut hasty = patient.clone();
    let patience = Duration::from_seconds(8.0 * UNIT_SECONDS);
    hasty.timeout = Some(patience);
    let plan = Plan::millions(5);
    let runs = replicate_one(&patient, plan)
        .into_iter()
        .zip(replicate_one(&hasty, plan));
    for (patient, hasty) in runs {
        let longer = patient
            .response
            .buckets()
            .filter(|(longest, _)| *longest > patience.as_seconds());
        let longer: u64 = longer.map(|(_, count)| count).sum();
        // Of the bucket that the patience falls into, 0.8 % wide, either part may be longer.
        let off = hasty.failed.timeout.abs_diff(longer);
        assert!(
            off as f64 <= 0.01 * longer as f64,
            "{longer} and {off} more or less"
        );
        assert_eq!(patient.backends[0].busy_ns, hasty.backends[0].busy_ns);
        assert_eq!(hasty.requests(), plan.measured);
    }
}

/// An answer in the very nanosecond in which patience ends is in time; a nanosecond less of patience, and none is.
#[test]
fn an_answer_at_the_last_moment_counts() {
    let plan = Plan {
        replications: 1,
        warmup: 0,
        measured: 1_000,
    };
    for (patience, failed) in [(10_000_000, 0), (9_999_999, 1_000)] {
        for fleet in [fifo(1, 1), fifo(1, 2), sharing(1, 1)] {
            let mut scenario = open(fleet, "even", "const:10ms", 0.4);
            scenario.timeout = Some(Duration(patience));
            let run = &replicate_one(&scenario, plan)[0];
            assert_eq!(run.failed.timeout, failed);
        }
    }
}
