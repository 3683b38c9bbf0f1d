//! The first line of a request (RFC 9112, 3).

use super::field::line_end;
use super::stop::Stop;
use super::token::{target_len, token_len};
use super::{Method, Refused, Span, Version};

/// No registered method is longer than half of this.
const LONGEST_METHOD: usize = 32;

/// `method SP target SP version CR LF`.
pub(super) struct RequestLine {
    pub(super) method: Method,
    pub(super) target: Span,
    pub(super) version: Version,
}

impl RequestLine {
    /// Reads the line at the beginning of `bytes`. `at` is up to where an unfinished line was read, then where the next
    /// line begins.
    #[inline]
    pub(super) fn read(bytes: &[u8], at: &mut usize) -> Result<RequestLine, Stop> {
        let begin = skip_empty_line(bytes)?;
        let method = read_method(bytes, begin)?;
        let target = read_target(bytes, method.range().end + 1, at)?;
        let start = target.range().end + 1;
        let version = Version::read(&bytes[start..])?;
        *at = line_end(bytes, start + Version::LEN, Refused::VersionInvalid)?;
        Ok(RequestLine {
            method: Method::of(method.of(bytes), method),
            target,
            version,
        })
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

/// Where the target stands; the space behind it was seen. What was read of an unfinished one is not read again.
#[inline]
fn read_target(bytes: &[u8], begin: usize, at: &mut usize) -> Result<Span, Stop> {
    let from = begin.max(*at);
    let end = from + target_len(&bytes[from..]);
    *at = end;
    match bytes.get(end) {
        Some(b' ') if end > begin => Ok(Span::new(begin, end)),
        Some(&byte) => Err(no_target(byte, end - begin).into()),
        None => Err(Stop::Unfinished),
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
