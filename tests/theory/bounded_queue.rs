//! M/M/c/K: at most K in the system, whoever comes then is turned away.

use evenkeel_tests::exact;
use evenkeel_tests::measure::{Plan, busy_servers, refused, replicate_one, response};
use evenkeel_tests::setup::{fifo, lifo, markovian, sharing};
use evenkeel_tests::verdict::agrees;
use sim::scenario::FleetSpec;

/// The truncated birth-death chain: refused is p_K; of those admitted, E\[T\] = E\[N\] / (rate (1 - p_K)). The order of
/// service changes neither, as it does not look at service times.
fn against_the_chain(what: &str, fleet: FleetSpec, places: u32, load: f64) {
    let servers = fleet.servers;
    let rate = load * f64::from(servers);
    let fleet = FleetSpec {
        queue_limit: Some(places - servers),
        ..fleet
    };
    let runs = replicate_one(&markovian(fleet, load), Plan::millions(25));
    let chain = exact::bounded_queue(servers, places, rate);
    let admitted = rate * (1.0 - chain.full());
    let name = |of| format!("M/M/{servers}/{places} {what}, load {load}: {of}");
    agrees(&name("refused"), runs.iter().map(refused), chain.full());
    let mean = chain.mean(|n| n) / admitted;
    agrees(&name("E[T]"), runs.iter().map(response), mean);
    agrees(&name("busy"), runs.iter().map(busy_servers), admitted);
}

#[test]
fn one_server() {
    against_the_chain("fifo", fifo(1, 1), 8, 0.8);
}

#[test]
fn several_servers() {
    against_the_chain("fifo", fifo(1, 4), 12, 0.9);
}

#[test]
fn above_capacity() {
    against_the_chain("fifo", fifo(1, 4), 10, 1.2);
}

#[test]
fn last_come_first_served_above_capacity() {
    against_the_chain("lifo", lifo(1, 1), 6, 1.2);
}

#[test]
fn shared_cores_above_capacity() {
    against_the_chain("sharing", sharing(1, 2), 8, 1.1);
}

/// No place to wait: Erlang's loss system M/M/c/c, where B(c, a) are refused.
#[test]
fn nowhere_to_wait() {
    against_the_chain("fifo", fifo(1, 8), 8, 0.9);
}
