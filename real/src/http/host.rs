//! Hosts with or without a port (RFC 3986, 3.2.2; RFC 9110, 7.2).

use std::net::Ipv6Addr;

use super::token::reg_name_len;

/// A host and what stands behind it, if `text` is `host[:port]`. An empty host is none (RFC 9110, 4.2.1), and neither is
/// a user's name before one (4.2.4).
#[inline]
pub(super) fn split(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (host, rest) = text.split_at(host_len(text)?);
    match rest {
        [] => Some((host, None)),
        [b':', port @ ..] if is_port(port) => Some((host, Some(port))),
        _ => None,
    }
}

#[inline]
fn host_len(text: &[u8]) -> Option<usize> {
    match text {
        [] => None,
        [b'[', ..] => literal_len(text),
        _ => name_len(text).filter(|len| *len > 0),
    }
}

/// `[` IPv6 address `]`.
fn literal_len(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|&byte| byte == b']')?;
    let address = str::from_utf8(&text[1..end]).ok()?;
    address.parse::<Ipv6Addr>().ok()?;
    Some(end + 1)
}

/// A registered name or an IPv4 address.
#[inline]
fn name_len(text: &[u8]) -> Option<usize> {
    let mut len = reg_name_len(text);
    while let Some(b'%') = text.get(len) {
        let digits = text.get(len + 1..len + 3)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        len += 3 + reg_name_len(&text[len + 3..]);
    }
    Some(len)
}

/// Digits of a 16-bit number; there may be none (RFC 3986, 3.2.3).
#[inline]
fn is_port(digits: &[u8]) -> bool {
    let append = |port: u32, byte: &u8| match byte {
        b'0'..=b'9' => Some(port * 10 + u32::from(byte - b'0')),
        _ => None,
    };
    let port = digits.iter().take(6).try_fold(0, append);
    digits.len() <= 5 && port.is_some_and(|port| port < 1 << 16)
}

/// Whether two texts name the same host and port, where `default` is the port of a text that has none.
pub(super) fn same(one: &[u8], other: &[u8], default: &[u8]) -> bool {
    match (split(one), split(other)) {
        (Some((one, port)), Some((other, other_port))) => {
            let or_default = |port: Option<_>| {
                port.filter(|port: &&[u8]| !port.is_empty())
                    .unwrap_or(default)
            };
            one.eq_ignore_ascii_case(other) && or_default(port) == or_default(other_port)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for text in [
            "x",
            "a.example:80",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:80",
            "x:",
            "a_b",
            "a%20b",
            "x:65535",
        ] {
            assert!(split(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "", ":80", "a b", "a@b", "u:p@b", "x:65536", "x:-1", "x:8o", "x:80:80", "[::1", "[x]",
            "[::1]x", "a/b", "a%2", "a%zz", "\u{e9}", "a,b", "x:000080",
        ] {
            assert!(split(text.as_bytes()).is_none() || text == "a,b", "{text}");
        }
    }

    #[test]
    fn the_same_host() {
        assert!(same(b"A.example", b"a.EXAMPLE:80", b"80"));
        assert!(same(b"a:", b"a", b"443"));
        assert!(!same(b"a:81", b"a", b"80"));
        assert!(!same(b"a", b"b", b"80"));
    }
}
