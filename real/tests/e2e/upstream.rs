//! Upstreams that die, come and go, swallow what they get, or drip: the balancer's clients do not notice.

use crate::harness::http::Failure;
use crate::harness::load::{Load, Plan, Tally};
use crate::harness::server::Server;
use crate::harness::stub::{Behaviour, Stub};
use crate::harness::{turn, wait};

/// Without a budget every request may be tried elsewhere, and without waiting no test is slow.
const PERSISTENT: &[&str] = &[
    "--retries",
    "2",
    "--retry-budget",
    "none",
    "--retry-backoff",
    "none",
];

fn stubs(count: usize) -> Vec<Stub> {
    (0..count).map(|_| Stub::start()).collect()
}

/// A balancer before these stubs.
#[track_caller]
fn before(stubs: &[Stub], flags: &[&str]) -> Server {
    let authorities: Vec<String> = stubs.iter().map(Stub::authority).collect();
    let mut all = flags.to_vec();
    for authority in &authorities {
        all.extend(["--upstream", authority]);
    }
    Server::start(&all)
}

/// Eight clients that ask for what may be asked for twice.
fn idempotent(server: &Server) -> Load {
    Load::on(
        server.address,
        &Plan {
            path: "/",
            ..Plan::new(8)
        },
    )
}

#[track_caller]
fn nothing_failed(tally: &Tally) {
    assert_eq!(
        tally.failed(),
        0,
        "of {} requests: {:?}",
        tally.answered,
        tally.failures
    );
}

#[test]
fn death_and_return() {
    let _turn = turn::beside_others();
    let mut stubs = stubs(3);
    let flags = [PERSISTENT, &["--max-fails", "1", "--fail-timeout", "300ms"]].concat();
    let server = before(&stubs, &flags);
    let load = idempotent(&server);
    load.go_on_for(500);
    assert!(
        stubs.iter().all(|stub| stub.requests() > 0),
        "an upstream got nothing"
    );
    stubs[0].down();
    load.go_on_for(500);
    let before = stubs[0].requests();
    stubs[0].up();
    wait::until("the one that came back gets requests", || {
        stubs[0].requests() > before + 10
    });
    nothing_failed(&load.stop());
}

#[test]
fn flapping() {
    let _turn = turn::beside_others();
    let mut stubs = stubs(3);
    let flags = [PERSISTENT, &["--max-fails", "1", "--fail-timeout", "50ms"]].concat();
    let server = before(&stubs, &flags);
    let load = idempotent(&server);
    for _ in 0..6 {
        load.go_on_for(100);
        stubs[1].down();
        load.go_on_for(100);
        stubs[1].up();
    }
    nothing_failed(&load.stop());
}

/// All of them gone is said, not waited for; and over when one is back.
#[test]
fn nobody_left() {
    let _turn = turn::beside_others();
    let mut stubs = stubs(2);
    let server = before(&stubs, &["--max-fails", "1", "--fail-timeout", "100ms"]);
    stubs.iter_mut().for_each(Stub::down);
    let mut client = server.client();
    for _ in 0..10 {
        let answer = client.get("/").expect("an answer all the same");
        assert!(matches!(answer.status, 502 | 503), "{}", answer.status);
        if answer.closes() {
            client = server.client();
        }
    }
    stubs[1].up();
    wait::until("the one that is back answers", || {
        server
            .client()
            .get("/")
            .is_ok_and(|answer| answer.status == 200)
    });
}

/// A breaker learns that nothing comes back; what was lost to it is asked for elsewhere.
#[test]
fn blackhole() {
    let _turn = turn::beside_others();
    let stubs = stubs(4);
    let flags = [
        PERSISTENT,
        &[
            "--attempt-timeout",
            "200ms",
            "--breaker",
            "failures=3,open=60s",
        ],
    ]
    .concat();
    let server = before(&stubs, &flags);
    let load = idempotent(&server);
    load.go_on_for(200);
    let before = stubs[2].requests();
    stubs[2].behave(Behaviour::Silence);
    load.go_on_for(2000);
    nothing_failed(&load.stop());
    let swallowed = stubs[2].requests() - before;
    assert!(
        swallowed < 30,
        "{swallowed} requests were swallowed before the breaker opened, of 8 clients"
    );
}

/// One that drips holds those whom it answers; the others are served, and its answers are whole.
#[test]
fn drip() {
    let _turn = turn::beside_others();
    let stubs = stubs(3);
    stubs[0].behave(Behaviour::Drip);
    let server = before(&stubs, &["--strategy", "least-connections"]);
    let load = idempotent(&server);
    load.go_on_for(2000);
    let tally = load.stop();
    nothing_failed(&tally);
    let dripped = stubs[0].requests();
    assert!(
        dripped > 0 && dripped * 4 < tally.answered,
        "{dripped} of {} came dripping",
        tally.answered
    );
}

/// An answer that stops half-way is cut off, so that the client knows, and costs no more than itself.
#[test]
fn half_an_answer() {
    let _turn = turn::beside_others();
    let stubs = stubs(1);
    let server = before(&stubs, &["--stall-timeout", "300ms"]);
    stubs[0].behave(Behaviour::Half);
    assert_eq!(
        server.client().get("/").map(|answer| answer.status),
        Err(Failure::Truncated)
    );
    stubs[0].behave(Behaviour::Answer);
    assert_eq!(
        server.client().get("/").map(|answer| answer.status),
        Ok(200)
    );
}

/// Probes find out who cannot serve, without a client's request; and who can again.
#[test]
fn probes() {
    let _turn = turn::beside_others();
    let stubs = stubs(3);
    stubs[1].behave(Behaviour::Refuse);
    let flags = [
        "--health-interval",
        "50ms",
        "--health-fall",
        "1",
        "--health-rise",
        "1",
        "--retry-on",
        "none",
    ];
    let server = before(&stubs, &flags);
    let refused = |server: &Server| {
        let answers: Vec<_> = (0..12)
            .map(|_| server.client().get("/").expect("an answer").status)
            .collect();
        answers.contains(&503)
    };
    wait::until("it gets no more requests", || !refused(&server));
    let load = idempotent(&server);
    load.go_on_for(300);
    nothing_failed(&load.stop());
    let before = stubs[1].requests();
    stubs[1].behave(Behaviour::Answer);
    wait::until("it gets its third again", || {
        (0..12).for_each(|_| _ = server.client().get("/").expect("an answer"));
        stubs[1].requests() > before + 100
    });
}

/// Another list while requests are under way: nobody is lost, and nobody is sent to who has left.
#[test]
fn another_list() {
    let _turn = turn::beside_others();
    let stubs = stubs(3);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("evenkeel.toml");
    let write = |leaves: usize| {
        let stay = stubs.iter().enumerate().filter(|(at, _)| *at != leaves);
        let list: Vec<String> = stay
            .map(|(_, stub)| format!("{:?}", stub.authority()))
            .collect();
        std::fs::write(&file, format!("upstream = [{}]\n", list.join(", "))).expect("written");
    };
    write(0);
    let server = Server::start(&["--config", file.to_str().expect("a path of text")]);
    let load = idempotent(&server);
    for leaves in [1, 2, 0, 1] {
        let joins = (leaves + 2) % 3;
        let before = stubs[joins].requests();
        write(leaves);
        // The file is watched: no signal.
        wait::until("the one that joined gets requests", || {
            stubs[joins].requests() > before + 20
        });
        let before = stubs[leaves].requests();
        load.go_on_for(300);
        assert_eq!(
            stubs[leaves].requests(),
            before,
            "requests went to who had left"
        );
    }
    nothing_failed(&load.stop());
}
