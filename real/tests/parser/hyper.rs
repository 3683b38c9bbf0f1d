//! The same bytes before hyper: whatever is accepted here, hyper accepts, and sees the same requests with the same bodies.
//!
//! Where the two differ is listed: `is_listed`, and `ONLY_OURS` for what is refused here alone.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use real::http::{Framing, RequestHead};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use crate::LIMITS;
use crate::bodies;
use crate::dice::Dice;
use crate::generated::{Case, Expected};
use crate::shapes::Verdict;

/// A request whose body came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    method: Vec<u8>,
    body: Vec<u8>,
    trailers: usize,
}

/// What the service of a server sees.
#[derive(Default)]
struct Log {
    heads: usize,
    seen: Vec<Seen>,
}

/// What hyper makes of `bytes`, after which the client sends nothing.
async fn by_hyper(bytes: &[u8]) -> Log {
    let log = Rc::new(RefCell::new(Log::default()));
    let (mut client, server) = duplex(1 << 20);
    let service = service_fn(|request| see(request, Rc::clone(&log)));
    let mut http = http1::Builder::new();
    let connection = http
        .half_close(true)
        .serve_connection(TokioIo::new(server), service);
    let talk = async {
        client.write_all(bytes).await.expect("the pipe has room");
        client.shutdown().await.expect("the pipe closes");
        let mut answers = Vec::new();
        // The server may close before it has read everything.
        drop(client.read_to_end(&mut answers).await);
    };
    drop(tokio::join!(connection, talk));
    log.take()
}

async fn see(
    request: Request<Incoming>,
    log: Rc<RefCell<Log>>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    log.borrow_mut().heads += 1;
    let method = request.method().as_str().into();
    if let Ok(body) = request.into_body().collect().await {
        log.borrow_mut().seen.push(Seen {
            method,
            trailers: body.trailers().map_or(0, |trailers| trailers.len()),
            body: body.to_bytes().into(),
        });
    }
    Ok(Response::new(Empty::new()))
}

/// What is read of `bytes` here, up to what is refused or doesn't end.
fn by_us(bytes: &[u8]) -> Vec<Seen> {
    let (mut head, mut at, mut seen) = (RequestHead::default(), 0, Vec::new());
    while head.parse(&bytes[at..], &LIMITS) == Ok(true) {
        let method = head.method().name(&bytes[at..]).to_vec();
        at += head.len();
        let whole = || usize::MAX >> 1;
        let Ok(Some(body)) = bodies::read(head.framing(), LIMITS.body_bytes, &bytes[at..], whole)
        else {
            break;
        };
        at += body.len;
        let trailers = body.trailers.len();
        seen.push(Seen {
            method,
            body: body.data,
            trailers,
        });
        if !head.persistent() {
            break;
        }
    }
    seen
}

/// The listed differences.
///
/// - hyper is stricter about targets: its URI type has no room for some characters, and for some hosts.
/// - hyper doesn't read a `Connection` field that has bytes above ASCII, and keeps a connection that asks to be closed.
fn is_listed(head: &RequestHead, bytes: &[u8]) -> bool {
    let target = head.target().of(bytes);
    let is_path = target.starts_with(b"/") || target == b"*";
    let unusual = target.iter().any(|byte| b"\"<>\\^`{|}".contains(byte));
    let unread = head
        .get(bytes, "connection")
        .is_some_and(|options| !options.is_ascii());
    !is_path || unusual || unread
}

/// A message: a head and, as the head says, a body; another request behind it.
fn message(head_bytes: &[u8], head: &RequestHead, dice: &mut Dice) -> Vec<u8> {
    let body = match head.framing() {
        Framing::Length(length) => vec![b'x'; length as usize],
        Framing::Chunked => any_chunks(dice),
        Framing::None | Framing::Close => Vec::new(),
    };
    [head_bytes, &body, b"LAST / HTTP/1.1\r\nHost: a\r\n\r\n"].concat()
}

