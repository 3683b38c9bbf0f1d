//! Shapes of the request line, and of what stands before it.

use real::http::Refused::*;

use super::Shape;
use super::Verdict::{Accept, Refuse};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        name: "one empty line first",
        section: "9112 2.2: a server SHOULD ignore at least one empty line",
        verdict: Accept,
        example: b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| head.before = b"\r\n".into(),
    },
    Shape {
        name: "two empty lines first",
        section: "9112 2.2",
        verdict: Refuse(StartInvalid),
        example: b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| head.before = b"\r\n\r\n".into(),
    },
    Shape {
        name: "an empty line without CR first",
        section: "9112 2.2",
        verdict: Refuse(BareLineFeed),
        example: b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| head.before = b"\n".into(),
    },
    Shape {
        name: "a bare CR first",
        section: "9112 2.2",
        verdict: Refuse(BareCarriageReturn),
        example: b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| head.before = b"\r".into(),
    },
    Shape {
        name: "white space before the method",
        section: "9112 3",
        verdict: Refuse(StartInvalid),
        example: b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| head.before = dice.text(b" \t", 1, 3),
    },
    Shape {
        name: "any token as method",
        section: "9110 9.1",
        verdict: Accept,
        example: b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.method = dice.text(crate::head::TOKEN, 1, 32);
            if head.method == b"CONNECT" {
                head.method = b"connect".into();
            }
        },
    },
    Shape {
        name: "a method that is no token",
        section: "9110 9.1",
        verdict: Refuse(MethodInvalid),
        example: b"G<T / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            let at = dice.between(1, head.method.len());
            head.method
                .insert(at, dice.one_of(b"\"(),/:;<=>?@[\\]{}\0\x07\x7f\x80\xff"));
        },
    },
    Shape {
        name: "a TLS hello",
        section: "9110 9.1",
        verdict: Refuse(MethodInvalid),
        example: b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
        apply: |head, _| {
            head.before.clear();
            head.method = b"\x16\x03\x01\x02\0\x01".into();
        },
    },
    Shape {
        name: "a method longer than any there is",
        section: "9112 3: 501",
        verdict: Refuse(MethodTooLong),
        example: b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| head.method = dice.text(crate::head::TOKEN, 33, 300),
    },
    Shape {
        name: "a tab behind the method",
        section: "9112 3",
        verdict: Refuse(MethodInvalid),
        example: b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| head.gap = b"\t".into(),
    },
    Shape {
        name: "more than one space behind the method",
        section: "9112 3",
        verdict: Refuse(TargetMissing),
        example: b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| head.gap = dice.one_of(&["  ", "   ", " \t"]).into(),
    },
    Shape {
        name: "more than one space before the version",
        section: "9112 3",
        verdict: Refuse(VersionInvalid),
        example: b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| head.second_gap = dice.one_of(&["  ", "   ", " \t"]).into(),
    },
    Shape {
        name: "a tab before the version",
        section: "9112 3",
        verdict: Refuse(TargetInvalid),
        example: b"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| head.second_gap = b"\t".into(),
    },
    Shape {
        name: "a space in the target",
        section: "9112 3.2: no white space",
        verdict: Refuse(VersionInvalid),
        example: b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| head.target.extend_from_slice(b" b"),
    },
    Shape {
        name: "control characters, non-ASCII or # in the target",
        section: "9112 3.2; 3986 2",
        verdict: Refuse(TargetInvalid),
        example: b"GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            let at = dice.between(1, head.target.len());
            head.target
                .insert(at, dice.one_of(b"\0\x01\x0b\x1f\x7f\x80\xc3\xff#"));
        },
    },
    Shape {
        name: "characters that browsers do not encode",
        section: "9112 3.2: refusing them is only SHOULD",
        verdict: Accept,
        example: b"GET /a|b{c}\"^`<>\\[] HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.target = [b"/".to_vec(), dice.text(b"|{}\"^`<>\\[]", 1, 9)].concat();
        },
    },
    Shape {
        name: "no version (HTTP/0.9)",
        section: "9112 3",
        verdict: Refuse(VersionMissing),
        example: b"GET /\r\n",
        apply: |head, _| {
            head.second_gap.clear();
            head.version.clear();
        },
    },
    Shape {
        name: "no target",
        section: "9112 3",
        verdict: Refuse(TargetMissing),
        example: b"GET \r\n",
        apply: |head, _| {
            head.target.clear();
            head.second_gap.clear();
            head.version.clear();
        },
    },
    Shape {
        name: "a method alone",
        section: "9112 3",
        verdict: Refuse(MethodInvalid),
        example: b"GET\r\n",
        apply: |head, _| {
            head.gap.clear();
            head.target.clear();
            head.second_gap.clear();
            head.version.clear();
        },
    },
    Shape {
        name: "the version in lower case",
        section: "9112 2.3: case-sensitive",
        verdict: Refuse(VersionInvalid),
        example: b"GET / http/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            head.version = dice.one_of(&["http/1.1", "Http/1.1", "HTTp/1.0"]).into();
        },
    },
    Shape {
        name: "a version of another form",
        section: "9112 2.3",
        verdict: Refuse(VersionInvalid),
        example: b"GET / HTTP/1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            const FORMS: [&str; 14] = [
                "HTTP/1",
                "HTTP/1.",
                "HTTP/11.1",
                "HTTP/1.11",
                "HTTP//1.1",
                "HTTP/+1.1",
                "HTTP/1,1",
                "HTTP 1.1",
                "HTTP/1.1 ",
                "HTTP/1.1\t",
                "HTTPS/1.1",
                "HTTP/ 1.1",
                "HTTP/1.x",
                "ICY",
            ];
            head.version = dice.one_of(&FORMS).into();
        },
    },
    Shape {
        name: "another version",
        section: "9110 15.6.6: 505",
        verdict: Refuse(VersionUnsupported),
        example: b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            const OTHERS: [&str; 6] = [
                "HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/3", "HTTP/9.9",
            ];
            head.version = dice.one_of(&OTHERS).into();
        },
    },
    Shape {
        name: "HTTP/2 without negotiation",
        section: "9113 3.4; 9110 15.6.6",
        verdict: Refuse(VersionUnsupported),
        example: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        apply: |head, _| {
            head.method = b"PRI".into();
            head.target = b"*".into();
            head.version = b"HTTP/2.0".into();
        },
    },
    Shape {
        name: "a bare LF behind the version",
        section: "9112 2.2: may be recognised; not here",
        verdict: Refuse(BareLineFeed),
        example: b"GET / HTTP/1.1\nHost: a\r\n\r\n",
        apply: |head, _| head.end = b"\n".into(),
    },
    Shape {
        name: "a bare CR behind the version",
        section: "9112 2.2",
        verdict: Refuse(BareCarriageReturn),
        example: b"GET / HTTP/1.1\rHost: a\r\n\r\n",
        apply: |head, dice| head.end = dice.one_of(&["\r", "\r\r\n", "\r \n"]).into(),
    },
    Shape {
        name: "something behind the version",
        section: "9112 3",
        verdict: Refuse(VersionInvalid),
        example: b"GET / HTTP/1.1x\r\nHost: a\r\n\r\n",
        apply: |head, dice| head.end.insert(0, dice.one_of(b"x 0.\0\x80")),
    },
    Shape {
        name: "a whole URI",
        section: "9112 3.2.2",
        verdict: Accept,
        example: b"GET http://a:80/b HTTP/1.1\r\nHost: A\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            let uri = [
                "http://a.example",
                "http://A.example:80/b",
                "HTTP://a.EXAMPLE/?c",
                "http://a.example:/",
            ];
            head.target = dice.one_of(&uri).into();
        },
    },
    Shape {
        name: "a whole URI of another host",
        section: "9112 3.2.2: the target's would count",
        verdict: Refuse(HostDiffers),
        example: b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            let uri = [
                "http://b.example/",
                "http://a.example:81/",
                "https://a.example:80",
                "http://a.example.b/",
            ];
            head.target = dice.one_of(&uri).into();
        },
    },
    Shape {
        name: "no path, and no URI of HTTP",
        section: "9112 3.2",
        verdict: Refuse(TargetForm),
        example: b"GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            const FORMS: [&str; 13] = [
                "a",
                "*",
                "?a",
                "a.example:80",
                "ftp://a.example/",
                "http:/a",
                "http:a.example/",
                "http:///a",
                "http://",
                "http://u@a.example/",
                "http://a.example?b",
                "http://a.example:x/",
                "https//a.example/",
            ];
            head.target = dice.one_of(&FORMS).into();
        },
    },
    Shape {
        name: "the server itself",
        section: "9112 3.2.4",
        verdict: Accept,
        example: b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.method = b"OPTIONS".into();
            head.target = b"*".into();
        },
    },
    Shape {
        name: "CONNECT to host and port",
        section: "9112 3.2.3",
        verdict: Accept,
        example: b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.method = b"CONNECT".into();
            head.target = b"a.example:443".into();
            head.set("Host", "a.example:443");
        },
    },
    Shape {
        name: "CONNECT to something else",
        section: "9112 3.2.3",
        verdict: Refuse(TargetForm),
        example: b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.method = b"CONNECT".into();
            head.target = dice
                .one_of(&[
                    "/",
                    "*",
                    "a.example",
                    "a.example:",
                    "http://a.example/",
                    ":443",
                ])
                .into();
        },
    },
    Shape {
        name: "CONNECT with content",
        section: "9110 9.3.6",
        verdict: Refuse(ConnectWithContent),
        example: b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 1\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.method = b"CONNECT".into();
            head.target = b"a.example:443".into();
            head.set("Host", "a.example:443");
            let (name, value) =
                dice.one_of(&[("Content-Length", "7"), ("Transfer-Encoding", "chunked")]);
            head.add(name, value);
        },
    },
];
