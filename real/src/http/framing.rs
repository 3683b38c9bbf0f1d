//! How the end of a body is known (RFC 9112, 6).

use super::field::trim;
use super::{Refused, Version};

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    #[default]
    None,
    /// It has this many bytes; zero is a body, too.
    Length(u64),
    /// It comes in chunks, the last of which is empty.
    Chunked,
    /// It ends with the connection. Only responses may do that.
    Close,
}

/// What a head says about its body's length. Anything that could be read in two ways is refused.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Claims {
    length: Option<u64>,
    chunked: bool,
}

impl Claims {
    /// Reads a `Content-Length` field. A second one is refused even if it says the same: RFC 9112, 6.3 allows that, and
    /// two recipients that each believe one of them can't be told apart from an attack.
    #[inline]
    pub(super) fn note_length(&mut self, value: &[u8]) -> Result<(), Refused> {
        match self.length.replace(length(value)?) {
            Some(_) => Err(Refused::LengthRepeated),
            None => self.agree(),
        }
    }

    /// Reads a `Transfer-Encoding` field.
    #[inline]
    pub(super) fn note_coding(&mut self, value: &[u8], version: Version) -> Result<(), Refused> {
        if version < Version::Http11 {
            return Err(Refused::CodingInOldVersion);
        }
        if self.chunked {
            return Err(Refused::CodingRepeated);
        }
        codings(value)?;
        self.chunked = true;
        self.agree()
    }

    #[inline]
    fn agree(&self) -> Result<(), Refused> {
        if self.chunked && self.length.is_some() {
            return Err(Refused::LengthAndCoding);
        }
        Ok(())
    }

    /// The framing that was claimed; `None` if nothing was.
    #[inline]
    pub(super) fn framing(&self) -> Option<Framing> {
        match self.length {
            _ if self.chunked => Some(Framing::Chunked),
            Some(length) => Some(Framing::Length(length)),
            None => None,
        }
    }
}

/// One decimal number. A list, a sign and space are no digits. Leading zeros, which the grammar allows, nobody writes,
/// and some read as octal.
#[inline]
fn length(value: &[u8]) -> Result<u64, Refused> {
    if value.is_empty() || (value[0] == b'0' && value.len() > 1) {
        return Err(Refused::LengthInvalid);
    }
    if !value.iter().all(u8::is_ascii_digit) {
        return Err(Refused::LengthInvalid);
    }
    let append =
        |number: u64, digit: &u8| number.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
    value
        .iter()
        .try_fold(0, append)
        .ok_or(Refused::LengthOverflow)
}

/// `chunked` and nothing else.
#[inline]
fn codings(value: &[u8]) -> Result<(), Refused> {
    if value.eq_ignore_ascii_case(b"chunked") {
        Ok(())
    } else {
        Err(other_codings(value))
    }
}

#[cold]
fn other_codings(value: &[u8]) -> Refused {
    let is_chunked = |coding: &[u8]| trim(coding).eq_ignore_ascii_case(b"chunked");
    let mut codings = value.rsplit(|&byte| byte == b',');
    if !codings.next().is_some_and(is_chunked) {
        Refused::ChunkedNotLast
    } else if codings.any(is_chunked) {
        Refused::ChunkedTwice
    } else {
        Refused::CodingUnknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        assert_eq!(length(b"0"), Ok(0));
        assert_eq!(length(b"18446744073709551615"), Ok(u64::MAX));
        assert_eq!(
            length(b"18446744073709551616"),
            Err(Refused::LengthOverflow)
        );
        for value in [
            "", "+1", "-1", "1 2", "0x10", "1,1", "01", "00", "1.0", "1e3", "\u{661}",
        ] {
            assert_eq!(
                length(value.as_bytes()),
                Err(Refused::LengthInvalid),
                "{value}"
            );
        }
    }

    #[test]
    fn codings_other_than_chunked() {
        for (value, why) in [
            ("", Refused::ChunkedNotLast),
            ("gzip", Refused::ChunkedNotLast),
            ("identity", Refused::ChunkedNotLast),
            ("xchunked", Refused::ChunkedNotLast),
            ("chunked;q=1", Refused::ChunkedNotLast),
            ("chunked, gzip", Refused::ChunkedNotLast),
            ("chunked,", Refused::ChunkedNotLast),
            ("chunked, Chunked", Refused::ChunkedTwice),
            ("gzip, chunked", Refused::CodingUnknown),
            (",chunked", Refused::CodingUnknown),
        ] {
            assert_eq!(codings(value.as_bytes()), Err(why), "{value}");
        }
        assert_eq!(codings(b"Chunked"), Ok(()));
    }
}
