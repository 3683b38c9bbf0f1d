//! A server that runs out of descriptors waits for some, without spinning, and goes on.

use std::time::{Duration, Instant};

use crate::harness::http::Client;
use crate::harness::server::Server;
use crate::harness::{turn, wait};

const LIMIT: u32 = 64;

#[track_caller]
fn recovers(flags: &[&str]) {
    let _turn = turn::alone();
    let server = Server::start_with_descriptors(LIMIT, flags);
    let mut first = server.client();
    first.get("/").expect("an answer");
    for _ in 0..2 {
        let crowd: Vec<Client> = (0..4 * LIMIT).map(|_| server.client()).collect();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(
            first.get("/").expect("those who are in are served").status,
            200
        );
        does_not_spin(&server);
        drop(crowd);
        wait::until("it answers again", || {
            let client = Client::connect(server.address, Duration::from_secs(2));
            client
                .and_then(|mut client| client.get("/"))
                .is_ok_and(|answer| answer.status == 200)
        });
    }
}

/// A process that tries again and again takes all of a CPU.
#[track_caller]
fn does_not_spin(server: &Server) {
    let (began, before) = (Instant::now(), server.session().cpu());
    std::thread::sleep(Duration::from_secs(1));
    let (took, cpu) = (began.elapsed(), server.session().cpu() - before);
    assert!(
        cpu < took / 2,
        "{cpu:?} of CPU in {took:?} in which nobody asked for anything"
    );
}

#[test]
fn single() {
    recovers(&["--accept", "single"]);
}

#[test]
fn shared() {
    recovers(&["--accept", "shared", "--workers", "1"]);
}

#[test]
fn handoff() {
    recovers(&["--accept", "handoff", "--workers", "1"]);
}

#[test]
fn proxy() {
    recovers(&["--accept", "proxy", "--workers", "1"]);
}
