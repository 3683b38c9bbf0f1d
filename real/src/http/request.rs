//! The head of a request (RFC 9112, 3).

use super::fields::Fields;
use super::known::Known;
use super::request_line::RequestLine;
use super::stop::{Stop, verdict};
use super::{Field, Form, Framing, Limits, Method, Refused, Span, Version, host};

/// A request's head: what it says, as spans of the bytes it was read from.
///
/// Reused from request to request, so that reading allocates nothing after the first.
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    method: Method,
    target: Span,
    form: Form,
    fields: Fields,
    host: Option<Span>,
    framing: Framing,
    continues: bool,
    stage: Stage,
    /// Where the first line that isn't read yet begins, or up to where the request line was read; in the end the head's
    /// length.
    at: usize,
    /// How many bytes were seen of an unfinished head; zero before a head is begun.
    seen: usize,
}

/// What the next bytes belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// The request line; an empty line may stand before it.
    #[default]
    Start,
    /// The fields.
    Fields,
}

impl RequestHead {
    /// Reads the head at the beginning of `bytes`; `false` while it is incomplete. Then the next call takes the same
    /// bytes and more, and goes on where it stopped: the work is that of the bytes, however they come.
    ///
    /// What can't become a head any more is refused at once, wherever the bytes were cut on their way.
    #[inline]
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<bool, Refused> {
        let window = limits.window(bytes);
        if self.seen == 0 || window.len() < self.seen {
            self.begin();
        }
        let result = self.advance(window, limits);
        let result = verdict(result, limits.exhausted(window), || self.too_long());
        self.seen = if result == Ok(false) { window.len() } else { 0 };
        result
    }

    /// Forgets a head that was begun: its connection ended. Not needed after a head that is complete or refused.
    pub fn clear(&mut self) {
        self.seen = 0;
    }

    #[inline]
    fn begin(&mut self) {
        self.stage = Stage::Start;
        self.at = 0;
        self.host = None;
        self.continues = false;
    }

    #[inline]
    fn advance(&mut self, bytes: &[u8], limits: &Limits) -> Result<(), Stop> {
        if self.stage == Stage::Start {
            self.read_request_line(bytes)?;
        }
        while let Some((known, value)) = self.fields.next(bytes, &mut self.at, limits)? {
            self.note(bytes, known, value, limits)?;
        }
        Ok(self.conclude()?)
    }

    #[inline]
    fn read_request_line(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let line = RequestLine::read(bytes, &mut self.at)?;
        self.method = line.method;
        self.target = line.target;
        self.form = Form::of(line.method, line.target.of(bytes), line.target)?;
        self.fields.clear(line.version);
        self.stage = Stage::Fields;
        Ok(())
    }

