//! The head of a response (RFC 9112, 4), as an upstream sends it.

use super::field::line_end;
use super::fields::Fields;
use super::stop::{Stop, verdict};
use super::token::value_len;
use super::{Field, Framing, Limits, Method, Refused, Span, Version};

/// A response's head: what it says, as spans of the bytes it was read from. Reused from response to response.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    status: u16,
    reason: Span,
    fields: Fields,
    framing: Framing,
    persistent: bool,
    /// Where the first line that isn't read yet begins; zero before the status line is read, in the end the head's
    /// length.
    at: usize,
    /// How many bytes were seen of an unfinished head; zero before a head is begun.
    seen: usize,
}

impl ResponseHead {
    /// Reads the head at the beginning of `bytes`, which answers a request with `method`; `false` while it is incomplete.
    /// Then the next call takes the same bytes and more.
    ///
    /// An interim response (1xx) is a head of its own; the final one comes behind it.
    #[inline]
    pub fn parse(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        method: Method,
    ) -> Result<bool, Refused> {
        let window = limits.window(bytes);
        if self.seen == 0 || window.len() < self.seen {
            self.at = 0;
        }
        let result = self.advance(window, limits, method);
        let result = verdict(result, limits.exhausted(window), || Refused::HeadTooLong);
        self.seen = if result == Ok(false) { window.len() } else { 0 };
        result
    }

    /// Forgets a head that was begun: its connection ended. Not needed after a head that is complete or refused.
    pub fn clear(&mut self) {
        self.seen = 0;
    }

    #[inline]
    fn advance(&mut self, bytes: &[u8], limits: &Limits, method: Method) -> Result<(), Stop> {
        if self.at == 0 {
            self.read_status_line(bytes)?;
        }
        while self.fields.next(bytes, &mut self.at, limits)?.is_some() {}
        self.conclude(method);
        Ok(())
    }

    #[inline]
    fn read_status_line(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let version = Version::read(bytes)?;
        self.status = read_status(bytes, Version::LEN)?;
        (self.reason, self.at) = read_reason(bytes, Version::LEN + 4)?;
        self.fields.clear(version);
        Ok(())
    }

    /// Whether there is a body depends on the request, too (RFC 9112, 6.3). A length that a response without a body
    /// claims is no framing: with HEAD and 304 it tells what a body would have. With the other statuses it shouldn't be
    /// there, and a body may follow it against the rule, so the connection isn't used again.
    #[inline]
    fn conclude(&mut self, method: Method) {
        let claimed = self.fields.claims.framing();
        let tunnel = method == Method::Connect && (200..300).contains(&self.status);
        let bodiless = tunnel || matches!(self.status, 100..=199 | 204);
        self.framing = match claimed {
            _ if bodiless || self.status == 304 || method == Method::Head => Framing::None,
            Some(framing) => framing,
            None => Framing::Close,
        };
        let contradicts = bodiless && !matches!(claimed, None | Some(Framing::Length(0)));
        self.persistent = self.fields.options.persistent(self.version())
            && self.framing != Framing::Close
            && !contradicts;
    }
}

/// What a complete head says. `bytes` are those it was read from.
impl ResponseHead {
    /// The status code, from 100 to 999.
    #[inline]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether another response follows: 1xx, but 101, after which no HTTP follows.
    #[inline]
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// The reason phrase; may be empty.
    #[inline]
    pub fn reason(&self) -> Span {
        self.reason
    }

    /// The server's version.
    #[inline]
    pub fn version(&self) -> Version {
        self.fields.version
    }

    /// How the end of the body is known.
    #[inline]
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the connection can be used again, once the body has been read.
    #[inline]
    pub fn persistent(&self) -> bool {
        self.persistent
    }

    /// Whether the server speaks another protocol from here on: 101 with `Connection: upgrade` and `Upgrade`.
    #[inline]
    pub fn upgrade(&self) -> bool {
        self.status == 101 && self.fields.wants_upgrade()
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

/// A space and three digits.
#[inline]
fn read_status(bytes: &[u8], at: usize) -> Result<u16, Stop> {
    match bytes[at..] {
        [b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
            let digit = |byte: u8| u16::from(byte - b'0');
            Ok(digit(a) * 100 + digit(b) * 10 + digit(c))
        }
        [] | [b' '] | [b' ', b'1'..=b'9'] | [b' ', b'1'..=b'9', b'0'..=b'9'] => {
            Err(Stop::Unfinished)
        }
        _ => Err(Refused::StatusInvalid.into()),
    }
}

/// A space and a phrase, which may be empty; many leave out the space then. Gives where the fields begin, too.
#[inline]
fn read_reason(bytes: &[u8], at: usize) -> Result<(Span, usize), Stop> {
    if bytes.get(at) != Some(&b' ') {
        let next = line_end(bytes, at, Refused::StatusInvalid)?;
        return Ok((Span::new(at, at), next));
    }
    let begin = at + 1;
    let end = begin + value_len(&bytes[begin..]);
    let next = line_end(bytes, end, Refused::ReasonInvalid)?;
    Ok((Span::new(begin, end), next))
}
