//! What is sent on of a request's head.
//!
//! Most lines go on as they came. They are copied in runs: from the first line that stays to the next that does not.
//! Left out is what was meant for this hop (RFC 9110, 7.6.1), and what we know better: where the request came from.

use super::forwarded::{self, Heard, Origin};
use crate::http::{Field, Framing, Method, RequestHead, Version, write as http_write};

/// What is written besides the client's own words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rewrite {
    /// Where it came from.
    pub(super) peer: std::net::SocketAddr,
    /// Whether over TLS.
    pub(super) tls: bool,
    /// Whether the peer is another proxy of ours: what it says of its client is kept.
    pub(super) trusted: bool,
    /// Whether `Expect: 100-continue` is passed on: the body is not here yet.
    pub(super) expect: bool,
    /// Whether `Upgrade` is.
    pub(super) upgrade: bool,
}

/// Which of the client's lines are treated specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Kept,
    Host,
    Expect,
    XFor,
    XProto,
    XHost,
    Forwarded,
    MaxForwards,
    /// What nobody may say to an application (see [`Line::of`]).
    Never,
}

impl Line {
    /// By length first, so that most names are compared with nothing.
    ///
    /// To a CGI program `Proxy` would be the environment's `HTTP_PROXY`, and a name with underscores the one with
    /// hyphens.
    #[inline]
    fn of(name: &[u8]) -> Line {
        let (text, line): (&[u8], _) = match name.len() {
            4 => (b"host", Line::Host),
            5 => (b"proxy", Line::Never),
            6 => (b"expect", Line::Expect),
            9 => (b"forwarded", Line::Forwarded),
            12 => (b"max-forwards", Line::MaxForwards),
            15 => (b"x-forwarded-for", Line::XFor),
            16 => (b"x-forwarded-host", Line::XHost),
            17 => (b"x-forwarded-proto", Line::XProto),
            _ => return Line::Kept,
        };
        if name.eq_ignore_ascii_case(text) {
            return line;
        }
        let mut both = name.iter().zip(text);
        let twin = both
            .all(|(&byte, &text)| byte.eq_ignore_ascii_case(&text) || byte == b'_' && text == b'-');
        if twin { Line::Never } else { Line::Kept }
    }
}

/// Appends the head that goes to the backend; `bytes` are those `head` was read from.
pub(super) fn write(out: &mut Vec<u8>, head: &RequestHead, bytes: &[u8], rewrite: &Rewrite) {
    write_request_line(out, head, bytes);
    let heard = write_kept(out, head, bytes, rewrite);
    out.extend_from_slice(match head.version() {
        Version::Http11 => b"Via: 1.1 evenkeel\r\n",
        Version::Http10 => b"Via: 1.0 evenkeel\r\n",
    });
    let origin = Origin {
        peer: rewrite.peer,
        tls: rewrite.tls,
        host: head.authority(bytes),
    };
    forwarded::write(out, &origin, &heard);
    if head.framing() == Framing::Chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
    if let Some(more @ 1..) = max_forwards(head, bytes) {
        http_write::number_field(out, "Max-Forwards", more - 1);
    }
    write_hop(out, head, bytes, rewrite);
    out.extend_from_slice(b"\r\n");
}

/// How many more servers may pass an OPTIONS request on (RFC 9110, 7.6.2). One without a limit, or with none that is a
/// number, may go anywhere.
pub(super) fn max_forwards(head: &RequestHead, bytes: &[u8]) -> Option<u64> {
    if head.method() != Method::Options {
        return None;
    }
    let value = head.get(bytes, "max-forwards")?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[inline]
fn write_request_line(out: &mut Vec<u8>, head: &RequestHead, bytes: &[u8]) {
    out.extend_from_slice(head.method().name(bytes));
    out.push(b' ');
    out.extend_from_slice(head.path(bytes));
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    // Who names no host (HTTP/1.0) means whoever is here (RFC 9112, 3.3); a name must be there, and many refuse none.
    out.extend_from_slice(head.authority(bytes).unwrap_or(b"localhost"));
    out.extend_from_slice(b"\r\n");
}

/// The lines that stay; what the others said of the client, if it is to be believed.
#[inline]
fn write_kept<'b>(
    out: &mut Vec<u8>,
    head: &RequestHead,
    bytes: &'b [u8],
    rewrite: &Rewrite,
) -> Heard<'b> {
    let mut heard = Heard::default();
    let mut runs = Runs::new(head.field_spans(), head.len());
    for field in head.field_spans() {
        let line = Line::of(field.name.of(bytes));
        let stays = match line {
            Line::Kept => !field.hop_by_hop,
            Line::Expect => rewrite.expect,
            Line::MaxForwards => head.method() != Method::Options,
            _ => false,
        };
        if !stays {
            runs.leave_out(out, bytes, field);
            if rewrite.trusted {
                note(&mut heard, line, field.value.of(bytes));
            }
        }
    }
    runs.finish(out, bytes);
    heard
}