    #[inline]
    fn note(
        &mut self,
        bytes: &[u8],
        known: Known,
        value: Span,
        limits: &Limits,
    ) -> Result<(), Refused> {
        match known {
            Known::Host => self.note_host(bytes, value),
            Known::ContentLength => self.within(limits.body_bytes),
            Known::Expect => {
                self.continues |= value.of(bytes).eq_ignore_ascii_case(b"100-continue");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Host must be there once, be well-formed, and agree with the target (RFC 9112, 3.2). A target's own host would
    /// count instead (3.2.2), so that another one in Host could mislead whoever reads only that.
    #[inline]
    fn note_host(&mut self, bytes: &[u8], value: Span) -> Result<(), Refused> {
        let host = value.of(bytes);
        if self.host.replace(value).is_some() {
            return Err(Refused::HostRepeated);
        }
        if host::split(host).is_none() {
            return Err(Refused::HostInvalid);
        }
        let same = match self.form {
            Form::Origin | Form::Asterisk => true,
            Form::Authority => host::same(host, self.target.of(bytes), b""),
            Form::Absolute {
                authority, https, ..
            } => {
                let port: &[u8] = if https { b"443" } else { b"80" };
                host::same(host, authority.of(bytes), port)
            }
        };
        if same {
            Ok(())
        } else {
            Err(Refused::HostDiffers)
        }
    }

    #[inline]
    fn within(&self, most: u64) -> Result<(), Refused> {
        match self.fields.claims.framing() {
            Some(Framing::Length(length)) if length > most => Err(Refused::BodyTooLong),
            _ => Ok(()),
        }
    }

    #[inline]
    fn conclude(&mut self) -> Result<(), Refused> {
        if self.host.is_none() && self.version() == Version::Http11 {
            return Err(Refused::HostMissing);
        }
        self.framing = self.fields.claims.framing().unwrap_or_default();
        let empty = matches!(self.framing, Framing::None | Framing::Length(0));
        if self.method == Method::Connect && !empty {
            return Err(Refused::ConnectWithContent);
        }
        // HTTP/1.0 knows no interim responses, and nobody waits before sending nothing (RFC 9110, 10.1.1).
        self.continues &= self.version() == Version::Http11 && !empty;
        Ok(())
    }

    #[cold]
    fn too_long(&self) -> Refused {
        match self.stage {
            Stage::Fields => Refused::HeadTooLong,
            _ => Refused::RequestLineTooLong,
        }
    }
}

/// What a complete head says. `bytes` are those it was read from.
impl RequestHead {
    /// What is to be done.
    #[inline]
    pub fn method(&self) -> Method {
        self.method
    }

    /// To what, as it was sent.
    #[inline]
    pub fn target(&self) -> Span {
        self.target
    }

    /// How the target is given.
    #[inline]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Path and query. `/` where a whole URI has none (`*` with OPTIONS, RFC 9112, 3.2.4); the target itself where it is
    /// no path.
    #[inline]
    pub fn path<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        match self.form {
            Form::Absolute { path, .. } if !path.is_empty() => path.of(bytes),
            Form::Absolute { .. } if self.method == Method::Options => b"*",
            Form::Absolute { .. } => b"/",
            _ => self.target.of(bytes),
        }
    }

    /// The host, and the port if there is one, that the request is for; none in HTTP/1.0 without `Host`.
    #[inline]
    pub fn authority<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        match self.form {
            Form::Absolute { authority, .. } => Some(authority.of(bytes)),
            Form::Authority => Some(self.target.of(bytes)),
            _ => self.host.map(|host| host.of(bytes)),
        }
    }

    /// The client's version.
    #[inline]
    pub fn version(&self) -> Version {
        self.fields.version
    }

    /// How the end of the body is known.
    #[inline]
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the client lets the connection be used again.
    #[inline]
    pub fn persistent(&self) -> bool {
        self.fields.options.persistent(self.version())
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    #[inline]
    pub fn expects_continue(&self) -> bool {
        self.continues
    }

    /// Whether the client asks for the protocol that its `Upgrade` field names.
    #[inline]
    pub fn upgrade(&self) -> bool {
        self.fields.wants_upgrade()
    }

    /// How many bytes the head has: what comes behind them is the body.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "a head is never empty")]
    pub fn len(&self) -> usize {
        self.at
    }

    /// Where the fields stand, in order.
    #[inline]
    pub fn field_spans(&self) -> &[Field] {
        &self.fields.list
    }

    /// Names and values of all fields, in order.
    pub fn fields<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = (&'b [u8], &'b [u8])> {
        self.fields.iter(bytes)
    }

    /// Names and values of the fields that are forwarded. `Content-Length` is one of them, `Transfer-Encoding` isn't.
    pub fn end_to_end<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = (&'b [u8], &'b [u8])> {
        self.fields.end_to_end(bytes)
    }

    /// The values of all fields with a name, in order: together they are one list (RFC 9110, 5.3).
    pub fn values<'b>(
        &self,
        bytes: &'b [u8],
        name: &'static str,
    ) -> impl Iterator<Item = &'b [u8]> {
        let fields = self.fields(bytes);
        fields.filter_map(move |(found, value)| {
            found.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
        })
    }

