//! What a small static file costs: warm, out of memory, against cold, opened and read for each request.
//!
//! `cargo bench -p real --bench files`.

use std::hint::black_box;
use std::io::Read;

use criterion::{Criterion, criterion_group, criterion_main};
use policy::time::Instant;
use real::app::files::{Answer, Body, Conditions, Files};
use real::http::Method;
use real::settings;
use real::stats::{Layout, Page};

const BYTES: usize = 4 << 10;

fn serving(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("page.html");
    std::fs::write(path, vec![b'x'; BYTES]).expect("there is room");
    let mut group = criterion.benchmark_group("files");
    for (name, cache_bytes) in [("warm", 1 << 20), ("cold", 0)] {
        let files = open(folder.path(), cache_bytes);
        group.bench_function(name, |bencher| {
            let conditions = Conditions::default();
            let ask = || {
                files.answer(
                    &Method::Get,
                    black_box(b"/page.html"),
                    &conditions,
                    Instant::ZERO,
                )
            };
            bencher.iter(|| sent(ask()));
        });
    }
    group.finish();
}

/// What of it is at hand to be sent: a file that is not in memory has to be read.
fn sent(answer: Answer) -> usize {
    let Answer::Content(content) = answer else {
        return 0;
    };
    match content.body {
        Body::Memory(bytes, part) => black_box(&bytes[part]).len(),
        Body::File(mut file, _) => {
            let mut bytes = Vec::with_capacity(BYTES);
            file.read_to_end(&mut bytes).unwrap_or_default()
        }
        Body::Nothing => 0,
    }
}

fn open(root: &std::path::Path, cache_bytes: usize) -> Files {
    let layout = Layout {
        processes: 1,
        balancers: 0,
        backends: 0,
    };
    let page = Page::alone(layout).expect("it is small");
    let options = settings::Files {
        root: root.to_owned(),
        cache_bytes,
    };
    Files::open(&options, page.process(0)).expect("the folder is there")
}

criterion_group!(benches, serving);
criterion_main!(benches);
