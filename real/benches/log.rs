//! What a line of the access log costs, but for the disk.
//!
//! `cargo bench -p real --bench log`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use policy::time::Duration;
use real::clock::Clock;
use real::log::{AccessLog, Asked, Entry};
use real::settings::{self, LogFormat};
use real::stats::{Layout, Page};

const AGENT: &[u8] = b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

fn entry() -> Entry<'static> {
    Entry {
        asked: Asked {
            client: [192, 168, 10, 7].into(),
            method: b"GET",
            target: b"/articles/2026/november?page=2&sort=newest",
            is_http10: false,
            referer: Some(b"https://example.com/articles/"),
            user_agent: Some(AGENT),
        },
        arrived: Clock.now(),
        status: 200,
        bytes_in: 420,
        bytes_out: 5_120,
        service: Duration::from_micros(250),
        response: Duration::from_micros(1_234),
        backend: Some("10.0.0.1:8080"),
        attempts: 1,
    }
}

fn logging(criterion: &mut Criterion) {
    let layout = Layout {
        processes: 1,
        balancers: 0,
        backends: 0,
    };
    let row = Page::alone(layout).expect("it is small").process(0);
    let mut group = criterion.benchmark_group("log");
    for (name, format) in [("json", LogFormat::Json), ("combined", LogFormat::Combined)] {
        // Millions of lines a second: no disk should keep them.
        let path = "/dev/null".into();
        let options = settings::AccessLog { path, format };
        let log = AccessLog::open(&options, 0, row, Clock).expect("the folder is there");
        let entry = entry();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let pending = log.begin(black_box(&entry.asked));
                log.end(pending, black_box(&entry));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, logging);
criterion_main!(benches);
