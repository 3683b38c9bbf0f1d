//! What is done to a server while it serves: nobody's request fails.
//!
//! Half of the clients keep their connections, the others make one for each request. They honour `Connection: close`.

use rustix::process::Signal;

use crate::harness::load::{Load, Plan};
use crate::harness::server::{ProcessStatus, Server};
use crate::harness::{requests, turn, wait};

const SHARED: &[&str] = &["--accept", "shared", "--workers", "2"];
const REUSEPORT: &[&str] = &["--accept", "reuseport", "--workers", "2"];
const HANDOFF: &[&str] = &["--accept", "handoff", "--workers", "2"];
const PROXY: &[&str] = &["--accept", "proxy", "--workers", "2"];
const BALANCERS: &[&str] = &["--accept", "proxy", "--workers", "2", "--balancers", "2"];

/// Changes per test; the requests are spread over them.
const CHANGES: u64 = 6;

/// Makes changes under load and counts what failed, which must be nothing.
#[track_caller]
fn nobody_notices(server: &Server, requests: u64, mut change: impl FnMut(u64)) {
    let kept = Load::on(server.address, &Plan::new(4));
    let fresh = Load::on(
        server.address,
        &Plan {
            reconnect: true,
            ..Plan::new(4)
        },
    );
    for number in 0..CHANGES {
        kept.go_on_for(requests / 2 / CHANGES);
        change(number);
        // Whoever is told to leave needs a moment; the clients go on meanwhile.
        kept.go_on_for(requests / 4 / CHANGES);
        fresh.go_on_for(requests / 4 / CHANGES);
    }
    for tally in [kept.stop(), fresh.stop()] {
        assert_eq!(
            tally.failed(),
            0,
            "of {} requests: {:?}",
            tally.answered,
            tally.failures
        );
    }
}

/// TTIN three times, then TTOU three times.
#[track_caller]
fn more_and_fewer_workers(flags: &[&str], requests: u64) {
    let _turn = turn::beside_others();
    let server = Server::start(flags);
    server.until_workers(2);
    nobody_notices(&server, requests, |number| {
        let grows = number < CHANGES / 2;
        server.signal(if grows { Signal::TTIN } else { Signal::TTOU });
        let workers = if grows {
            3 + number
        } else {
            1 + CHANGES - number
        };
        server.until_workers(workers as usize);
    });
    server.until_workers(2);
}

/// HUP with nothing changed: every process reads its configuration again.
#[track_caller]
fn reloads(flags: &[&str], requests: u64) {
    let _turn = turn::beside_others();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("evenkeel.toml");
    let write =
        |workers: u64| std::fs::write(&file, format!("workers = {workers}\n")).expect("written");
    write(2);
    let without_workers: Vec<&str> = flags
        .iter()
        .copied()
        .filter(|flag| !matches!(*flag, "--workers" | "2"))
        .collect();
    let mut flags = without_workers;
    flags.extend(["--config", file.to_str().expect("a path of text")]);
    if flags.contains(&"--balancers") {
        flags.insert(
            flags
                .iter()
                .position(|flag| *flag == "--balancers")
                .expect("there")
                + 1,
            "2",
        );
    }
    let server = Server::start(&flags);
    nobody_notices(&server, requests, |number| {
        let workers = 3 - number % 2;
        write(workers);
        server.signal(Signal::HUP);
        server.until_workers(workers as usize);
    });
}

/// A file that makes no sense is refused, with a sentence, and everything stays as it was.
#[test]
fn a_bad_file_is_refused() {
    let _turn = turn::beside_others();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("evenkeel.toml");
    std::fs::write(&file, "workers = 2\n").expect("written");
    let server = Server::start(&["--config", file.to_str().expect("a path of text")]);
    server.until_workers(2);
    let before = server.workers();
    std::fs::write(&file, "# three\nworkers = \"many\"\n").expect("written");
    server.signal(Signal::HUP);
    server.until_said("evenkeel.toml:2");
    let pids =
        |workers: Vec<ProcessStatus>| workers.iter().map(|worker| worker.pid).collect::<Vec<_>>();
    assert_eq!(
        pids(server.workers()),
        pids(before),
        "workers were replaced"
    );
    assert_eq!(server.client().get("/").expect("an answer").status, 200);
}

/// USR2: another master takes over, with the same sockets.
#[track_caller]
fn upgrades(flags: &[&str], requests: u64) {
    let _turn = turn::beside_others();
    let mut server = Server::start(flags);
    server.until_workers(2);
    let first = server.master();
    nobody_notices(&server, requests, |_| {
        let before = server.serving_master();
        crate::harness::processes::send(before, Signal::USR2);
        wait::until("another master has taken over", || {
            server
                .try_serving_master()
                .is_some_and(|master| master != before)
        });
        wait::until("the old one has gone", || {
            !server.session().alive().contains(&before)
        });
        server.until_workers(2);
    });
    assert!(
        server.ended().success(),
        "the first master, {first:?}, did not end well"
    );
}

macro_rules! for_each_accept_path {
    ($($action:ident),*) => {$(
        mod $action {
            use super::*;

            #[test]
            fn shared() { super::$action(SHARED, requests()) }
            #[test]
            fn reuseport() { super::$action(REUSEPORT, requests()) }
            #[test]
            fn handoff() { super::$action(HANDOFF, requests()) }
            #[test]
            fn proxy() { super::$action(PROXY, requests()) }
            #[test]
            fn two_balancers() { super::$action(BALANCERS, requests()) }

            /// The deep tier: at least 100,000 requests on each path.
            #[test]
            #[ignore = "takes minutes; cargo test -p real --test e2e -- --ignored"]
            fn a_hundred_thousand_requests() {
                for flags in [SHARED, REUSEPORT, HANDOFF, PROXY, BALANCERS] {
                    super::$action(flags, 100_000);
                }
            }
        }
    )*};
}

for_each_accept_path!(more_and_fewer_workers, reloads, upgrades);
