//! Shapes of `Content-Length` and `Transfer-Encoding`: how requests are smuggled.

use real::http::Refused::*;

use super::Shape;
use super::Verdict::{Accept, Refuse};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        name: "both lengths",
        section: "9112 6.1: may be refused, and is",
        verdict: Refuse(LengthAndCoding),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.add("Content-Length", "4");
            head.add("Transfer-Encoding", dice.recased("chunked"));
            if dice.one_in(2) {
                let last = head.lines.len() - 1;
                head.lines.swap(last, last - 1);
            }
        },
    },
    Shape {
        name: "differing lengths",
        section: "9112 6.3 (5): 400",
        verdict: Refuse(LengthRepeated),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.add("Content-Length", "4");
            head.add("content-length", "5");
        },
    },
    Shape {
        name: "the same length twice",
        section: "9112 6.3 (5): may be collapsed; not here",
        verdict: Refuse(LengthRepeated),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.add("Content-Length", "4");
            head.add("Content-Length", "4");
        },
    },
    Shape {
        name: "a list of lengths",
        section: "9112 6.3 (5): identical ones may be collapsed; not here",
        verdict: Refuse(LengthInvalid),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.add("Content-Length", dice.one_of(&["4, 4", "4,5", "4,", ",4"]));
        },
    },
    Shape {
        name: "a length that is no decimal number",
        section: "9110 8.6",
        verdict: Refuse(LengthInvalid),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n",
        apply: |head, dice| {
            const LENGTHS: [&str; 12] = ["", "+4", "-4", "0x4", "4 4", "4.0", "4e0", "a", "4;", "\"4\"", "\u{664}", "4\t4"];
            head.plain();
            head.add("Content-Length", dice.one_of(&LENGTHS));
        },
    },
    Shape {
        name: "a length with leading zeros",
        section: "9110 8.6 allows them; some read octal",
        verdict: Refuse(LengthInvalid),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 010\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.add("Content-Length", dice.one_of(&["010", "00", "0000000000000000000000000000004"]));
        },
    },
    Shape {
        name: "a length that overflows",
        section: "9110 8.6: recipients must expect it",
        verdict: Refuse(LengthOverflow),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
        apply: |head, dice| {
            const LENGTHS: [&str; 3] = ["18446744073709551616", "99999999999999999999", "340282366920938463463374607431768211460"];
            head.plain();
            head.add("Content-Length", dice.one_of(&LENGTHS));
        },
    },
    Shape {
        name: "a length of zero",
        section: "9110 8.6",
        verdict: Accept,
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.add("Content-Length", "0");
        },
    },
    Shape {
        name: "chunked, in any case, for any method",
        section: "9112 6.1, 7",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ChunKed\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.method = dice.one_of(&["GET", "HEAD", "DELETE", "TRACE", "X"]).into();
            head.add("Transfer-Encoding", dice.recased("chunked"));
        },
    },
    Shape {
        name: "chunked isn't last",
        section: "9112 6.3 (4): 400",
        verdict: Refuse(ChunkedNotLast),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        apply: |head, dice| {
            const CODINGS: [&str; 13] = [
                "chunked, gzip", "gzip", "identity", "", "chunked,", "chunke", "xchunked", "chunked;q=1", "chunked x",
                "\"chunked\"", "chunked identity", "x chunked", ",",
            ];
            head.plain();
            head.add("Transfer-Encoding", dice.one_of(&CODINGS));
        },
    },
    Shape {
        name: "chunked twice",
        section: "9112 6.1",
        verdict: Refuse(ChunkedTwice),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            let twice = ["chunked, chunked", "chunked,Chunked", "chunked, gzip, chunked"];
            head.add("Transfer-Encoding", dice.one_of(&twice));
        },
    },
    Shape {
        name: "a coding that isn't known",
        section: "9112 6.1: 501",
        verdict: Refuse(CodingUnknown),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            let codings = ["gzip, chunked", "identity,chunked", ", chunked", "x;a=b, chunked"];
            head.add("Transfer-Encoding", dice.one_of(&codings));
        },
    },
    Shape {
        name: "two lines of codings",
        section: "9112 6.1 allows them; one is always an attack",
        verdict: Refuse(CodingRepeated),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.add("Transfer-Encoding", "chunked");
            head.add("TRANSFER-ENCODING", dice.one_of(&["chunked", "identity", "gzip", ""]));
        },
    },
    Shape {
        name: "a coding in HTTP/1.0",
        section: "9112 6.1: framing is faulty",
        verdict: Refuse(CodingInOldVersion),
        example: b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.version = b"HTTP/1.0".into();
            head.add("Transfer-Encoding", dice.one_of(&["chunked", "gzip"]));
        },
    },
    Shape {
        name: "a coding hidden behind white space",
        section: "9112 5.1",
        verdict: Refuse(SpaceBeforeColon),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.add("Content-Length", "4");
            head.add(dice.one_of(&["Transfer-Encoding ", "Transfer-Encoding\t"]), "chunked");
        },
    },
    Shape {
        name: "a coding hidden behind a control character",
        section: "9110 5.5",
        verdict: Refuse(FieldValueInvalid),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.add("Content-Length", "4");
            head.add("Transfer-Encoding", dice.one_of(&["\x0bchunked", "chunked\0", "\x0cchunked"]));
        },
    },
    Shape {
        name: "a length hidden behind a bare LF",
        section: "9112 2.2",
        verdict: Refuse(BareLineFeed),
        example: b"POST / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 4\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.line(dice).value = b"y\nContent-Length: 4".into();
        },
    },
    Shape {
        name: "a name that only looks like a length",
        section: "9110 5.1",
        verdict: Accept,
        example: b"POST / HTTP/1.1\r\nHost: a\r\nContent_Length: +4\r\nTransfer.Encoding: gzip\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.add("Content_Length", "+4");
            head.add("Content-Lengtg", "x");
            head.add("Transfer_Encoding", "gzip");
        },
    },
];
