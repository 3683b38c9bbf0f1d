//! How a server ends.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::server::Server;
use crate::harness::{turn, wait};

/// TERM: no longer ready, then everything in flight is finished and told to close, then the end.
#[track_caller]
fn finishes(flags: &[&str]) {
    let _turn = turn::beside_others();
    // At concurrency 1 a request that sleeps stops its process, which then does not hear that it should end.
    let mut server = Server::start(&[flags, &["--concurrency", "4"]].concat());
    let mut idle = server.client();
    idle.get("/").expect("an answer");
    let mut client = server.client();
    client
        .send(b"GET /work?us=1500000 HTTP/1.1\r\nHost: test\r\n\r\n")
        .expect("sent");
    wait::until("it is being served", || {
        server.workers().iter().any(|worker| worker.in_flight > 0)
    });
    server.signal(Signal::TERM);
    wait::until("it is no longer ready", || server.ready() != Some(true));
    assert_eq!(
        server.ready(),
        Some(false),
        "it was gone before it said that it would go"
    );
    let answer = client.receive().expect("what was begun is finished");
    assert_eq!(answer.status, 200);
    assert!(
        answer.closes(),
        "the client is not told that the connection ends"
    );
    assert!(idle.is_closed(), "an idle connection is closed");
    assert!(server.ended().success());
    assert_eq!(
        server.session().alive(),
        [],
        "processes that outlived their master"
    );
}

/// Who balances over several servers sees that this one will go before it goes.
#[track_caller]
fn says_first_that_it_goes(flags: &[&str]) {
    let _turn = turn::beside_others();
    let mut server = Server::start(&[flags, &["--drain-delay", "60s"]].concat());
    server.signal(Signal::TERM);
    wait::until("it is no longer ready", || server.ready() == Some(false));
    let mut late = server.client();
    assert_eq!(late.get("/").expect("an answer").status, 200);
    // Told twice, it goes at once.
    server.signal(Signal::TERM);
    assert!(server.ended().success());
}

#[test]
fn readiness_fails_first_with_a_master() {
    says_first_that_it_goes(&["--accept", "shared"]);
}

#[test]
fn readiness_fails_first_without_a_master() {
    says_first_that_it_goes(&["--accept", "single"]);
}

/// INT: at once, whatever is in flight.
#[track_caller]
fn ends_at_once(flags: &[&str], signal: Signal) {
    let _turn = turn::beside_others();
    let mut server = Server::start(&[flags, &["--concurrency", "4"]].concat());
    let mut client = server.client();
    client
        .send(b"GET /work?us=60000000 HTTP/1.1\r\nHost: test\r\n\r\n")
        .expect("sent");
    wait::until("it is being served", || {
        server.workers().iter().any(|worker| worker.in_flight > 0)
    });
    let began = Instant::now();
    server.signal(signal);
    server.ended();
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "a quick end took {:?}",
        began.elapsed()
    );
    wait::until("all processes are gone", || {
        server.session().alive().is_empty()
    });
}

/// What is still running at the deadline is cut off.
#[test]
fn a_drain_has_a_deadline() {
    let _turn = turn::beside_others();
    let mut server = Server::start(&[
        "--accept",
        "shared",
        "--workers",
        "2",
        "--drain-timeout",
        "500ms",
    ]);
    let mut client = server.client();
    client
        .send(b"GET /work?us=60000000 HTTP/1.1\r\nHost: test\r\n\r\n")
        .expect("sent");
    wait::until("it is being served", || {
        server.workers().iter().any(|worker| worker.in_flight > 0)
    });
    let began = Instant::now();
    server.signal(Signal::TERM);
    server.ended();
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "half a second took {:?}",
        began.elapsed()
    );
    assert!(client.receive().is_err());
    wait::until("all processes are gone", || {
        server.session().alive().is_empty()
    });
}

macro_rules! for_each_accept_path {
    ($($name:ident: $flags:expr;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn finishes() { super::finishes(&$flags) }
            #[test]
            fn ends_at_once() {
                super::ends_at_once(&$flags, Signal::INT);
                super::ends_at_once(&$flags, Signal::QUIT);
            }
        }
    )*};
}

for_each_accept_path! {
    single: ["--accept", "single"];
    shared: ["--accept", "shared", "--workers", "2"];
    reuseport: ["--accept", "reuseport", "--workers", "2"];
    handoff: ["--accept", "handoff", "--workers", "2"];
    proxy: ["--accept", "proxy", "--workers", "2"];
}
