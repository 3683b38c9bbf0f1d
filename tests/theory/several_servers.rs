//! M/M/c: one queue, several servers.

use evenkeel_tests::exact::ErlangC;
use evenkeel_tests::measure::{
    Plan, busy_servers, replicate_one, response, share_above, share_positive, wait,
};
use evenkeel_tests::setup::{fifo, markovian};
use evenkeel_tests::verdict::agrees;

/// Erlang C: P(W > 0) = C(c, a), E\[W\] = C / (c - a), P(W > t) = C e^{-(c - a) t}.
fn against_erlang(servers: u32, offered: f64, plan: Plan) {
    let load = offered / f64::from(servers);
    let runs = replicate_one(&markovian(fifo(1, servers), load), plan);
    let exact = ErlangC::new(servers, offered);
    let name = |what| format!("M/M/{servers}, a = {offered}: {what}");
    agrees(&name("E[W]"), runs.iter().map(wait), exact.wait());
    agrees(&name("E[T]"), runs.iter().map(response), exact.response());
    agrees(
        &name("busy servers"),
        runs.iter().map(busy_servers),
        offered,
    );
    let delayed = runs.iter().map(|run| share_positive(&run.wait));
    agrees(&name("P(W > 0)"), delayed, exact.delayed);
    let time = 1.0 / (f64::from(servers) - offered);
    let longer = runs.iter().map(|run| share_above(&run.wait, time));
    agrees(
        &name("P(W > 1 / (c - a))"),
        longer,
        exact.wait_exceeds(time),
    );
}

#[test]
fn ten_servers() {
    against_erlang(10, 8.0, Plan::millions(60));
}

#[test]
fn twelve_servers() {
    against_erlang(12, 10.8, Plan::millions(150));
}
