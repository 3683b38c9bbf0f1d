//! Clients that wait for an answer before they send again.

use evenkeel_tests::exact::machine_repair;
use evenkeel_tests::measure::{Plan, busy_servers, replicate, replicate_one, response, throughput};
use evenkeel_tests::setup::{EXPONENTIAL, UNIT_SECONDS, closed, fifo};
use evenkeel_tests::verdict::agrees;
use policy::strategy::StrategyName;

/// M/M/c//N, the machine-repair model: X and R from its birth-death chain, where R = N / X - Z. On the output,
/// the interactive response time law X = N / (R + Z) (Denning, Buzen 1978), and its bounds
/// X <= min(N / (1 + Z), c).
fn against_the_chain(clients: u32, think_ms: u32, servers: u32) {
    let think = format!("exp:{think_ms}ms");
    let scenario = closed(fifo(1, servers), clients, &think, EXPONENTIAL);
    let runs = replicate_one(&scenario, Plan::millions(30));
    let think = f64::from(think_ms) * 1e-3 / UNIT_SECONDS;
    let chain = machine_repair(clients, think, servers);
    let exact = chain.mean(|n| n.min(f64::from(servers)));
    assert!(exact > 0.8 * f64::from(servers), "utilisation");
    let n = f64::from(clients);
    let name = |of| format!("M/M/{servers}//{clients}, Z = {think}: {of}");
    agrees(&name("X"), runs.iter().map(throughput), exact);
    agrees(&name("R"), runs.iter().map(response), n / exact - think);
    agrees(&name("busy"), runs.iter().map(busy_servers), exact);
    let law = runs
        .iter()
        .map(|run| throughput(run) * (response(run) + think));
    agrees(&name("X (R + Z)"), law, n);
    let bound = f64::min(n / (1.0 + think), f64::from(servers));
    let mean = runs.iter().map(throughput).sum::<f64>() / runs.len() as f64;
    assert!(mean <= bound, "X = {mean}, at most {bound}");
}

#[test]
fn one_server() {
    against_the_chain(12, 100, 1);
}

#[test]
fn several_servers() {
    against_the_chain(40, 80, 4);
}

/// Nothing is left to chance: constant service and thinking, more clients than fit. All servers are always busy, so
/// X = c and R = N / c - Z, to the nanosecond on average.
#[test]
fn saturated_and_constant() {
    for (backends, servers) in [(1, 1), (1, 3), (3, 1)] {
        let scenario = closed(fifo(backends, servers), 24, "const:20ms", "const:10ms");
        let plan = Plan {
            replications: 1,
            warmup: 2_400,
            measured: 240_000,
        };
        let run = &replicate(&scenario, StrategyName::RoundRobin, plan)[0];
        let c = backends as f64 * f64::from(servers);
        let exact = 24.0 / c - 2.0;
        assert!(
            (response(run) - exact).abs() < 1e-9,
            "{} and {exact}",
            response(run)
        );
        // The last clients' answers are waited for.
        assert!(
            (throughput(run) / c - 1.0).abs() < 24.0 / 240_000.0,
            "{}",
            throughput(run)
        );
    }
}
