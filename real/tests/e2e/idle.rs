//! Many connections that do nothing cost little and disturb nobody.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::harness::http::Client;
use crate::harness::load::{Load, Plan};
use crate::harness::server::Server;
use crate::harness::{turn, wait};

const CONNECTIONS: usize = 10_000;

/// The server inherits it.
fn raise_limit(wanted: u64) -> bool {
    let limit = getrlimit(Resource::Nofile);
    let enough = limit.maximum.is_none_or(|maximum| maximum >= wanted);
    if enough {
        setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(wanted),
                ..limit
            },
        )
        .expect("it may be raised to its maximum");
    }
    enough
}

#[test]
fn ten_thousand_idle_connections() {
    let _turn = turn::alone();
    if !raise_limit(CONNECTIONS as u64 + 1000) {
        eprintln!("skipped: this process may not have {CONNECTIONS} descriptors (ulimit -Hn)");
        return;
    }
    let server = Server::start(&[
        "--accept",
        "shared",
        "--workers",
        "2",
        "--idle-timeout",
        "10m",
    ]);
    let mut idle: Vec<Client> = (0..CONNECTIONS).map(|_| server.client()).collect();
    for client in &mut idle {
        assert_eq!(client.get("/").expect("an answer").status, 200);
    }
    let open = server.connections();
    assert!(
        open >= CONNECTIONS as u64,
        "{open} of {CONNECTIONS} connections are counted"
    );
    let load = Load::on(
        server.address,
        &Plan {
            reconnect: true,
            ..Plan::new(4)
        },
    );
    load.go_on_for(2000);
    assert_eq!(load.stop().failed(), 0);
    // They were only idle.
    for client in idle.iter_mut().step_by(100) {
        assert_eq!(client.get("/").expect("an answer").status, 200);
    }
    drop(idle);
    wait::until("all are closed", || server.connections() < 100);
}
