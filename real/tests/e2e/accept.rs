//! Every way in which a connection reaches a worker serves, by every worker.

use std::collections::BTreeSet;

use crate::harness::http::Client;
use crate::harness::load::{Load, Plan};
use crate::harness::server::Server;
use crate::harness::{turn, wait};

/// What every accept path must do.
#[track_caller]
fn serves(flags: &[&str], workers: usize) {
    let _turn = turn::beside_others();
    let server = Server::start(flags);
    answers(&server);
    everybody_works(&server, workers);
    let answered = load_is_answered(&server);
    wait::until("all are counted", || {
        server
            .workers()
            .iter()
            .map(|worker| worker.requests)
            .sum::<u64>()
            >= answered
    });
}

/// The built-in application, over one connection.
#[track_caller]
fn answers(server: &Server) {
    let mut client = server.client();
    let hello = client.get("/").expect("an answer");
    assert_eq!((hello.status, hello.text()), (200, "Hello, World!"));
    assert_eq!(hello.get("content-type"), Some("text/plain"));
    assert_eq!(
        client.post("/echo", b"again").expect("an answer").text(),
        "again"
    );
    assert_eq!(
        client
            .get("/work?us=1000&kind=spin")
            .expect("an answer")
            .status,
        200
    );
    assert_eq!(client.get("/nothing").expect("an answer").status, 404);
    pipelined(&mut client);
    large(&mut client);
}

/// Requests sent before the answers are read are answered in their order.
#[track_caller]
fn pipelined(client: &mut Client) {
    let one = |body: &str| {
        format!(
            "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    client
        .send((one("first") + &one("second") + &one("third")).as_bytes())
        .expect("sent");
    for expected in ["first", "second", "third"] {
        assert_eq!(client.receive().expect("an answer").text(), expected);
    }
}

/// A body that fits no buffer comes back as it was.
#[track_caller]
fn large(client: &mut Client) {
    let body: Vec<u8> = (0..1 << 18).map(|at: u32| (at ^ (at >> 8)) as u8).collect();
    assert!(
        client.post("/echo", &body).expect("an answer").body == body,
        "a large body changed on its way"
    );
}

/// However connections are distributed, no worker is left out.
#[track_caller]
fn everybody_works(server: &Server, workers: usize) {
    let mut seen = BTreeSet::new();
    let mut connections = Vec::new();
    wait::until("every worker has answered", || {
        let mut client = server.client();
        seen.insert(client.get("/work?us=2000").expect("an answer").worker());
        connections.push(client);
        seen.len() == workers
    });
}

#[track_caller]
fn load_is_answered(server: &Server) -> u64 {
    let answered = |reconnect| {
        let load = Load::on(
            server.address,
            &Plan {
                reconnect,
                ..Plan::new(8)
            },
        );
        load.go_on_for(1000);
        let tally = load.stop();
        assert_eq!(
            tally.failed(),
            0,
            "reconnecting: {reconnect}: {:?}",
            tally.failures
        );
        tally.answered
    };
    answered(false) + answered(true)
}

#[test]
fn single() {
    serves(&["--accept", "single"], 1);
}

#[test]
fn shared() {
    serves(&["--accept", "shared", "--workers", "2"], 2);
}

#[test]
fn reuseport() {
    serves(&["--accept", "reuseport", "--workers", "2"], 2);
}

#[test]
fn handoff() {
    serves(&["--accept", "handoff", "--workers", "2"], 2);
}

#[test]
fn proxy() {
    serves(&["--accept", "proxy", "--workers", "2"], 2);
}

#[test]
fn proxy_with_two_balancers() {
    serves(
        &["--accept", "proxy", "--workers", "3", "--balancers", "2"],
        3,
    );
}

/// A connection wakes one of the workers that wait for it, not all.
#[test]
fn shared_has_no_herd() {
    let _turn = turn::beside_others();
    let server = Server::start(&["--accept", "shared", "--workers", "4"]);
    for _ in 0..200 {
        crate::harness::http::get(server.address, "/").expect("an answer");
    }
    let accepted = server.metric("evenkeel_connections_accepted_total", "");
    let woken = server.metric("evenkeel_accept_wakeups_total", "");
    assert!(accepted >= 200.0, "{accepted} connections were accepted");
    assert!(
        woken < 1.5 * accepted,
        "{woken} wake-ups for {accepted} connections"
    );
}

/// The master passes a connection to whoever has fewest: a worker that is held gets nothing meanwhile.
#[test]
fn handoff_follows_the_strategy() {
    let _turn = turn::beside_others();
    let server = Server::start(&[
        "--accept",
        "handoff",
        "--workers",
        "2",
        "--strategy",
        "least-connections",
    ]);
    let mut held = server.client();
    let busy = held.get("/").expect("an answer").worker();
    for _ in 0..20 {
        let other = crate::harness::http::get(server.address, "/")
            .expect("an answer")
            .worker();
        assert_ne!(other, busy, "a connection went to the worker that has one");
        // The worker's word that the connection is closed is on its way.
        wait::until("the connection is counted off", || {
            server.connections() <= 1
        });
    }
}

/// At concurrency 1 requests of different connections are served one after the other.
#[test]
fn a_worker_serves_one_request_at_a_time() {
    let _turn = turn::beside_others();
    let server = Server::start(&["--accept", "single"]);
    let began = std::time::Instant::now();
    let ask = || server.client().get("/work?us=100000").expect("an answer");
    std::thread::scope(|scope| {
        let both = [scope.spawn(ask), scope.spawn(ask)];
        for one in both {
            assert_eq!(one.join().expect("no panic").status, 200);
        }
    });
    assert!(
        began.elapsed().as_millis() >= 200,
        "two requests of 100 ms took {:?}",
        began.elapsed()
    );
}
