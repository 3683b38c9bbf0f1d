//! What counting costs a request.
//!
//! `cargo bench -p real --bench stats`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use policy::time::Duration;
use real::stats::{Layout, Page};

/// Spans as a busy server has them, so that no branch is always taken.
fn spans() -> Vec<Duration> {
    let micros = (0..1024u64).map(|i| i * 7919 % 1024);
    micros
        .map(|i| Duration(20_000 + (i * i * i) % 3_000_000))
        .collect()
}

fn counting(criterion: &mut Criterion) {
    let layout = Layout {
        processes: 2,
        balancers: 1,
        backends: 1,
    };
    let page = Page::alone(layout).expect("it is small");
    let (row, backend) = (page.process(0), page.backend(0, 0).expect("there is one"));
    let spans = spans();
    let mut group = criterion.benchmark_group("stats");
    let mut next = spans.iter().cycle().copied();
    group.bench_function("a request of a worker", |bencher| {
        bencher.iter(|| {
            let response = next.next().unwrap_or_default();
            black_box(row).began();
            black_box(row).ended(black_box(200), response, 0, 13);
        });
    });
    group.bench_function("an attempt of a balancer", |bencher| {
        bencher.iter(|| {
            let response = next.next().unwrap_or_default();
            black_box(backend).picked();
            black_box(backend).answered(response);
        });
    });
    group.finish();
}

criterion_group!(benches, counting);
criterion_main!(benches);
