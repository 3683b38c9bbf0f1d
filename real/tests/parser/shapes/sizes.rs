//! Shapes that meet a limit (see `LIMITS`).

use real::http::Refused::*;

use super::Shape;
use super::Verdict::{Accept, Refuse};
use crate::LIMITS;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        name: "as many fields as allowed",
        section: "9110 5.4",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost:a\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\
            a:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\
            a:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n",
        apply: |head, _| {
            head.plain();
            while head.lines.len() < LIMITS.headers {
                head.add("X", "y");
            }
        },
    },
    Shape {
        name: "a field more",
        section: "9110 5.4; 6585 5: 431",
        verdict: Refuse(TooManyFields),
        example: b"GET / HTTP/1.1\r\nHost:a\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\
            a:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\
            a:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n",
        apply: |head, _| {
            head.plain();
            while head.lines.len() <= LIMITS.headers {
                head.add("X", "y");
            }
        },
    },
    Shape {
        name: "a head of just the limit",
        section: "9110 5.4",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.add("X", "");
            let value = vec![b'y'; LIMITS.head_bytes - head.bytes().len()];
            head.set("X", value);
        },
    },
    Shape {
        name: "a byte more",
        section: "9110 5.4; 6585 5: 431",
        verdict: Refuse(HeadTooLong),
        example: &TOO_LONG,
        apply: |head, dice| {
            head.plain();
            head.add("X", "");
            let value = vec![b'y'; LIMITS.head_bytes - head.bytes().len() + dice.between(1, 1000)];
            head.set("X", value);
        },
    },
    Shape {
        name: "a request line above the limit",
        section: "9112 3: 414",
        verdict: Refuse(RequestLineTooLong),
        example: &TOO_LONG_LINE,
        apply: |head, dice| {
            head.plain();
            head.target.resize(LIMITS.head_bytes + dice.below(1000), b'a');
        },
    },
    Shape {
        name: "a length above the limit",
        section: "9110 15.5.14: 413",
        verdict: Refuse(BodyTooLong),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.add("Content-Length", dice.one_of(&["1048577", "18446744073709551615"]));
        },
    },
];

/// A head that never ends.
const TOO_LONG: [u8; LIMITS.head_bytes] = endless(b"GET / HTTP/1.1\r\nHost: ");
/// A request line that doesn't.
const TOO_LONG_LINE: [u8; LIMITS.head_bytes] = endless(b"GET /");

const fn endless(start: &[u8]) -> [u8; LIMITS.head_bytes] {
    let mut bytes = [b'a'; LIMITS.head_bytes];
    let mut at = 0;
    while at < start.len() {
        bytes[at] = start[at];
        at += 1;
    }
    bytes
}
