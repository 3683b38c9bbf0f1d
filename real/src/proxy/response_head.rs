//! What is sent on of a response's head.

use super::request_head::Runs;
use crate::http::{ResponseHead, Version};

/// How the client gets the body, and what it is told of the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reply<'a> {
    /// Whether the body is sent in chunks.
    pub(super) chunked: bool,
    /// Whether `Content-Length` stays, which may be about a body that isn't sent.
    pub(super) length: bool,
    /// Whether the connection ends after this.
    pub(super) close: bool,
    /// The client's version: an old one is told if the connection stays.
    pub(super) version: Version,
    /// The value of a `Set-Cookie` of ours.
    pub(super) cookie: Option<&'a str>,
    /// Whether the protocol is switched to what `Upgrade` says.
    pub(super) upgrade: bool,
}

/// Appends the head that goes to the client; `bytes` are those `head` was read from. `date` writes the `Date` of a
/// response without one (RFC 9110, 6.6.1).
pub(super) fn write(
    out: &mut Vec<u8>,
    head: &ResponseHead,
    bytes: &[u8],
    reply: &Reply<'_>,
    date: impl FnOnce(&mut Vec<u8>),
) {
    write_status_line(out, head, bytes);
    let dated = write_kept(out, head, bytes, reply.length);
    if !dated && head.status() >= 200 {
        date(out);
    }
    out.extend_from_slice(b"Via: 1.1 evenkeel\r\n");
    if let Some(cookie) = reply.cookie {
        out.extend_from_slice(b"Set-Cookie: ");
        out.extend_from_slice(cookie.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    write_hop(out, head, bytes, reply);
    out.extend_from_slice(b"\r\n");
}

/// Appends an interim response (1xx), as it came but for what was meant for this hop.
pub(super) fn write_interim(out: &mut Vec<u8>, head: &ResponseHead, bytes: &[u8]) {
    write_status_line(out, head, bytes);
    write_kept(out, head, bytes, false);
    out.extend_from_slice(b"\r\n");
}

#[inline]
fn write_status_line(out: &mut Vec<u8>, head: &ResponseHead, bytes: &[u8]) {
    let status = head.status();
    let digit = |divisor: u16| b'0' + (status / divisor % 10) as u8;
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(&[digit(100), digit(10), digit(1), b' ']);
    out.extend_from_slice(head.reason().of(bytes));
    out.extend_from_slice(b"\r\n");
}

/// The lines that stay. Whether there is a `Date` among them.
#[inline]
fn write_kept(out: &mut Vec<u8>, head: &ResponseHead, bytes: &[u8], length: bool) -> bool {
    let mut dated = false;
    let mut runs = Runs::new(head.field_spans(), head.len());
    for field in head.field_spans() {
        let name = field.name.of(bytes);
        dated |= name.len() == 4 && name.eq_ignore_ascii_case(b"date");
        let is_length = || name.len() == 14 && name.eq_ignore_ascii_case(b"content-length");
        if field.hop_by_hop || (!length && is_length()) {
            runs.leave_out(out, bytes, field);
        }
    }
    runs.finish(out, bytes);
    dated
}

/// What is meant for the client only.
fn write_hop(out: &mut Vec<u8>, head: &ResponseHead, bytes: &[u8], reply: &Reply<'_>) {
    if reply.chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
    if reply.upgrade {
        out.extend_from_slice(b"Connection: upgrade\r\nUpgrade: ");
        out.extend_from_slice(head.get(bytes, "upgrade").unwrap_or_default());
        out.extend_from_slice(b"\r\n");
    } else if reply.close {
        out.extend_from_slice(b"Connection: close\r\n");
    } else if reply.version == Version::Http10 {
        out.extend_from_slice(b"Connection: keep-alive\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Limits, Method};

    fn rewritten(response: &str, reply: &Reply<'_>) -> String {
        let mut head = ResponseHead::default();
        let parsed = head.parse(response.as_bytes(), &Limits::default(), Method::Get);
        assert_eq!(parsed, Ok(true), "{response}");
        let mut out = Vec::new();
        match head.status() {
            100 | 102.. if head.status() < 200 => {
                write_interim(&mut out, &head, response.as_bytes())
            }
            _ => {
                let date = |out: &mut Vec<u8>| out.extend_from_slice(b"Date: now\r\n");
                write(&mut out, &head, response.as_bytes(), reply, date);
            }
        }
        String::from_utf8(out).unwrap()
    }

    const REPLY: Reply<'_> = Reply {
        chunked: false,
        length: true,
        close: false,
        version: Version::Http11,
        cookie: None,
        upgrade: false,
    };

    #[test]
    fn what_is_not_for_this_hop_goes_on_as_it_came() {
        assert_eq!(
            rewritten(
                "HTTP/1.1 200 Fine by me\r\nServer: x\r\nKeep-Alive: 1\r\nDate: then\r\nConnection: y\r\nY: 1\r\n\
                 Content-Length: 3\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nabc",
                &REPLY
            ),
            "HTTP/1.1 200 Fine by me\r\nServer: x\r\nDate: then\r\nContent-Length: 3\r\nSet-Cookie: a\r\n\
             Set-Cookie: b\r\nVia: 1.1 evenkeel\r\n\r\n"
        );
    }

    #[test]
    fn a_response_without_a_date_gets_one_and_a_cookie_if_there_is_one() {
        let reply = Reply {
            cookie: Some("stay=1"),
            chunked: true,
            length: false,
            close: true,
            ..REPLY
        };
        assert_eq!(
            rewritten("HTTP/1.1 404 \r\n\r\n", &reply),
            "HTTP/1.1 404 \r\nDate: now\r\nVia: 1.1 evenkeel\r\nSet-Cookie: stay=1\r\n\
             Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        );
        let old = Reply {
            version: Version::Http10,
            ..REPLY
        };
        assert!(
            rewritten("HTTP/1.0 200 OK\r\nDate: then\r\n\r\n", &old)
                .ends_with("Connection: keep-alive\r\n\r\n")
        );
    }

    #[test]
    fn interim_responses_and_upgrades() {
        assert_eq!(
            rewritten(
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: z\r\nZ: 1\r\n\r\n",
                &REPLY
            ),
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        );
        let reply = Reply {
            upgrade: true,
            ..REPLY
        };
        let out = rewritten(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nS: k\r\n\r\n",
            &reply,
        );
        assert!(out.contains("\r\nS: k\r\n"), "{out}");
        assert!(
            out.ends_with("Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
            "{out}"
        );
    }
}
