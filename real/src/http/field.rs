//! One field line: `name: value` (RFC 9112, 5).

use super::stop::Stop;
use super::token::{token_len, value_len};
use super::{Refused, Span};

/// A field of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, in the sender's spelling.
    pub name: Span,
    /// Its value, without white space around it.
    pub value: Span,
    /// Whether it is meant for the next recipient only, by what it is or because `Connection` names it (RFC 9110,
    /// 7.6.1). Forwarding leaves it out.
    pub hop_by_hop: bool,
}

impl Field {
    /// Reads the line that begins at `at`, which is not the empty one. Gives where the next line begins, too.
    #[inline(always)]
    pub(super) fn read(bytes: &[u8], at: usize) -> Result<(Field, usize), Stop> {
        let colon = at + token_len(&bytes[at..]);
        match bytes.get(colon) {
            Some(b':') if colon > at => {}
            Some(&byte) => return Err(misnamed(byte, colon - at).into()),
            None => return Err(Stop::Unfinished),
        }
        let begin = colon + 1 + blank_len(&bytes[colon + 1..]);
        let end = begin + value_len(&bytes[begin..]);
        let next = line_end(bytes, end, Refused::FieldValueInvalid)?;
        let field = Field {
            name: Span::new(at, colon),
            value: Span::new(begin, end - trailing_blank_len(&bytes[begin..end])),
            hop_by_hop: false,
        };
        Ok((field, next))
    }
}

/// Why `byte` must not follow the first `length` characters of a line.
#[cold]
fn misnamed(byte: u8, length: usize) -> Refused {
    match byte {
        b' ' | b'\t' if length == 0 => Refused::ObsoleteFold,
        b' ' | b'\t' => Refused::SpaceBeforeColon,
        b':' => Refused::FieldNameEmpty,
        b'\n' => Refused::BareLineFeed,
        b'\r' => Refused::ColonMissing,
        _ => Refused::FieldNameInvalid,
    }
}

/// Expects CR LF at `at`, where a text ended. Gives what stands behind it. Another byte has no business in the text:
/// `otherwise`.
#[inline(always)]
pub(super) fn line_end(bytes: &[u8], at: usize, otherwise: Refused) -> Result<usize, Stop> {
    match bytes[at..] {
        [b'\r', b'\n', ..] => Ok(at + 2),
        [] | [b'\r'] => Err(Stop::Unfinished),
        [b'\r', ..] => Err(Refused::BareCarriageReturn.into()),
        [b'\n', ..] => Err(Refused::BareLineFeed.into()),
        _ => Err(otherwise.into()),
    }
}

#[inline(always)]
fn blank_len(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| !is_blank(byte));
    end.unwrap_or(bytes.len())
}

#[inline(always)]
fn trailing_blank_len(bytes: &[u8]) -> usize {
    let end = bytes.iter().rev().position(|byte| !is_blank(byte));
    end.unwrap_or(bytes.len())
}

/// Optional white space (RFC 9110, 5.6.3).
#[inline(always)]
pub(super) fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without white space around it.
#[inline(always)]
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let rest = &bytes[blank_len(bytes)..];
    &rest[..rest.len() - trailing_blank_len(rest)]
}
