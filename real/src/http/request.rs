//! The head of a request (RFC 9112, 3).

use super::field::line_end;
use super::fields::Fields;
use super::known::Known;
use super::stop::{Stop, verdict};
use super::token::{target_len, token_len};
use super::{Field, Form, Framing, Limits, Method, Refused, Span, Version, host};

/// No registered method is longer than half of this.
const LONGEST_METHOD: usize = 32;

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
    /// Up to where the target was read; then where the first line that isn't read yet begins; in the end the head's
    /// length.
    at: usize,
}

/// What the next bytes belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Another head.
    #[default]
    Fresh,
    /// The request line; an empty line may stand before it.
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
        if self.stage == Stage::Fresh || bytes.len() < self.at {
            self.begin();
        }
        let window = limits.window(bytes);
        let result = self.advance(window, limits);
        let result = verdict(result, limits.exhausted(window), || self.too_long());
        if result != Ok(false) {
            self.stage = Stage::Fresh;
        }
        result
    }

    /// Forgets a head that was begun: its connection ended. Not needed after a head that is complete or refused.
    pub fn clear(&mut self) {
        self.stage = Stage::Fresh;
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
        let begin = skip_empty_line(bytes)?;
        let method = read_method(bytes, begin)?;
        let target = self.read_target(bytes, method.range().end + 1)?;
        let start = target.range().end + 1;
        let version = Version::read(&bytes[start..])?;
        self.at = line_end(bytes, start + Version::LEN, Refused::VersionInvalid)?;
        self.method = Method::of(method.of(bytes), method);
        self.target = target;
        self.form = Form::of(self.method, target.of(bytes), target)?;
        self.fields.clear(version);
        self.stage = Stage::Fields;
        Ok(())
    }

    /// Where the target stands; the space behind it was seen. What was read of an unfinished one is not read again.
    #[inline]
    fn read_target(&mut self, bytes: &[u8], begin: usize) -> Result<Span, Stop> {
        let from = begin.max(self.at);
        self.at = from + target_len(&bytes[from..]);
        match bytes.get(self.at) {
            Some(b' ') if self.at > begin => Ok(Span::new(begin, self.at)),
            Some(&byte) => Err(no_target(byte, self.at - begin).into()),
            None => Err(Stop::Unfinished),
        }
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

    /// The first value of a field, whose name may be in any case.
    pub fn get<'b>(&self, bytes: &'b [u8], name: &str) -> Option<&'b [u8]> {
        self.fields.get(bytes, name)
    }
}

/// One empty line may precede a request: old clients sent one after a body (RFC 9112, 2.2).
#[inline]
fn skip_empty_line(bytes: &[u8]) -> Result<usize, Stop> {
    match bytes {
        [b'\r', ..] => line_end(bytes, 0, Refused::StartInvalid),
        _ => Ok(0),
    }
}

/// Where the method stands; the space behind it was seen.
#[inline]
fn read_method(bytes: &[u8], begin: usize) -> Result<Span, Stop> {
    let end = begin + token_len(&bytes[begin..]);
    if end - begin > LONGEST_METHOD {
        return Err(Refused::MethodTooLong.into());
    }
    match bytes.get(end) {
        Some(b' ') if end > begin => Ok(Span::new(begin, end)),
        Some(&byte) => Err(no_method(byte, end - begin).into()),
        None => Err(Stop::Unfinished),
    }
}

/// Why `byte` must not follow the first `length` characters of a request line.
#[cold]
fn no_method(byte: u8, length: usize) -> Refused {
    match byte {
        b' ' | b'\t' | b'\r' if length == 0 => Refused::StartInvalid,
        b'\n' => Refused::BareLineFeed,
        _ => Refused::MethodInvalid,
    }
}

/// Why `byte` must not follow the first `length` characters of a target.
#[cold]
fn no_target(byte: u8, length: usize) -> Refused {
    match byte {
        b' ' | b'\t' | b'\r' | b'\n' if length == 0 => Refused::TargetMissing,
        b'\r' | b'\n' => Refused::VersionMissing,
        _ => Refused::TargetInvalid,
    }
}
