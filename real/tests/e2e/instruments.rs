//! The tests' own instruments see what they should: a client that overlooks failures would prove nothing.

use std::time::Duration;

use crate::harness::http::Failure;
use crate::harness::load::{Load, Plan, Tally};
use crate::harness::stub::{Behaviour, Stub};
use crate::harness::{turn, wait};

fn plan() -> Plan {
    Plan {
        path: "/",
        timeout: Duration::from_millis(200),
        ..Plan::new(2)
    }
}

/// What clients see who are at work while an upstream comes to behave so.
fn seen(behaviour: Behaviour) -> Tally {
    let _turn = turn::beside_others();
    let stub = Stub::start();
    let load = Load::on(stub.address, &plan());
    load.go_on_for(100);
    stub.behave(behaviour);
    let before = stub.requests();
    wait::until("some requests more", || stub.requests() > before + 4);
    load.stop()
}

#[test]
fn answers_are_counted() {
    let _turn = turn::beside_others();
    let stub = Stub::start();
    let load = Load::on(
        stub.address,
        &Plan {
            reconnect: true,
            ..plan()
        },
    );
    load.go_on_for(200);
    let tally = load.stop();
    assert_eq!(tally.failed(), 0, "{:?}", tally.failures);
    assert!(tally.answered >= 200 && tally.answered <= stub.requests());
    assert_eq!(tally.workers.values().sum::<u64>(), tally.answered);
    assert_eq!(tally.times.len() as u64, tally.answered);
}

#[test]
fn failures_are_told_apart() {
    let kinds = [
        (Behaviour::Silence, Failure::Timeout),
        (Behaviour::Half, Failure::Timeout),
        (Behaviour::Refuse, Failure::Status(503)),
    ];
    for (behaviour, expected) in kinds {
        let tally = seen(behaviour);
        assert!(tally.failed() > 0, "{behaviour:?} went unseen");
        assert!(
            tally
                .failures
                .keys()
                .all(|(failure, _)| *failure == expected),
            "{behaviour:?}: {:?}",
            tally.failures
        );
    }
}

#[test]
fn death_is_seen_and_return_too() {
    let _turn = turn::beside_others();
    let mut stub = Stub::start();
    let load = Load::on(stub.address, &plan());
    load.go_on_for(100);
    stub.down();
    std::thread::sleep(Duration::from_millis(50));
    stub.up();
    load.go_on_for(100);
    let tally = load.stop();
    assert!(
        tally
            .failures
            .keys()
            .any(|(failure, _)| *failure == Failure::Connect),
        "{:?}",
        tally.failures
    );
}
