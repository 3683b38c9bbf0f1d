//! Outcomes made by hand.

use policy::time::Duration;
use serde_json::json;

use super::Echo;
use crate::outcome::{
    BackendResult, COMPLETED_SHARE, Comparison, Fairness, Incidents, MEAN_RESPONSE, Outcome,
    ResponseTime, StrategyResult, WaitTime,
};
use crate::probe::{Failed, Histogram};

pub(super) fn echo() -> Echo {
    Echo {
        version: "0.1.0".to_string(),
        seed: 7,
        scenario: json!({ "fleet": { "weights": [1, 2, 3] } }),
        headline: "3 backends, load 0.8".to_string(),
    }
}

/// Nothing was simulated.
pub(super) fn empty() -> Outcome {
    Outcome {
        results: Vec::new(),
        comparisons: Vec::new(),
        triggers: Vec::new(),
        notes: Vec::new(),
        interrupted: false,
    }
}

/// Three strategies over backends of weights 1, 2 and 3, asked for in another order than they rank.
pub(super) fn outcome() -> Outcome {
    let mut outcome = Outcome {
        results: vec![
            result("random", 25e-3, &[0.8, 1.1, 1.0]),
            result("least-connections", 10e-3, &[1.0, 1.0, 1.0]),
            result("two-choices", 10.02e-3, &[0.97, 1.0, 1.01]),
        ],
        comparisons: vec![
            mean("random", "least-connections", -15e-3, Some(0.5e-3)),
            mean("random", "two-choices", -14.98e-3, Some(0.5e-3)),
            mean("least-connections", "two-choices", 0.02e-3, Some(0.1e-3)),
        ],
        triggers: Vec::new(),
        notes: vec!["The offered load is near one.".to_string()],
        interrupted: false,
    };
    outcome.results[0].failed = Failed {
        timeout: 1_000,
        ..Failed::default()
    };
    outcome.results[0].completed -= 1_000;
    outcome
}

/// Two variants of one strategy: without a budget for retries a third of the requests is lost for good.
pub(super) fn varied() -> Outcome {
    let mut without = result("two-choices", 1.0, &[1.0, 1.0]);
    without.variant = Some("without a budget".to_string());
    without.failed = Failed {
        timeout: 30_000,
        refused: 7_200,
        ..Failed::default()
    };
    without.completed -= without.failed.total();
    without.incidents = Some(Incidents {
        attempts: 342_000,
        attempts_per_request: 3.42,
        lost: 37_200,
        wasted_seconds: 400.0,
        wasted_share: 0.44,
        unrecovered_replications: 10,
        verdict: "It stays bad after the fault is gone.".to_string(),
        ..Incidents::default()
    });
    let mut with = result("two-choices", 0.1, &[1.0, 1.0]);
    with.variant = Some("with a budget".to_string());
    with.incidents = Some(Incidents {
        attempts: 104_000,
        attempts_per_request: 1.04,
        recovery_seconds: Some(2.1),
        ..Incidents::default()
    });
    let mut outcome = Outcome {
        results: vec![without, with],
        ..empty()
    };
    outcome.comparisons = compared(&outcome, COMPLETED_SHARE, 0.372, Some(0.009));
    let means = compared(&outcome, MEAN_RESPONSE, -0.9, Some(0.05));
    outcome.comparisons.extend(means);
    outcome
}

/// The first two results of `outcome`, in one metric.
pub(super) fn compared(
    outcome: &Outcome,
    metric: &'static str,
    difference: f64,
    ci95: Option<f64>,
) -> Vec<Comparison> {
    let [a, b] = [&outcome.results[0], &outcome.results[1]];
    vec![Comparison {
        metric,
        a_variant: a.variant.clone(),
        b_variant: b.variant.clone(),
        ..mean(&a.strategy, &b.strategy, difference, ci95)
    }]
}

/// Nobody was answered, and sums of nothing were divided by nothing.
pub(super) fn unknown() -> Outcome {
    let mut nobody = result("random", 1.0, &[0.0, 0.0]);
    nobody.response_time_seconds = ResponseTime::default();
    nobody.wait_time_seconds = WaitTime::default();
    nobody.responses = Histogram::default();
    nobody.completed = 0;
    nobody.throughput_per_second = f64::NAN;
    nobody.fairness.jain = f64::NAN;
    nobody.fairness.max_over_mean = f64::INFINITY;
    for backend in &mut nobody.backends {
        backend.share = f64::NAN;
        backend.utilization = f64::INFINITY;
        backend.mean_in_system = f64::NAN;
    }
    Outcome {
        results: vec![nobody],
        ..empty()
    }
}

/// `mean` seconds of exponential response times; shares relative to weights 1, 2, 3 ...
pub(super) fn result(strategy: &str, mean: f64, relative: &[f64]) -> StrategyResult {
    let responses = exponential(mean);
    let at = |quantile| responses.quantile(quantile);
    StrategyResult {
        variant: None,
        strategy: strategy.to_string(),
        replications: 10,
        requests: 100_000,
        warmup_discarded: 0,
        settled: true,
        completed: 100_000,
        failed: Failed::default(),
        duration_seconds: 100.0,
        throughput_per_second: 1_000.0,
        response_time_seconds: ResponseTime {
            mean: Some(mean),
            mean_ci95: Some(mean * 0.004),
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p99_ci95: Some(mean * 0.02),
            p999: at(0.999),
            max: at(1.0),
        },
        wait_time_seconds: WaitTime {
            mean: Some(mean / 2.0),
            mean_ci95: Some(mean * 0.004),
            p99: Some(mean * 3.0),
        },
        fairness: Fairness {
            jain: 0.9876,
            max_over_mean: 1.1,
            max_share_error: 0.03,
        },
        backends: backends(relative),
        events: 200_000,
        trace_hash: "0123456789abcdef".to_string(),
        incidents: None,
        series: None,
        responses,
        timeline: None,
    }
}

pub(super) fn mean(a: &str, b: &str, difference: f64, ci95: Option<f64>) -> Comparison {
    Comparison {
        metric: MEAN_RESPONSE,
        a: a.to_string(),
        a_variant: None,
        b: b.to_string(),
        b_variant: None,
        difference,
        ci95,
        significant: ci95.is_some_and(|half| half < difference.abs()),
    }
}

fn backends(relative: &[f64]) -> Vec<BackendResult> {
    let weights = (relative.len() * (relative.len() + 1) / 2) as f64;
    let backend = |(id, relative): (u32, &f64)| {
        let weight = f64::from(id + 1);
        let share = relative * weight / weights;
        BackendResult {
            id,
            weight,
            speed: 1.0,
            requests: (share * 100_000.0) as u64,
            share,
            utilization: 0.8 * relative,
            mean_in_system: 4.0 * relative,
        }
    };
    (0..).zip(relative).map(backend).collect()
}

/// Quantiles of the exponential distribution, evenly apart.
fn exponential(mean: f64) -> Histogram {
    let mut histogram = Histogram::default();
    const N: u32 = 100_000;
    for at in 0..N {
        let quantile = (f64::from(at) + 0.5) / f64::from(N);
        histogram.record(Duration((-libm::log(1.0 - quantile) * mean * 1e9) as u64));
    }
    histogram
}