fn any_chunks(dice: &mut Dice) -> Vec<u8> {
    const CHUNKS: [&[u8]; 5] = [
        b"1\r\nx\r\n",
        b"003\r\nabc\r\n",
        b"2;a=b\r\n\r\n\r\n",
        b"A\r\n0123456789\r\n",
        b"b;c\r\n0\r\n\r\n0\r\n\r\n\n\r\n",
    ];
    const ENDS: [&[u8]; 3] = [b"0\r\n\r\n", b"000;x\r\n\r\n", b"0\r\nDigest: y\r\n\r\n"];
    let mut body: Vec<u8> = (0..dice.below(4))
        .flat_map(|_| dice.one_of(&CHUNKS))
        .copied()
        .collect();
    body.extend_from_slice(dice.one_of(&ENDS));
    body
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
}

#[test]
fn whatever_is_accepted_hyper_accepts_and_sees_the_same() {
    let (runtime, mut head, mut compared) = (runtime(), RequestHead::default(), 0);
    for seed in 0..10_000 {
        let case = Case::new(seed);
        head.clear();
        if head.parse(&case.bytes, &LIMITS) != Ok(true) || is_listed(&head, &case.bytes) {
            continue;
        }
        let bytes = message(&case.bytes[..head.len()], &head, &mut Dice::new(seed));
        let expected = by_us(&bytes);
        let found = runtime.block_on(by_hyper(&bytes)).seen;
        assert_eq!(
            found,
            expected,
            "seed {seed}: {}",
            bytes[..bytes.len().min(2000)].escape_ascii()
        );
        compared += 1;
    }
    assert!(compared > 3_000, "only {compared} were compared");
}

/// Streams of requests with bytes changed anywhere, bodies included: hyper sees at least what is seen here. What is
/// refused here and not there is in the table.
#[test]
fn hyper_sees_every_request_of_a_spoiled_stream_that_is_seen_here() {
    let runtime = runtime();
    for seed in 0..10_000 {
        let mut dice = Dice::new(seed);
        let body = any_chunks(&mut dice);
        let start = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let rest = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcLAST / HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut bytes = [&start[..], &body, rest].concat();
        let at = dice.below(bytes.len());
        bytes[at] = dice.one_of(b"\r\n 0;:\0xf,");
        let expected = by_us(&bytes);
        let found = runtime.block_on(by_hyper(&bytes)).seen;
        assert!(
            found.starts_with(&expected),
            "seed {seed}: {found:?} is not {expected:?}: {}",
            bytes.escape_ascii()
        );
    }
}

/// Of the shapes that are refused here, hyper lets these pass, some of them because its limits are wider.
#[test]
fn what_only_we_refuse() {
    let runtime = runtime();
    let mut lenient: Vec<&str> = Vec::new();
    for seed in 0..10_000 {
        let case = Case::new(seed);
        if let Expected::Shaped(shape) = case.expected
            && shape.verdict != Verdict::Accept
            && runtime.block_on(by_hyper(&case.bytes)).heads > 0
        {
            lenient.push(shape.name);
        }
    }
    lenient.sort_unstable();
    lenient.dedup();
    assert_eq!(lenient, ONLY_OURS);
}

const ONLY_OURS: &[&str] = &[
    "CONNECT to something else",
    "CONNECT with content",
    "a Host that is none",
    "a bare LF behind a field",
    "a bare LF behind the version",
    "a bare LF in place of the empty line",
    "a byte more",
    "a coding that isn't known",
    "a field more",
    "a length above the limit",
    "a length hidden behind a bare LF",
    "a length with leading zeros",
    "a method longer than any there is",
    "a request line above the limit",
    "a whole URI of another host",
    "an empty line without CR first",
    "both lengths",
    "chunked twice",
    "control characters, non-ASCII or # in the target",
    "more options than there may be fields",
    "no Host in HTTP/1.1",
    "no path, and no URI of HTTP",
    "the same length twice",
    "two Hosts",
    "two empty lines first",
    "two lines of codings",
];
