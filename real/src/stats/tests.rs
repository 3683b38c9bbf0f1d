use super::*;
use policy::retry::Reason;
use policy::time::Duration;
use proptest::prelude::*;

const LAYOUT: Layout = Layout {
    processes: 3,
    balancers: 2,
    backends: 4,
};

fn page() -> Page {
    Page::alone(LAYOUT).unwrap()
}

#[test]
fn rows_are_apart() {
    let page = page();
    page.process(1).began();
    page.process(1).ended(404, Duration::from_millis(3), 5, 7);
    page.backend(1, 3).unwrap().picked();
    for row in [0, 2] {
        assert_eq!(page.process(row).requests(), 0);
        assert_eq!(page.process(row).count(Count::Began), 0);
    }
    assert_eq!(page.process(1).answers(4), 1);
    let picked: Vec<u64> = (0..2)
        .flat_map(|balancer| page.backends(balancer))
        .map(|row| row.count(BackendCount::Picked))
        .collect();
    assert_eq!(picked, [0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn a_request_that_ended_is_in_flight_no_more() {
    let row = page().process(0);
    row.began();
    row.began();
    assert_eq!(row.gauge(Gauge::InFlight), 2);
    row.ended(200, Duration::from_micros(3), 0, 13);
    row.aborted();
    assert_eq!(row.gauge(Gauge::InFlight), 0);
    assert_eq!((row.requests(), row.count(Count::Aborted)), (1, 1));
    let responses = row.responses();
    assert_eq!(responses.count(), 1);
    assert!((responses.sum_seconds() - 3e-6).abs() < 1e-15);
    assert_eq!(responses.quantile(0.99), Some(Duration(3_150)));
}

#[test]
fn the_dead_keep_their_counts_and_lose_their_gauges() {
    let row = page().process(0);
    row.ready(true);
    row.accepted(2);
    row.began();
    row.clear_gauges();
    assert_eq!(row.gauge(Gauge::Ready), 0);
    assert_eq!(row.gauge(Gauge::InFlight), 0);
    assert_eq!(row.count(Count::Accepted), 2);
    // Its successor counts on, and nothing falls below zero.
    row.closed();
    assert_eq!(row.gauge(Gauge::Connections), 0);
}

#[test]
fn a_row_that_another_backend_takes_starts_from_zero() {
    let row = page().backend(0, 0).unwrap();
    assert_eq!(row.occupant(), None);
    row.occupy(7, "10.0.0.1:80");
    row.picked();
    row.failed(Reason::Timeout);
    row.health(Health::Down);
    row.occupy(7, "10.0.0.1:80");
    assert_eq!(row.failures(Reason::Timeout), 1);
    let long = "x".repeat(300);
    row.occupy(8, &long);
    assert_eq!(row.occupant(), Some((8, long[..128].to_owned())));
    assert_eq!(row.failures(Reason::Timeout), 0);
    assert_eq!(row.health_now(), Health::Unknown);
}

#[test]
fn more_backends_than_rows_share_the_last() {
    let page = page();
    page.backend(0, 99).unwrap().picked();
    assert_eq!(page.backend(0, 3).unwrap().count(BackendCount::Picked), 1);
    let none = Layout {
        backends: 0,
        ..LAYOUT
    };
    assert!(Page::alone(none).unwrap().backend(0, 0).is_none());
    assert!(page.backend(2, 0).is_none());
}

#[test]
fn a_page_is_checked_when_it_is_opened() {
    let words = |n: usize| -> &'static [std::sync::atomic::AtomicU64] {
        Box::leak((0..n).map(|_| Default::default()).collect())
    };
    let memory = words(LAYOUT.bytes() / 8);
    assert_eq!(Page::open(memory).unwrap_err(), PageError::NotOurs);
    Page::create(memory, LAYOUT).unwrap();
    assert_eq!(Page::open(memory).unwrap().layout(), LAYOUT);

    let short = Page::open(&memory[..memory.len() - 1]).unwrap_err();
    assert!(
        short.to_string().contains("should have at least"),
        "{short}"
    );
    memory[1].store(2, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(Page::open(memory).unwrap_err(), PageError::OtherVersion(2));

    let greedy = Layout {
        balancers: 4,
        ..LAYOUT
    };
    let error = Page::alone(greedy).unwrap_err().to_string();
    assert_eq!(
        error,
        "the page of counters is for 4 balancers; at most 3 are possible"
    );
}

proptest! {
    #[test]
    fn in_flight_is_what_began_less_what_ended(steps in prop::collection::vec(0..3u8, 0..200)) {
        let row = page().process(2);
        let mut expected = 0u64;
        for step in steps {
            match step {
                0 => { row.began(); expected += 1; }
                1 if expected > 0 => { row.ended(200, Duration(1), 0, 0); expected -= 1; }
                2 if expected > 0 => { row.aborted(); expected -= 1; }
                _ => {}
            }
            prop_assert_eq!(row.gauge(Gauge::InFlight), expected);
        }
        let ended = row.requests() + row.count(Count::Aborted);
        prop_assert_eq!(row.count(Count::Began) - ended, expected);
    }

    #[test]
    fn quantiles_are_within_a_bucket(mut spans in prop::collection::vec(1_000..50_000_000_000u64, 1..100), percent in 1..=100u64) {
        let row = page().process(0);
        for &span in &spans {
            row.ended(200, Duration(span), 0, 0);
        }
        spans.sort_unstable();
        // 28 % of 25 are not 7 in binary, but a hair more: the rank is found as it is found there.
        let share = percent as f64 / 100.0;
        let exact = spans[((spans.len() as f64 * share).ceil() as usize).max(1) - 1];
        let found = row.responses().quantile(share).unwrap().0;
        prop_assert!(found >= exact && found as f64 <= exact as f64 * 1.15, "{} for {}", found, exact);
    }
}