fn note<'b>(heard: &mut Heard<'b>, line: Line, value: &'b [u8]) {
    match line {
        // Several lines are one list (RFC 9110, 5.3).
        Line::XFor => heard.x_for.push(value),
        Line::Forwarded => heard.forwarded.push(value),
        // Of several lines the last is the nearest hop's.
        Line::XProto => heard.x_proto = Some(value),
        Line::XHost => heard.x_host = Some(value),
        Line::Kept | Line::Host | Line::Expect | Line::MaxForwards | Line::Never => {}
    }
}

/// What is meant for the backend only.
fn write_hop(out: &mut Vec<u8>, head: &RequestHead, bytes: &[u8], rewrite: &Rewrite) {
    let te = head.values(bytes, "te").any(takes_trailers);
    match (rewrite.upgrade, te) {
        (false, false) => return,
        (false, true) => out.extend_from_slice(b"Connection: TE\r\n"),
        (true, false) => out.extend_from_slice(b"Connection: upgrade\r\n"),
        (true, true) => out.extend_from_slice(b"Connection: upgrade, TE\r\n"),
    }
    if te {
        out.extend_from_slice(b"TE: trailers\r\n");
    }
    if rewrite.upgrade {
        for protocols in head.values(bytes, "upgrade") {
            out.extend_from_slice(b"Upgrade: ");
            out.extend_from_slice(protocols);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn takes_trailers(te: &[u8]) -> bool {
    let mut codings = te.split(|&byte| byte == b',');
    codings.any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
}

/// Lines that are copied together, because nothing between them is left out.
#[derive(Debug)]
pub(super) struct Runs {
    from: usize,
    end: usize,
}

impl Runs {
    /// `length` is the head's, with the empty line that ends it.
    #[inline]
    pub(super) fn new(fields: &[Field], length: usize) -> Self {
        let end = length.saturating_sub(2);
        Runs {
            from: fields.first().map_or(end, |first| first.name.range().start),
            end,
        }
    }

    /// `field` is not copied; what stands before it is.
    #[inline]
    pub(super) fn leave_out(&mut self, out: &mut Vec<u8>, bytes: &[u8], field: &Field) {
        out.extend_from_slice(&bytes[self.from..field.name.range().start]);
        let value = field.value.range().end;
        self.from = value + line_rest(&bytes[value..self.end]);
    }

    /// The rest is.
    #[inline]
    pub(super) fn finish(self, out: &mut Vec<u8>, bytes: &[u8]) {
        out.extend_from_slice(&bytes[self.from..self.end]);
    }
}

/// White space behind a value, and the end of its line.
#[inline]
fn line_rest(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    end.map_or(bytes.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Limits;

    fn rewritten(request: &str, change: impl FnOnce(&mut Rewrite)) -> String {
        let mut head = RequestHead::default();
        let limits = Limits::default();
        assert_eq!(
            head.parse(request.as_bytes(), &limits),
            Ok(true),
            "{request}"
        );
        let mut rewrite = Rewrite {
            peer: "192.0.2.1:1".parse().unwrap(),
            tls: false,
            trusted: false,
            expect: false,
            upgrade: false,
        };
        change(&mut rewrite);
        let mut out = Vec::new();
        write(&mut out, &head, request.as_bytes(), &rewrite);
        String::from_utf8(out).unwrap()
    }

    const OURS: &str = "Via: 1.1 evenkeel\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n\
        X-Forwarded-Host: a\r\nForwarded: for=192.0.2.1;proto=http;host=\"a\"\r\n";

    #[test]
    fn what_is_not_for_this_hop_goes_on_as_it_came() {
        let request =
            "GET /x?y HTTP/1.1\r\nAccept:  */* \r\nHost: a\r\nB: 1\r\nB: 2\r\nVia: 1.0 old\r\n\r\n";
        let expected = format!(
            "GET /x?y HTTP/1.1\r\nHost: a\r\nAccept:  */* \r\nB: 1\r\nB: 2\r\nVia: 1.0 old\r\n{OURS}\r\n"
        );
        assert_eq!(rewritten(request, |_| ()), expected);
    }

    #[test]
    fn what_is_for_this_hop_does_not() {
        let request = "POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine \r\nx-mine: 1\r\n\
            Keep-Alive: 5\r\nTE: gzip\r\nC: 3\r\nProxy-Connection: x\r\nTransfer-Encoding: chunked\r\n\
            Upgrade: h2c\r\nForwarded: for=evil\r\nX-Forwarded-For: evil\r\nX-Forwarded-Host: evil\r\n\
            X-Forwarded-Proto: evil\r\nExpect: 100-continue\r\n\r\n";
        let expected = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nC: 3\r\n{OURS}Transfer-Encoding: chunked\r\n\r\n"
        );
        assert_eq!(rewritten(request, |_| ()), expected);
    }

    #[test]
    fn a_proxy_of_ours_is_believed() {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\n\
            Forwarded: for=198.51.100.1\r\n\r\n";
        let out = rewritten(request, |rewrite| rewrite.trusted = true);
        assert!(
            out.contains(
                "X-Forwarded-For: 198.51.100.1, 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
            ),
            "{out}"
        );
        assert!(
            out.contains("Forwarded: for=198.51.100.1, for=192.0.2.1;"),
            "{out}"
        );
    }

    #[test]
    fn a_whole_uri_becomes_a_path_and_a_host() {
        let out = rewritten(
            "GET http://b.example/x HTTP/1.1\r\nHost: b.example\r\n\r\n",
            |_| (),
        );
        assert!(
            out.starts_with("GET /x HTTP/1.1\r\nHost: b.example\r\nVia"),
            "{out}"
        );
        let out = rewritten("GET /x HTTP/1.0\r\n\r\n", |_| ());
        assert!(
            out.starts_with("GET /x HTTP/1.1\r\nHost: localhost\r\nVia: 1.0 evenkeel\r\n"),
            "{out}"
        );
        assert!(!out.contains("X-Forwarded-Host"), "{out}");
    }

    #[test]
    fn an_upgrade_and_trailers_are_asked_for_in_our_own_name() {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, TE\r\nUpgrade: websocket\r\n\
            TE: gzip, trailers\r\nSec-WebSocket-Key: k\r\n\r\n";
        let out = rewritten(request, |rewrite| rewrite.upgrade = true);
        let hop = "Connection: upgrade, TE\r\nTE: trailers\r\nUpgrade: websocket\r\n\r\n";
        assert!(
            out.ends_with(hop) && out.contains("Sec-WebSocket-Key: k\r\n"),
            "{out}"
        );
        let out = rewritten(request, |_| ());
        assert!(
            out.ends_with("Connection: TE\r\nTE: trailers\r\n\r\n"),
            "{out}"
        );
    }

    #[test]
    fn options_go_only_so_far() {
        let request = "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n";
        let out = rewritten(request, |_| ());
        assert!(
            out.ends_with("\r\nMax-Forwards: 2\r\n\r\n") && !out.contains("ds: 3"),
            "{out}"
        );
        let out = rewritten(&request.replace("OPTIONS *", "GET /"), |_| ());
        assert!(out.contains("Max-Forwards: 3\r\n"), "{out}");
    }

    #[test]
    fn who_waits_to_be_asked_for_a_body_may_still_wait() {
        let request =
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        let out = rewritten(request, |rewrite| rewrite.expect = true);
        assert!(
            out.contains("\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"),
            "{out}"
        );
        assert!(!rewritten(request, |_| ()).contains("Expect"));
    }

    #[test]
    fn several_lines_are_one_list() {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, upgrade\r\nTE: gzip\r\nTE: trailers\r\n\
                       Upgrade: a\r\nUpgrade: b\r\nX-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 10.0.0.1\r\n\
                       Forwarded: for=198.51.100.1\r\nForwarded: for=10.0.0.1\r\n\r\n";
        let out = rewritten(request, |rewrite| {
            rewrite.trusted = true;
            rewrite.upgrade = true;
        });
        for line in [
            "X-Forwarded-For: 198.51.100.1, 10.0.0.1, 192.0.2.1",
            "Forwarded: for=198.51.100.1, for=10.0.0.1, for=192.0.2.1;",
            "Connection: upgrade, TE\r\nTE: trailers\r\nUpgrade: a\r\nUpgrade: b\r\n",
        ] {
            assert!(out.contains(&format!("\r\n{line}")), "{line}: {out}");
        }
    }

    #[test]
    fn what_a_program_would_take_for_something_else_is_left_out() {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nProxy: evil\r\nX_Forwarded_For: evil\r\n\
                       x-forwarded_Proto: evil\r\nX-Other_Name: kept\r\nProxi: kept\r\n\r\n";
        for trusted in [false, true] {
            let out = rewritten(request, |rewrite| rewrite.trusted = trusted);
            assert!(!out.contains("evil"), "{out}");
            assert_eq!(out.matches("kept").count(), 2, "{out}");
        }
    }
}
