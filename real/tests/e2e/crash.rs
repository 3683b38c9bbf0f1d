//! Processes that are killed under load take with them what they had in hand, and nothing else.

use std::time::Duration;

use rustix::process::Signal;

use crate::harness::http::Failure;
use crate::harness::load::{Load, Plan, Tally};
use crate::harness::processes::send;
use crate::harness::server::Server;
use crate::harness::{turn, wait};

const CLIENTS: usize = 12;
const KILLS: u64 = 3;

/// Kills the worker that had most to do over and over, each time once it is back, and says what the clients saw.
#[track_caller]
fn killing_one_worker(flags: &[&str], plan: &Plan) -> (Tally, String) {
    let server = Server::start(flags);
    server.until_workers(2);
    let load = Load::on(server.address, plan);
    load.go_on_for(300);
    // Connections stay where they are, and it may be that all are with one.
    let busiest = server
        .workers()
        .into_iter()
        .max_by_key(|worker| worker.requests);
    let victim = busiest.expect("there are two").id;
    for kill in 1..=KILLS {
        load.go_on_for(300);
        kill_worker(&server, &victim);
        wait::until("the worker is back", || {
            server
                .workers()
                .iter()
                .any(|worker| worker.id == victim && worker.ready && worker.restarts == kill)
        });
    }
    load.go_on_for(300);
    (load.stop(), victim)
}

#[track_caller]
fn kill_worker(server: &Server, id: &str) {
    let worker = server
        .workers()
        .into_iter()
        .find(|worker| worker.id == id)
        .expect("it is one of the workers");
    send(worker.pid.expect("it is alive"), Signal::KILL);
}

/// Where a connection belongs to a worker, only those of the killed one are cut, each with its one request in flight.
#[track_caller]
fn only_its_own_are_cut(flags: &[&str]) {
    let _turn = turn::beside_others();
    let (tally, victim) = killing_one_worker(flags, &Plan::new(CLIENTS));
    assert!(
        tally.failed() > 0,
        "a worker was killed {KILLS} times under load, and no client noticed: {:?}",
        tally.workers
    );
    assert!(
        tally.failed() <= KILLS * CLIENTS as u64,
        "more failed than was in flight: {:?}",
        tally.failures
    );
    for (failure, worker) in tally.failures.keys() {
        let cut = matches!(
            failure,
            Failure::Closed | Failure::Reset | Failure::Truncated
        );
        let its_own = worker.as_ref().is_none_or(|worker| *worker == victim);
        assert!(
            cut && its_own,
            "a client of {worker:?} saw {failure:?} when {victim} was killed: {:?}",
            tally.failures
        );
    }
}

#[test]
fn shared() {
    only_its_own_are_cut(&["--accept", "shared", "--workers", "2"]);
}

#[test]
fn reuseport() {
    only_its_own_are_cut(&["--accept", "reuseport", "--workers", "2"]);
}

#[test]
fn handoff() {
    only_its_own_are_cut(&["--accept", "handoff", "--workers", "2"]);
}

/// A balancer sends again what may be sent again: its clients do not see that a worker dies.
#[test]
fn proxy_hides_it_for_idempotent_requests() {
    let _turn = turn::beside_others();
    let flags = ["--accept", "proxy", "--workers", "2", "--retries", "2"];
    let (tally, _) = killing_one_worker(
        &flags,
        &Plan {
            path: "/",
            ..Plan::new(CLIENTS)
        },
    );
    assert_eq!(tally.failed(), 0, "{:?}", tally.failures);
}

/// And does not send again what may have had its effect: the client hears that the answer is lost.
#[test]
fn proxy_says_so_for_the_others() {
    let _turn = turn::beside_others();
    let (tally, _) = killing_one_worker(
        &["--accept", "proxy", "--workers", "2"],
        &Plan::new(CLIENTS),
    );
    assert!(
        tally.failed() <= KILLS * CLIENTS as u64,
        "more failed than was in flight: {:?}",
        tally.failures
    );
    for (failure, _) in tally.failures.keys() {
        assert!(
            matches!(failure, Failure::Status(502 | 503)),
            "a balancer's client saw {:?}",
            tally.failures
        );
    }
}

/// A balancer's death cuts its own clients; the other balancer's do not notice.
#[test]
fn a_balancer_is_replaced() {
    let _turn = turn::beside_others();
    let server = Server::start(&["--accept", "proxy", "--workers", "2", "--balancers", "2"]);
    server.until_workers(2);
    let load = Load::on(server.address, &Plan::new(CLIENTS));
    load.go_on_for(300);
    let balancers = || server.processes("balancers");
    send(balancers()[0].pid.expect("it is alive"), Signal::KILL);
    load.go_on_for(1000);
    let tally = load.stop();
    assert!(
        tally.failed() <= CLIENTS as u64,
        "more failed than there are clients: {:?}",
        tally.failures
    );
    wait::until("there is another", || {
        balancers()[0].restarts == 1 && balancers().iter().all(|balancer| balancer.ready)
    });
}

/// Nobody stays behind without a master, not for longer than a second.
#[track_caller]
fn no_orphans(flags: &[&str], processes: usize) {
    let _turn = turn::beside_others();
    let mut server = Server::start(flags);
    let load = Load::on(server.address, &Plan::new(2));
    load.go_on_for(50);
    assert!(
        server.session().alive().len() >= processes,
        "{:?}",
        server.session().alive()
    );
    server.signal(Signal::KILL);
    server.ended();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(
        server.session().alive(),
        [],
        "processes that outlived their master by a second"
    );
    load.stop();
}

#[test]
fn no_worker_outlives_its_master() {
    no_orphans(&["--accept", "shared", "--workers", "3"], 4);
}

#[test]
fn no_balancer_outlives_its_master() {
    no_orphans(
        &["--accept", "proxy", "--workers", "2", "--balancers", "2"],
        5,
    );
}

#[test]
fn no_program_outlives_its_master() {
    no_orphans(&["--exec", crate::harness::PROGRAM, "--workers", "2"], 4);
}

/// A panic in a handler costs the request that caused it: the worker goes on, with its other connections.
#[test]
fn a_panic_costs_one_request() {
    let _turn = turn::beside_others();
    let server = Server::start(&["--accept", "shared", "--workers", "1", "--testing-routes"]);
    let before = server.workers();
    let mut bystander = server.client();
    bystander.get("/").expect("an answer");
    for _ in 0..3 {
        let failed = server.client().get("/panic");
        assert!(
            matches!(&failed, Err(Failure::Closed | Failure::Reset))
                || failed.as_ref().is_ok_and(|answer| answer.status == 500),
            "{failed:?}"
        );
    }
    assert_eq!(bystander.get("/").expect("an answer").status, 200);
    assert_eq!(
        server.workers()[0].pid,
        before[0].pid,
        "the worker was replaced"
    );
    assert_eq!(
        server.workers()[0].in_flight,
        0,
        "a request that panicked is still counted"
    );
}
