//! The power of two choices in a large fleet.

use evenkeel_tests::measure::{Plan, response};
use evenkeel_tests::setup::{UNIT_SECONDS, fifo, markovian};
use evenkeel_tests::verdict::{interval_999, is_positive};
use policy::strategy::StrategyName;
use policy::time::{Duration, Instant};
use sim::probe::{Segments, Tally};
use sim::scenario::{Scenario, Traffic};
use sim::world::Oversight;
use workload::stream::{Purpose, Stream};

const LOAD: f64 = 0.9;

/// T = sum over i >= 1 of load^{2^i - 2}, 2.6141 at 0.9, in the limit of endlessly many backends (Mitzenmacher 2001,
/// Vvedenskaya, Dobrushin, Karpelevich 1996). With n it lies above that by about c / n (Gast 2017): the excess at
/// 100 is ten times that at 1,000. Intervals at 99.9 %: both excesses are above zero, and the ratio's interval, from
/// the ends of theirs, contains 10 and lies between 5 and 20.
#[test]
fn the_excess_over_the_limit_falls_as_one_over_n() {
    let limit: f64 = (1..12).map(|i| LOAD.powi((1 << i) - 2)).sum();
    assert!((limit - 2.6141).abs() < 5e-5);
    let plan = |requests| Plan {
        replications: 40,
        warmup: requests / 10,
        measured: requests,
    };
    let small = excess(100, limit, plan(2_000_000));
    let large = excess(1_000, limit, plan(6_000_000));
    is_positive(
        "two-choices over 100, 0.9: E[T] - limit",
        small.iter().copied(),
    );
    is_positive(
        "two-choices over 1000, 0.9: E[T] - limit",
        large.iter().copied(),
    );
    let (small, large) = (interval_999(&small), interval_999(&large));
    let least = (small.mean - small.half_width) / (large.mean + large.half_width);
    let most = (small.mean + small.half_width) / (large.mean - large.half_width);
    println!(
        "ratio of the excesses: {:.2}, {least:.2} to {most:.2}",
        small.mean / large.mean
    );
    assert!(5.0 < least && least < 10.0 && 10.0 < most && most < 20.0);
}

/// Mean response times less the limit, with the realised load as a control variate: it is known, its mean is
/// known, and most of the variance comes from it (Law 2015, section 11.4).
fn excess(backends: usize, limit: f64, plan: Plan) -> Vec<f64> {
    let mut scenario = markovian(fifo(backends, 1), LOAD);
    scenario.effort.requests = plan.warmup + plan.measured;
    let (found, loads): (Vec<f64>, Vec<f64>) = (0..plan.replications)
        .map(|replication| {
            let realised = Realised::of(&scenario, replication, plan);
            let run = simulated(&scenario, replication, plan);
            assert_eq!(
                run.duration, realised.span,
                "the same arrivals are looked at"
            );
            (
                response(&run) / realised.mean_demand - limit,
                realised.load(),
            )
        })
        .unzip();
    let slope = covariance(&loads, &found) / covariance(&loads, &loads);
    let backends = backends as f64;
    let adjusted = |(found, load): (&f64, &f64)| found - slope * (load - LOAD * backends);
    found.iter().zip(&loads).map(adjusted).collect()
}

fn simulated(scenario: &Scenario, replication: u32, plan: Plan) -> Tally {
    let segments = Segments::fixed(plan.warmup, scenario.fleet.len());
    let strategy = StrategyName::TwoChoices;
    let recorded = sim::run::run(
        scenario,
        strategy,
        replication,
        segments,
        &Oversight::default(),
    );
    recorded.after(plan.warmup)
}

/// What chance brought of the measured requests, in mean services.
struct Realised {
    span: Duration,
    mean_gap: f64,
    mean_demand: f64,
}

impl Realised {
    fn of(scenario: &Scenario, replication: u32, plan: Plan) -> Realised {
        let Traffic::Open {
            arrivals,
            rate,
            service,
        } = &scenario.traffic
        else {
            unreachable!("an open loop")
        };
        let stream = |purpose| Stream::new(scenario.seed, replication, purpose);
        let mut process = arrivals
            .process(*rate, stream(Purpose::Arrivals))
            .expect("arrivals");
        let times: Vec<Instant> = (0..plan.warmup + plan.measured)
            .filter_map(|_| process.next())
            .collect();
        let (began, last) = (times[plan.warmup as usize], times[times.len() - 1]);
        let (sampler, demands) = (service.sampler(), stream(Purpose::Demands));
        let measured = plan.warmup..plan.warmup + plan.measured;
        let demand: u64 = measured
            .map(|number| sampler.sample(&mut demands.at(number)).0)
            .sum();
        Realised {
            span: last - began,
            mean_gap: (last - began).as_seconds() / (plan.measured - 1) as f64 / UNIT_SECONDS,
            mean_demand: demand as f64 * 1e-9 / plan.measured as f64 / UNIT_SECONDS,
        }
    }

    /// Backends' worth of work that came.
    fn load(&self) -> f64 {
        self.mean_demand / self.mean_gap
    }
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let products = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b));
    products.sum::<f64>() / (a.len() - 1) as f64
}
