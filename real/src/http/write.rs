//! Writing messages: each function appends to a buffer that is kept from message to message.
//!
//! Names and values are written as they are. What was read by this module is fit to be written; what comes from elsewhere
//! must contain no control characters (checked in debug builds), or a value could begin a field of its own.

use super::{DateCache, Framing, Version, status, token};

/// `HTTP/1.1 200 OK`, with the usual phrase.
#[inline]
pub fn status_line(out: &mut Vec<u8>, status: u16) {
    match status::line(status) {
        Some(line) => out.extend_from_slice(line),
        None => status_line_with(out, status, b""),
    }
}

/// With another phrase, such as an upstream's.
pub fn status_line_with(out: &mut Vec<u8>, status: u16, reason: &[u8]) {
    debug_assert!((100..1000).contains(&status), "{status} is no status");
    debug_assert_eq!(token::value_len(reason), reason.len());
    out.extend_from_slice(b"HTTP/1.1 ");
    decimal(out, u64::from(status));
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

/// `GET /path HTTP/1.1`.
#[inline]
pub fn request_line(out: &mut Vec<u8>, method: &[u8], target: &[u8]) {
    debug_assert!(token::is_token(method));
    debug_assert_eq!(token::target_len(target), target.len());
    out.extend_from_slice(method);
    out.push(b' ');
    out.extend_from_slice(target);
    out.push(b' ');
    out.extend_from_slice(Version::Http11.as_str().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// `name: value`.
#[inline]
pub fn field(out: &mut Vec<u8>, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
    let (name, value) = (name.as_ref(), value.as_ref());
    debug_assert!(token::is_token(name), "{}", name.escape_ascii());
    debug_assert_eq!(
        token::value_len(value),
        value.len(),
        "{}",
        value.escape_ascii()
    );
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// `name: 42`.
#[inline]
pub fn number_field(out: &mut Vec<u8>, name: &str, value: u64) {
    debug_assert!(token::is_token(name.as_bytes()), "{name}");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    decimal(out, value);
    out.extend_from_slice(b"\r\n");
}

/// `date: ...`, as of the last time that was set.
#[inline]
pub fn date(out: &mut Vec<u8>, cache: &DateCache) {
    out.extend_from_slice(cache.line());
}

/// `content-length: ...`.
#[inline]
pub fn length(out: &mut Vec<u8>, length: u64) {
    number_field(out, "content-length", length);
}

/// The field that says how the body's end is known, if one is needed. A body that ends with the connection needs
/// `connection: close` instead.
#[inline]
pub fn framing(out: &mut Vec<u8>, framing: Framing) {
    match framing {
        Framing::Length(bytes) => length(out, bytes),
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Framing::None | Framing::Close => {}
    }
}

/// `connection: close`.
#[inline]
pub fn close(out: &mut Vec<u8>) {
    out.extend_from_slice(b"connection: close\r\n");
}

/// `connection: keep-alive`, for clients that speak HTTP/1.0.
#[inline]
pub fn keep_alive(out: &mut Vec<u8>) {
    out.extend_from_slice(b"connection: keep-alive\r\n");
}

/// The empty line behind the fields.
#[inline]
pub fn end_of_head(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// An interim response that lets the client send its body.
#[inline]
pub fn continue_response(out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
}

/// One chunk. No data is no chunk: an empty one would end the body.
#[inline]
pub fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        chunk_begin(out, data.len() as u64);
        out.extend_from_slice(data);
        chunk_end(out);
    }
}

/// What stands before a chunk's data, where these are written on their own. `length` must not be zero.
#[inline]
pub fn chunk_begin(out: &mut Vec<u8>, length: u64) {
    debug_assert!(length > 0, "an empty chunk ends the body");
    hexadecimal(out, length);
    out.extend_from_slice(b"\r\n");
}

/// What stands behind them.
#[inline]
pub fn chunk_end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// The end of a body in chunks.
pub fn last_chunk<'t>(out: &mut Vec<u8>, trailers: impl IntoIterator<Item = (&'t [u8], &'t [u8])>) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers {
        field(out, name, value);
    }
    out.extend_from_slice(b"\r\n");
}

/// A number in decimal digits.
#[inline]
pub fn decimal(out: &mut Vec<u8>, number: u64) {
    digits::<10>(out, number);
}

/// A number in hexadecimal digits.
#[inline]
pub fn hexadecimal(out: &mut Vec<u8>, number: u64) {
    digits::<16>(out, number);
}

#[inline]
fn digits<const BASE: u64>(out: &mut Vec<u8>, mut number: u64) {
    // The longest is 18446744073709551615.
    let mut text = [0; 20];
    let mut begin = text.len();
    loop {
        begin -= 1;
        text[begin] = b"0123456789abcdef"[(number % BASE) as usize];
        number /= BASE;
        if number == 0 {
            return out.extend_from_slice(&text[begin..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn numbers() {
        for number in [0, 9, 10, 255, 1_000_000, u64::MAX] {
            assert_eq!(written(|out| decimal(out, number)), format!("{number}"));
            assert_eq!(
                written(|out| hexadecimal(out, number)),
                format!("{number:x}")
            );
        }
    }

    #[test]
    fn start_lines() {
        assert_eq!(written(|out| status_line(out, 200)), "HTTP/1.1 200 OK\r\n");
        assert_eq!(written(|out| status_line(out, 299)), "HTTP/1.1 299 \r\n");
        let line = written(|out| request_line(out, b"GET", b"/a?b"));
        assert_eq!(line, "GET /a?b HTTP/1.1\r\n");
    }

    #[test]
    fn chunks() {
        let body = written(|out| {
            chunk(out, b"");
            chunk(out, &[b'x'; 26]);
            last_chunk(out, [(&b"digest"[..], &b"y"[..])]);
        });
        assert_eq!(
            body,
            "1a\r\nxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n0\r\ndigest: y\r\n\r\n"
        );
    }
}
