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

/// How far into an unfinished line was read: more bytes are read from there. Else a long line that comes byte by byte
/// would be read as often as it has bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Where the colon stands; zero before it was found.
    colon: usize,
    /// Where the value begins, or white space before it ends so far.
    value: usize,
    /// Up to where name or value were read.
    read: usize,
}

impl Field {
    /// Reads the line that begins at `at`, which is not the empty one. Gives where the next line begins, too.
    #[inline(always)]
    pub(super) fn read(
        bytes: &[u8],
        at: usize,
        progress: &mut Progress,
    ) -> Result<(Field, usize), Stop> {
        if progress.colon == 0 {
            progress.colon = find_colon(bytes, at, progress)?;
            progress.value = progress.colon + 1;
        }
        progress.value += blank_len(&bytes[progress.value..]);
        let from = progress.value.max(progress.read);
        progress.read = from + value_len(&bytes[from..]);
        let next = line_end(bytes, progress.read, Refused::FieldValueInvalid)?;
        let value = &bytes[progress.value..progress.read];
        let field = Field {
            name: Span::new(at, progress.colon),
            value: Span::new(progress.value, progress.read - trailing_blank_len(value)),
            hop_by_hop: false,
        };
        *progress = Progress::default();
        Ok((field, next))
    }
}

/// Where the name ends.
#[inline(always)]
fn find_colon(bytes: &[u8], at: usize, progress: &mut Progress) -> Result<usize, Stop> {
    let from = at.max(progress.read);
    let colon = from + token_len(&bytes[from..]);
    match bytes.get(colon) {
        Some(b':') if colon > at => Ok(colon),
        Some(&byte) => Err(misnamed(byte, colon - at).into()),
        None => {
            progress.read = colon;
            Err(Stop::Unfinished)
        }
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
