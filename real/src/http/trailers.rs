//! Fields behind the last chunk (RFC 9112, 7.1.2; RFC 9110, 6.5).

use super::field::Progress;
use super::stop::Stop;
use super::{Field, Refused};

const MOST_BYTES: usize = 8 << 10;
const MOST_FIELDS: usize = 64;

/// What a recipient must know before it reads the content (RFC 9110, 6.5.1), or whom it would believe about it. A trailer
/// that is merged into the head could change what the head was checked for.
const FORBIDDEN: [&[u8]; 45] = [
    b"age",
    b"authorization",
    b"cache-control",
    b"connection",
    b"content-encoding",
    b"content-length",
    b"content-range",
    b"content-type",
    b"cookie",
    b"date",
    b"expect",
    b"expires",
    b"forwarded",
    b"host",
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"keep-alive",
    b"location",
    b"max-forwards",
    b"origin",
    b"pragma",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"range",
    b"retry-after",
    b"set-cookie",
    b"strict-transport-security",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"vary",
    b"via",
    b"warning",
    b"www-authenticate",
    b"x-forwarded-by",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-proto",
    b"x-real-ip",
];

/// The trailers of a body. They are copied, since they come when the head is long gone; nearly no body has any.
#[derive(Clone, Debug, Default)]
pub(super) struct Trailers {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    /// Where the first line that isn't read yet begins.
    at: usize,
    progress: Progress,
}

impl Trailers {
    /// Reads the next line, or what there is of it. Gives how many bytes that were, and whether it was the empty one.
    pub(super) fn read(&mut self, input: &[u8]) -> Result<(usize, bool), Refused> {
        if self.bytes.is_empty() && input.starts_with(b"\r\n") {
            return Ok((2, true));
        }
        let line = input
            .split_inclusive(|&byte| byte == b'\n')
            .next()
            .unwrap_or_default();
        let len = line.len().min(MOST_BYTES - self.bytes.len());
        self.bytes.extend_from_slice(&line[..len]);
        let done = self.read_line()?;
        if !done && self.bytes.len() == MOST_BYTES {
            return Err(Refused::TrailersTooLong);
        }
        Ok((len, done))
    }

    fn read_line(&mut self) -> Result<bool, Refused> {
        match self.bytes[self.at..] {
            [b'\r', b'\n'] => return Ok(true),
            [] | [b'\r'] => return Ok(false),
            [b'\r', ..] => return Err(Refused::BareCarriageReturn),
            _ if self.fields.len() == MOST_FIELDS => return Err(Refused::TrailersTooLong),
            _ => {}
        }
        match Field::read(&self.bytes, self.at, &mut self.progress) {
            Ok((field, next)) => self.take(field, next).map(|()| false),
            Err(Stop::Unfinished) => Ok(false),
            Err(Stop::Refused(why)) => Err(why),
        }
    }

    fn take(&mut self, field: Field, next: usize) -> Result<(), Refused> {
        let name = field.name.of(&self.bytes);
        if FORBIDDEN
            .iter()
            .any(|other| name.eq_ignore_ascii_case(other))
        {
            return Err(Refused::TrailerForbidden);
        }
        self.fields.push(field);
        self.at = next;
        Ok(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let texts = |field: &Field| (field.name.of(&self.bytes), field.value.of(&self.bytes));
        self.fields.iter().map(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many fields, all input given at once or byte by byte.
    fn read(input: &[u8], step: usize) -> Result<usize, Refused> {
        let (mut trailers, mut at) = (Trailers::default(), 0);
        loop {
            let end = input.len().min(at + step);
            assert!(at < end, "unfinished");
            let (consumed, done) = trailers.read(&input[at..end])?;
            at += consumed;
            if done {
                assert_eq!(at, input.len());
                return Ok(trailers.iter().count());
            }
        }
    }

    fn both(input: &[u8]) -> Result<usize, Refused> {
        let at_once = read(input, usize::MAX >> 1);
        assert_eq!(at_once, read(input, 1), "{}", input.escape_ascii());
        at_once
    }

    #[test]
    fn trailers_end_with_an_empty_line() {
        assert_eq!(both(b"\r\n"), Ok(0));
        assert_eq!(both(b"Digest: x\r\nB:\r\n\r\n"), Ok(2));
    }

    #[test]
    fn the_rules_for_fields_hold() {
        assert_eq!(both(b"a : b\r\n\r\n"), Err(Refused::SpaceBeforeColon));
        assert_eq!(both(b" a: b\r\n\r\n"), Err(Refused::ObsoleteFold));
        assert_eq!(both(b"a: b\n\r\n"), Err(Refused::BareLineFeed));
        assert_eq!(both(b"\rX"), Err(Refused::BareCarriageReturn));
        assert_eq!(
            both(b"Content-length: 5\r\n\r\n"),
            Err(Refused::TrailerForbidden)
        );
    }

    #[test]
    fn they_are_limited() {
        assert_eq!(both(&b"a: b\r\n".repeat(65)), Err(Refused::TrailersTooLong));
        assert_eq!(both(&[b'a'; 9000]), Err(Refused::TrailersTooLong));
        assert_eq!(both(&b"\n".repeat(2)), Err(Refused::BareLineFeed));
    }
}
