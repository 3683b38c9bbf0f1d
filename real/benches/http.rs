//! What reading and writing messages costs.
//!
//! `cargo bench -p real --bench http`. Group `head`: a request of a load generator and one of a browser, beside httparse,
//! which finds lines but neither framing nor persistence nor host, and lets bare LFs pass. Group `body`: chunks of three
//! sizes. Group `write`: the answer of the built-in application.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use real::http::{
    BodyReader, DateCache, Framing, Limits, Method, RequestHead, ResponseHead, write,
};

const WRK: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
const BROWSER: &[u8] = b"GET /index.html?session=0123456789abcdef HTTP/1.1\r\nHost: www.example.org\r\n\
    Connection: keep-alive\r\nsec-ch-ua-platform: \"Linux\"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) \
    AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,\
    application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\n\
    Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\nCookie: sid=4f2b6c0e9a7d\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nserver: x\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
    content-type: text/plain\r\ncontent-length: 13\r\n\r\n";

fn heads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("head");
    let limits = Limits::default();
    for (name, bytes) in [("wrk", WRK), ("browser", BROWSER)] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let mut head = RequestHead::default();
        group.bench_function(BenchmarkId::new("request", name), |bencher| {
            bencher.iter(|| head.parse(black_box(bytes), &limits));
        });
        group.bench_function(BenchmarkId::new("httparse", name), |bencher| {
            bencher.iter(|| by_httparse(black_box(bytes)));
        });
    }
    let mut head = ResponseHead::default();
    group.bench_function("response", |bencher| {
        bencher.iter(|| head.parse(black_box(RESPONSE), &limits, Method::Get));
    });
    group.finish();
}

fn by_httparse(bytes: &[u8]) -> usize {
    let mut fields = [const { MaybeUninit::uninit() }; 100];
    let mut request = httparse::Request::new(&mut []);
    let status = request.parse_with_uninit_headers(bytes, &mut fields);
    status.expect("a request").unwrap()
}

fn bodies(criterion: &mut Criterion) {
    const BYTES: usize = 64 << 10;
    let mut group = criterion.benchmark_group("body");
    group.throughput(Throughput::Bytes(BYTES as u64));
    for size in [16, 1024, 16 << 10] {
        let mut body = Vec::new();
        let chunk = vec![b'x'; size];
        (0..BYTES / size).for_each(|_| write::chunk(&mut body, &chunk));
        write::last_chunk(&mut body, []);
        group.bench_function(BenchmarkId::new("chunks", size), |bencher| {
            bencher.iter(|| data_of(black_box(&body)));
        });
    }
    group.finish();
}

/// How many bytes of data a body in chunks has.
fn data_of(mut input: &[u8]) -> usize {
    let (mut body, mut data) = (BodyReader::new(Framing::Chunked, u64::MAX), 0);
    while !body.is_done() {
        let piece = body.read(input).expect("valid chunks");
        data += piece.data.len();
        input = &input[piece.consumed..];
    }
    data
}

fn writing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write");
    let (mut out, date) = (Vec::new(), DateCache::new(Duration::ZERO));
    group.bench_function("response", |bencher| {
        bencher.iter(|| {
            out.clear();
            write::status_line(&mut out, black_box(200));
            write::date(&mut out, &date);
            write::field(&mut out, "content-type", "text/plain");
            write::length(&mut out, black_box(13));
            write::end_of_head(&mut out);
            out.extend_from_slice(b"Hello, World!");
            out.len()
        });
    });
    group.finish();
}

criterion_group!(http, heads, bodies, writing);
criterion_main!(http);
