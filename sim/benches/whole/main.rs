//! Whole processes, side by side: the `sim` binary against a hand-written loop and against `simcore` on W1 (open
//! loop, Poisson, 16 or 10,000 FIFO single servers, exponential service, load 0.9, one replication, one
//! thread), the latter as it is meant to be used and with every short cut; two replications on two threads against two processes; and memory.
//!
//!     cargo bench -p sim --bench whole -- [--requests 10M] [--rounds 7] [--only w1|simcore|jobs|memory]
//!
//! Machines are noisy: the runs alternate, and what is reported is the median of the ratios of neighbours.

mod measure;
mod reference;
mod simcore;
mod simcore_lean;

use std::process::ExitCode;

use measure::{Run, Side, compare, ratios};

const STRATEGIES: [&str; 4] = ["random", "round-robin", "two-choices", "least-connections"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [engine, strategy, backends, requests] = arguments.as_slice() {
        return as_engine(engine, strategy, backends, requests);
    }
    let requests = option(&arguments, "--requests").unwrap_or(10_000_000);
    let rounds = option(&arguments, "--rounds").unwrap_or(7) as usize;
    let only = arguments
        .iter()
        .position(|argument| argument == "--only")
        .map(|at| arguments[at + 1].clone());
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("w1") {
        against("reference", &[16, 10_000], requests, rounds);
    }
    if wanted("simcore") {
        against("simcore", &[16], requests / 5, rounds);
        against("simcore-lean", &[16], requests / 5, rounds);
    }
    if wanted("jobs") {
        jobs(requests, rounds);
    }
    if wanted("memory") {
        memory(requests);
    }
    ExitCode::SUCCESS
}

/// This program as one of the engines that `sim` is measured against.
fn as_engine(engine: &str, strategy: &str, backends: &str, requests: &str) -> ExitCode {
    let (Ok(backends), Ok(requests)) = (backends.parse(), requests.parse()) else {
        return ExitCode::from(2);
    };
    let result = match engine {
        "reference" => reference::simulate(strategy, backends, requests),
        "simcore" => simcore::simulate(strategy, backends, requests),
        "simcore-lean" => simcore_lean::simulate(strategy, backends, requests),
        _ => None,
    };
    let Some((mean, p99)) = result else {
        return ExitCode::from(2);
    };
    println!("mean {mean:.6} s, p99 {p99:.6} s");
    ExitCode::SUCCESS
}

fn option(arguments: &[String], name: &str) -> Option<u64> {
    let at = arguments.iter().position(|argument| argument == name)?;
    workload::quantity::parse_count(arguments.get(at + 1)?).ok()
}

fn sim(strategy: &str, backends: u32, requests: u64) -> Run {
    let [backends, requests] = [u64::from(backends), requests].map(|n| n.to_string());
    Run::new(env!("CARGO_BIN_EXE_sim"))
        .arguments([
            "--strategy",
            strategy,
            "--backends",
            &backends,
            "--load",
            "0.9",
        ])
        .arguments([
            "--requests",
            &requests,
            "--replications",
            "1",
            "--jobs",
            "1",
            "--format",
            "json",
        ])
}

fn engine(name: &str, strategy: &str, backends: u32, requests: u64) -> Run {
    let this = std::env::current_exe().expect("this program has a path");
    let [backends, requests] = [u64::from(backends), requests].map(|n| n.to_string());
    Run::new(this).arguments([name, strategy, &backends, &requests])
}

fn against(other: &str, fleets: &[u32], requests: u64, rounds: usize) {
    println!(
        "\nW1 with {requests} requests: CPU of `sim` and of {other}, ns a request; ratio, median of {rounds} pairs"
    );
    for &backends in fleets {
        for strategy in STRATEGIES {
            let ours = sim(strategy, backends, requests);
            let theirs = engine(other, strategy, backends, requests);
            let pairs = compare(&Side::One(ours), &Side::One(theirs), rounds);
            let per_request = |pick: fn(&measure::Pair) -> f64| {
                measure::median(pairs.iter().map(pick)) * 1e9 / requests as f64
            };
            let (ours, theirs) = (
                per_request(|pair| pair.0.cpu),
                per_request(|pair| pair.1.cpu),
            );
            let ratio = ratios(&pairs, |cost| cost.cpu);
            println!("{strategy:>18} {backends:>6}  {ours:7.1} {theirs:7.1}   {ratio}");
        }
    }
}

fn jobs(requests: u64, rounds: usize) {
    println!("\ntwo replications with --jobs 2 against two processes of one each: wall time");
    for strategy in STRATEGIES {
        let one = sim(strategy, 16, requests);
        let both = sim(strategy, 16, requests).arguments(["--replications", "2", "--jobs", "2"]);
        let pairs = compare(&Side::One(both), &Side::Two(one.clone(), one), rounds);
        println!("{strategy:>18}  {}", ratios(&pairs, |cost| cost.wall));
    }
}

fn memory(requests: u64) {
    println!("\npeak memory in MB");
    for backends in [16, 10_000] {
        for strategy in STRATEGIES {
            let peak =
                |requests| sim(strategy, backends, requests).measure().peak_bytes as f64 / 1e6;
            let (short, long) = (peak(requests), peak(10 * requests));
            println!(
                "{strategy:>18} {backends:>6}  {short:6.1} at {requests} requests, {long:6.1} at ten times as many"
            );
        }
    }
}
