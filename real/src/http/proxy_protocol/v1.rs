//! Version 1: `PROXY TCP4 192.0.2.1 198.51.100.1 51234 443` and CR LF.

use std::net::{IpAddr, SocketAddr};

use super::{Addresses, Header, begins_with};
use crate::http::Refused;

const SIGNATURE: &[u8] = b"PROXY ";
/// `PROXY UNKNOWN` with two IPv6 addresses and ports, and CR LF.
const LONGEST: usize = 107;

pub(super) fn parse(bytes: &[u8]) -> Result<Option<Header>, Refused> {
    if begins_with(bytes, SIGNATURE)?.is_none() {
        return Ok(None);
    }
    let window = &bytes[..bytes.len().min(LONGEST)];
    let text = window.iter().position(|byte| !(b' '..=b'~').contains(byte));
    let (text, rest) = window.split_at(text.unwrap_or(window.len()));
    match rest {
        [b'\r', b'\n', ..] => read(text).map(Some).ok_or(Refused::ProxyLineInvalid),
        [] | [b'\r'] if window.len() < LONGEST => Ok(None),
        _ => Err(Refused::ProxyLineInvalid),
    }
}

/// The line without its end.
fn read(line: &[u8]) -> Option<Header> {
    let text = str::from_utf8(&line[SIGNATURE.len()..]).ok()?;
    let mut words = text.split(' ');
    let addresses = match words.next()? {
        // What follows is to be ignored.
        "UNKNOWN" => None,
        "TCP4" => Some(read_addresses(words).filter(|both| both.source.is_ipv4())?),
        "TCP6" => Some(read_addresses(words).filter(|both| both.source.is_ipv6())?),
        _ => return None,
    };
    Some(Header {
        addresses,
        len: line.len() + 2,
    })
}

fn read_addresses<'w>(words: impl Iterator<Item = &'w str>) -> Option<Addresses> {
    let words: Vec<&str> = words.collect();
    let [source, destination, source_port, destination_port] = words[..] else {
        return None;
    };
    let source = SocketAddr::new(source.parse().ok()?, port(source_port)?);
    let destination: IpAddr = destination.parse().ok()?;
    let same_family = source.is_ipv4() == destination.is_ipv4();
    same_family.then_some(Addresses {
        source,
        destination: SocketAddr::new(destination, port(destination_port)?),
    })
}

/// Digits without a sign or leading zeros.
fn port(text: &str) -> Option<u16> {
    let plain = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(line: &[u8]) -> Option<Option<Addresses>> {
        let header = parse(line).ok()??;
        assert_eq!(header.len, line.len());
        Some(header.addresses)
    }

    #[test]
    fn lines() {
        let line = b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n";
        let both = addresses(line).flatten().expect("both");
        assert_eq!(both.source.to_string(), "192.0.2.1:51234");
        assert_eq!(both.destination.to_string(), "198.51.100.1:443");
        let both = addresses(b"PROXY TCP6 2001:db8::1 ::1 1 65535\r\n")
            .flatten()
            .expect("both");
        assert_eq!(both.source.to_string(), "[2001:db8::1]:1");
        assert_eq!(addresses(b"PROXY UNKNOWN\r\n"), Some(None));
        assert_eq!(addresses(b"PROXY UNKNOWN what ever\r\n"), Some(None));
    }

    #[test]
    fn a_line_byte_by_byte() {
        let line = b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n";
        for cut in 0..line.len() {
            assert_eq!(parse(&line[..cut]), Ok(None), "{cut}");
        }
    }

    #[test]
    fn what_isnt_one() {
        for line in [
            "PROXY\r\n",
            "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 ::1 1.2.3.4 1 2\r\n",
            "PROXY TCP6 1.2.3.4 ::1 1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
            "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX",
            "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY UNKNOWN\0\r\n",
        ] {
            assert!(parse(line.as_bytes()).is_err(), "{line:?}");
        }
        let long = format!("PROXY UNKNOWN {}", "x".repeat(93));
        assert_eq!(parse(&long.as_bytes()[..106]), Ok(None));
        assert_eq!(parse(long.as_bytes()), Err(Refused::ProxyLineInvalid));
    }
}
