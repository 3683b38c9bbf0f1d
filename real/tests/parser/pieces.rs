//! Heads in pieces: the verdict doesn't depend on how bytes were cut on their way.

use real::http::{Refused, RequestHead};

use crate::LIMITS;
use crate::dice::Dice;
use crate::generated::Case;

/// Hands in the first bytes, then more of them, until there is a verdict. Gives at which length.
fn fed(
    head: &mut RequestHead,
    bytes: &[u8],
    mut step: impl FnMut() -> usize,
) -> (Result<bool, Refused>, usize) {
    let mut len = 0;
    while len < bytes.len() {
        len = bytes.len().min(len + step());
        match head.parse(&bytes[..len], &LIMITS) {
            Ok(false) => {}
            verdict => return (verdict, len),
        }
    }
    (Ok(false), len)
}

#[test]
fn a_head_byte_by_byte_comes_to_the_same_as_at_once() {
    let mut head = RequestHead::default();
    for seed in 0..40_000 {
        let bytes = Case::new(seed).bytes;
        let at_once = RequestHead::default().parse(&bytes, &LIMITS);
        head.clear();
        let (verdict, len) = fed(&mut head, &bytes, || 1);
        assert_eq!(verdict, at_once, "seed {seed}: {}", bytes.escape_ascii());
        if verdict == Ok(true) {
            assert_eq!(head.len(), len, "seed {seed}");
        }
    }
}

/// What was read before must not show: fields, options and lengths of a head are its own.
#[test]
fn a_head_in_pieces_says_the_same_as_at_once() {
    let (mut head, mut dice) = (RequestHead::default(), Dice::new(1));
    for seed in 0..40_000 {
        let bytes = Case::new(seed).bytes;
        let mut fresh = RequestHead::default();
        let at_once = fresh.parse(&bytes, &LIMITS);
        head.clear();
        let (verdict, _) = fed(&mut head, &bytes, || dice.between(1, 60));
        assert_eq!(verdict, at_once, "seed {seed}: {}", bytes.escape_ascii());
        if verdict == Ok(true) {
            assert_eq!(format!("{head:?}"), format!("{fresh:?}"), "seed {seed}");
        }
    }
}

/// A head that was refused was so at the earliest byte: before it, something could still have come of it. Shown for
/// what is refused within a line by completing the line with what belongs there.
#[test]
fn what_can_become_nothing_is_not_waited_for() {
    for (bytes, why) in [
        (&b"\x16"[..], Refused::MethodInvalid),
        (b" ", Refused::StartInvalid),
        (b"GET\r", Refused::MethodInvalid),
        (b"GET  ", Refused::TargetMissing),
        (b"GET /\r", Refused::VersionMissing),
        (b"GET /\0", Refused::TargetInvalid),
        (b"GET / h", Refused::VersionInvalid),
        (b"GET / HTTP/2", Refused::VersionUnsupported),
        (b"GET / HTTP/1.1\n", Refused::BareLineFeed),
        (b"GET / HTTP/1.1\r\n ", Refused::SpaceBeforeFields),
        (b"GET / HTTP/1.1\r\nA ", Refused::SpaceBeforeColon),
        (b"GET / HTTP/1.1\r\nA: \0", Refused::FieldValueInvalid),
        (b"GET / HTTP/1.1\r\nA: b\r\n\t", Refused::ObsoleteFold),
        (
            b"GET / HTTP/1.1\r\nContent-Length: -1\r\n",
            Refused::LengthInvalid,
        ),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
            Refused::HostRepeated,
        ),
    ] {
        let mut head = RequestHead::default();
        let (verdict, len) = fed(&mut head, bytes, || 1);
        assert_eq!(
            (verdict, len),
            (Err(why), bytes.len()),
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn requests_behind_one_another_are_read_one_by_one() {
    let bytes = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.0\r\n\r\n\r\nGET /c HTTP/1.1\r\nHost: c\r\n\r\n";
    let (mut head, mut at, mut targets) = (RequestHead::default(), 0, Vec::new());
    while at < bytes.len() {
        assert_eq!(head.parse(&bytes[at..], &LIMITS), Ok(true));
        targets.push(head.target().of(&bytes[at..]));
        at += head.len();
    }
    assert_eq!(targets, [b"/a", b"/b", b"/c"]);
}

/// A head whose connection ended halfway leaves nothing behind.
#[test]
fn a_head_that_was_given_up_is_forgotten() {
    let mut head = RequestHead::default();
    let long = b"GET /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n";
    assert_eq!(head.parse(long, &LIMITS), Ok(false));
    head.clear();
    let other = b"GET /other HTTP/1.1\r\nHost: b\r\nX: and it is longer\r\n\r\n";
    assert_eq!(head.parse(other, &LIMITS), Ok(true));
    assert_eq!(head.target().of(other), b"/other");
    assert_eq!(head.framing(), real::http::Framing::None);
}

/// The work is that of the bytes, not of all beginnings: else each of these would take an hour.
#[test]
fn long_lines_byte_by_byte_are_read_once() {
    let limits = real::http::Limits {
        head_bytes: 1 << 20,
        ..LIMITS
    };
    for start in [
        "GET /",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nA:",
        "GET / HTTP/1.1\r\nA:b",
    ] {
        let blank = start.ends_with(':');
        let mut bytes = start.as_bytes().to_vec();
        bytes.resize(limits.head_bytes, if blank { b' ' } else { b'x' });
        let mut head = RequestHead::default();
        for len in 1..bytes.len() {
            assert_eq!(
                head.parse(&bytes[..len], &limits),
                Ok(false),
                "{start:?} {len}"
            );
        }
        assert!(head.parse(&bytes, &limits).is_err());
    }
}
