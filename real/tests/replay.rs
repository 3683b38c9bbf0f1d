//! What the access log says can be replayed by the simulator: `sim --trace FILE` reads it with these very types.
#![cfg(not(loom))]

use std::path::Path;

use policy::time::{Duration, Instant};
use real::clock::Clock;
use real::log::{AccessLog, Asked, Entry};
use real::settings::{self, LogFormat};
use real::stats::{Layout, Page};
use workload::trace::{Format, Options, Trace};

const REQUESTS: u64 = 1_000;

/// When request `k` came, after the first.
fn arrival(k: u64) -> Duration {
    Duration::from_micros(k * k * 7 + k)
}

/// How long it was worked on.
fn service(k: u64) -> Duration {
    Duration(1_000_000 + k * 12_345)
}

fn write(path: &Path, format: LogFormat) {
    let layout = Layout {
        processes: 1,
        balancers: 0,
        backends: 0,
    };
    let row = Page::alone(layout).expect("it is small").process(0);
    let options = settings::AccessLog {
        path: path.to_owned(),
        format,
    };
    let log = AccessLog::open(&options, 0, row, Clock).expect("the folder is there");
    let start = Clock.now();
    for k in 0..REQUESTS {
        log.write(&Entry {
            asked: Asked {
                client: [10, 0, 0, (k % 5) as u8].into(),
                method: b"GET",
                target: b"/\"quoted\"?a=[b]",
                is_http10: false,
                referer: Some(b"http://x/\n"),
                user_agent: Some(b"a \\ \"b\""),
            },
            arrived: Instant(start.0 + arrival(k).0),
            status: 200,
            bytes_out: 13,
            service: service(k),
            response: Duration(service(k).0 * 2),
            ..Entry::default()
        });
    }
}

fn replayed(format: LogFormat, key: &str) -> Trace {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("access.log");
    write(&path, format);
    let options = Options {
        key: Some(key.to_owned()),
        strict: true,
        ..Options::default()
    };
    Trace::read(&path, &options).expect("it is a trace")
}

fn distinct(keys: &[u64]) -> usize {
    keys.iter().collect::<std::collections::BTreeSet<_>>().len()
}

fn is_as_it_was(trace: Trace, format: Format) {
    assert_eq!(trace.report.format, format);
    assert_eq!(trace.len() as u64, REQUESTS);
    for (k, at) in (0..).zip(&trace.recorded) {
        // Written to the microsecond; but the clock on the wall may be set meanwhile.
        let off = at.0.abs_diff(arrival(k).0);
        assert!(off <= 100_000_000, "request {k} at {at:?}");
    }
    let demands = trace.demands.expect("there is `service_time`");
    assert!((0..REQUESTS).map(service).eq(demands));
    assert_eq!(distinct(&trace.keys.expect("a key was named")), 5);
}

#[test]
fn json_lines_keep_arrivals_and_demands() {
    is_as_it_was(replayed(LogFormat::Json, "client"), Format::JsonLines);
}

#[test]
fn combined_lines_keep_arrivals_and_demands() {
    is_as_it_was(replayed(LogFormat::Combined, "host"), Format::AccessLog);
}