    /// The first value of a field, whose name may be in any case.
    pub fn get<'b>(&self, bytes: &'b [u8], name: &str) -> Option<&'b [u8]> {
        self.fields.get(bytes, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: &[u8]) -> RequestHead {
        let mut head = RequestHead::default();
        assert_eq!(head.parse(bytes, &Limits::default()), Ok(true));
        head
    }

    #[test]
    fn what_a_head_says() {
        let bytes = b"POST /a?b HTTP/1.1\r\nHost: x:80\r\ncontent-length:5 \r\nExpect: 100-Continue\r\n\r\nhello";
        let head = head(bytes);
        assert_eq!(
            (head.method(), head.version()),
            (Method::Post, Version::Http11)
        );
        assert_eq!(
            (head.path(bytes), head.authority(bytes)),
            (&b"/a?b"[..], Some(&b"x:80"[..]))
        );
        assert_eq!(
            (head.framing(), head.len()),
            (Framing::Length(5), bytes.len() - 5)
        );
        assert!(head.persistent() && head.expects_continue() && !head.upgrade());
        assert_eq!(head.get(bytes, "Content-Length"), Some(&b"5"[..]));
        assert_eq!(head.get(bytes, "cookie"), None);
    }

    /// The target's host counts, and what is sent on has a path.
    #[test]
    fn a_whole_uri_is_taken_apart() {
        for (target, path, authority) in [("http://A:8/b", "/b", "A:8"), ("http://a:8", "/", "a:8")]
        {
            let bytes = format!("GET {target} HTTP/1.1\r\nHost: a:8\r\n\r\n").into_bytes();
            let head = head(&bytes);
            assert_eq!(head.path(&bytes), path.as_bytes());
            assert_eq!(head.authority(&bytes), Some(authority.as_bytes()));
        }
        let bytes = b"OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(head(bytes).path(bytes), b"*");
    }

    #[test]
    fn fields_for_this_hop_are_not_forwarded() {
        let bytes = b"GET / HTTP/1.1\r\nx-b: 1\r\nHost: a\r\nConnection: X-A, close, host ,x-b\r\nX-a: 1\r\nTE: trailers\r\n\
            Keep-Alive: 5\r\nProxy-Connection: x\r\nUpgrade: y\r\nContent-Length: 0\r\nAccept: */*\r\n\r\n";
        let head = head(bytes);
        let names: Vec<&[u8]> = head.end_to_end(bytes).map(|(name, _)| name).collect();
        assert_eq!(names, [&b"Host"[..], b"Content-Length", b"Accept"]);
        assert_eq!(head.fields(bytes).count(), 10);
    }

    /// Nobody waits for a hundred that may not come, or before nothing.
    #[test]
    fn only_a_client_with_a_body_is_told_to_go_on() {
        for head_text in [
            "POST / HTTP/1.0\r\nContent-Length: 5\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n",
        ] {
            let bytes = format!("{head_text}Expect: 100-continue\r\n\r\n").into_bytes();
            assert!(!head(&bytes).expects_continue(), "{head_text}");
        }
    }

    /// Once it has room, a head takes no memory any more.
    #[test]
    fn reading_again_allocates_nothing() {
        let bytes =
            b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\nE: f\r\nConnection: a, c\r\n\r\n";
        let mut head = head(bytes);
        let place = head.field_spans().as_ptr();
        for _ in 0..3 {
            assert_eq!(head.parse(bytes, &Limits::default()), Ok(true));
            assert_eq!(head.field_spans().as_ptr(), place);
        }
    }

    /// A caller that shows less than before, or whose limits shrank, shows another head.
    #[test]
    fn fewer_bytes_are_another_head() {
        let (mut head, limits) = (RequestHead::default(), Limits::default());
        let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nAbcdefghij: klm";
        assert_eq!(head.parse(bytes, &limits), Ok(false));
        assert_eq!(head.parse(&bytes[..30], &limits), Ok(false));
        let tight = Limits {
            head_bytes: 20,
            ..limits
        };
        assert_eq!(head.parse(bytes, &tight), Err(Refused::HeadTooLong));
    }
}
