//! M/G/1, first come, first served.

use evenkeel_tests::exact::pollaczek_khinchine;
use evenkeel_tests::measure::{Plan, replicate_one, wait};
use evenkeel_tests::setup::{fifo, open};
use evenkeel_tests::verdict::agrees;

/// Pollaczek-Khinchine: E\[W\] = rho (1 + C^2) / (2 (1 - rho)), at 0.8.
fn against_pollaczek_khinchine(service: &str, scv: f64, plan: Plan) {
    let load = 0.8;
    let runs = replicate_one(&open(fifo(1, 1), "poisson", service, load), plan);
    let name = format!("M/G/1 0.8, {service}: E[W]");
    agrees(&name, runs.iter().map(wait), pollaczek_khinchine(load, scv));
}

#[test]
fn constant() {
    against_pollaczek_khinchine("const:10ms", 0.0, Plan::millions(30));
}

#[test]
fn erlang() {
    against_pollaczek_khinchine("erlang:10ms,k=4", 0.25, Plan::millions(40));
}

/// Variance over squared mean: (10 ms)^2 / 12 over (10 ms)^2.
#[test]
fn uniform() {
    against_pollaczek_khinchine("uniform:5ms..15ms", 1.0 / 12.0, Plan::millions(40));
}

#[test]
fn hyperexponential() {
    against_pollaczek_khinchine("hyperexp:10ms,cv=2", 4.0, Plan::millions(80));
}

/// Mean 0.9 x 5 + 0.1 x 55 = 10 ms, variance 0.09 x (50 ms)^2 = 2.25 x (10 ms)^2.
#[test]
fn bimodal() {
    against_pollaczek_khinchine("bimodal:5ms,p=0.9,55ms", 2.25, Plan::millions(60));
}

/// The tail is heavy: the variance of the mean wait hangs on the fourth moment, 15,625 against the exponential's 24.
#[test]
fn lognormal() {
    against_pollaczek_khinchine("lognormal:10ms,cv=2", 4.0, Plan::millions(200));
}
