//! Shapes of field lines, `Host` and `Connection`.

use real::http::Refused::*;

use super::Shape;
use super::Verdict::{Accept, Refuse};
use crate::head::Line;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        name: "white space around a value",
        section: "9112 5.1",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost:\t a \t\r\n\r\n",
        apply: |head, dice| {
            let line = head.line(dice);
            line.colon = b":\t \t".into();
            line.end = b" \t \r\n".into();
        },
    },
    Shape {
        name: "no white space, no value",
        section: "9112 5.1; 9110 5.5",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost:a\r\nX:\r\n\r\n",
        apply: |head, dice| {
            let line = head.line(dice);
            line.colon = b":".into();
            line.value.clear();
        },
    },
    Shape {
        name: "bytes above ASCII in a value",
        section: "9110 5.5: obs-text is opaque",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost: a\r\nX: \x80\xff\r\n\r\n",
        apply: |head, dice| head.line(dice).value = b"\x80 \xc3\xa4\t\xff".into(),
    },
    Shape {
        name: "any token as name",
        section: "9110 5.1",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n",
        apply: |head, dice| {
            head.line(dice).name = [b"x".to_vec(), dice.text(crate::head::TOKEN, 18, 40)].concat();
        },
    },
    Shape {
        name: "white space before the colon",
        section: "9112 5.1: 400",
        verdict: Refuse(SpaceBeforeColon),
        example: b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        apply: |head, dice| {
            head.line(dice).name.extend_from_slice(dice.one_of(&[&b" "[..], b"\t", b"  "]));
        },
    },
    Shape {
        name: "white space before the first field",
        section: "9112 2.2",
        verdict: Refuse(SpaceBeforeFields),
        example: b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            head.lines[0].name.insert(0, dice.one_of(b" \t"));
        },
    },
    Shape {
        name: "a folded line",
        section: "9112 5.2: 400",
        verdict: Refuse(ObsoleteFold),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        apply: |head, dice| {
            let fold = dice.one_of(&["\r\n b", "\r\n\tb", "\r\n "]);
            head.line(dice).value.extend_from_slice(fold.as_bytes());
        },
    },
    Shape {
        name: "an empty name",
        section: "9110 5.1",
        verdict: Refuse(FieldNameEmpty),
        example: b"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
        apply: |head, dice| head.line(dice).name.clear(),
    },
    Shape {
        name: "a name that is no token",
        section: "9110 5.1",
        verdict: Refuse(FieldNameInvalid),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nX(: x\r\n\r\n",
        apply: |head, dice| {
            let byte = dice.one_of(b"\"(),/;<=>?@[\\]{}\0\x01\x0b\x7f\x80\xff");
            let line = head.line(dice);
            let at = dice.below(line.name.len() + 1);
            line.name.insert(at, byte);
        },
    },
    Shape {
        name: "no colon",
        section: "9112 5",
        verdict: Refuse(ColonMissing),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
        apply: |head, dice| {
            let line = head.line(dice);
            (line.colon, line.value) = (Vec::new(), Vec::new());
            line.end = b"\r\n".into();
        },
    },
    Shape {
        name: "control characters in a value",
        section: "9110 5.5",
        verdict: Refuse(FieldValueInvalid),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        apply: |head, dice| {
            let byte = dice.one_of(b"\0\x01\x08\x0b\x0c\x1b\x1f\x7f");
            let line = head.line(dice);
            let at = dice.below(line.value.len() + 1);
            line.value.insert(at, byte);
        },
    },
    Shape {
        name: "a bare CR in a value",
        section: "9112 2.2; 9110 5.5",
        verdict: Refuse(BareCarriageReturn),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        apply: |head, dice| {
            let line = head.line(dice);
            let at = dice.below(line.value.len() + 1);
            line.value.insert(at, b'\r');
        },
    },
    Shape {
        name: "a bare LF behind a field",
        section: "9112 2.2: may be recognised; not here",
        verdict: Refuse(BareLineFeed),
        example: b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        apply: |head, dice| head.line(dice).end = b"\n".into(),
    },
    Shape {
        name: "a bare LF in place of the empty line",
        section: "9112 2.2",
        verdict: Refuse(BareLineFeed),
        example: b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        apply: |head, dice| {
            head.plain();
            head.line(dice);
            head.last = b"\n".into();
        },
    },
    Shape {
        name: "a bare CR in place of the empty line",
        section: "9112 2.2",
        verdict: Refuse(BareCarriageReturn),
        example: b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n",
        apply: |head, _| head.last = b"\r\r\n".into(),
    },
    Shape {
        name: "no Host in HTTP/1.1",
        section: "9112 3.2: 400",
        verdict: Refuse(HostMissing),
        example: b"GET / HTTP/1.1\r\nHosts: a\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.remove("Host");
        },
    },
    Shape {
        name: "no Host in HTTP/1.0",
        section: "9112 3.2",
        verdict: Accept,
        example: b"GET / HTTP/1.0\r\n\r\n",
        apply: |head, _| {
            head.plain();
            head.version = b"HTTP/1.0".into();
            head.remove("Host");
        },
    },
    Shape {
        name: "two Hosts",
        section: "9112 3.2: 400",
        verdict: Refuse(HostRepeated),
        example: b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
        apply: |head, dice| {
            head.plain();
            let second = dice.one_of(&["a.example", "b", ""]);
            head.add("hOST", second);
        },
    },
    Shape {
        name: "a Host that is none",
        section: "9112 3.2: 400; 9110 4.2.1, 4.2.4",
        verdict: Refuse(HostInvalid),
        example: b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        apply: |head, dice| {
            const HOSTS: [&str; 16] = [
                "", "a b", "a/b", "u@a", "a:b", "a:65536", "a:80:80", ":80", "[::1", "[a]", "::1", "a%", "a%zz", "a?b", "a\\b",
                "http://a",
            ];
            head.plain();
            head.set("Host", dice.one_of(&HOSTS));
        },
    },
    Shape {
        name: "hosts of every kind",
        section: "9110 4.2; 3986 3.2.2",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
        apply: |head, dice| {
            const HOSTS: [&str; 9] = [
                "a", "a.b", "a_b", "1.2.3.4:5", "[::ffff:1.2.3.4]", "[2001:db8::1]:443", "a:", "xn--bcher-kva.example", "a%20b",
            ];
            head.plain();
            head.set("Host", dice.one_of(&HOSTS));
        },
    },
    Shape {
        name: "options of every kind",
        section: "9110 7.6.1, 5.6.1",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost: a\r\nConnection: , close,,TE ,x\r\n\r\n",
        apply: |head, dice| {
            let options = dice.one_of(&["", ",", "close, close", "a b", "\"x\"", "host", "keep-alive\t,upgrade"]);
            head.set("Connection", options);
        },
    },
    Shape {
        name: "more options than there may be fields",
        section: "9110 15.5.21 (6585 5): 431",
        verdict: Refuse(TooManyOptions),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nConnection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,\
            a,b,c,d,e,f,g,h,i,j,k,l,m,n,o\r\n\r\n",
        apply: |head, _| {
            let line = Line::new("Connection", "x,".repeat(41));
            head.lines.insert(0, line);
        },
    },
    Shape {
        name: "expectations of every kind",
        section: "9110 10.1.1: ignoring others is allowed",
        verdict: Accept,
        example: b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n",
        apply: |head, dice| head.set("Expect", dice.one_of(&["100-continue", "200-ok", "", "100-continue, x"])),
    },
];
