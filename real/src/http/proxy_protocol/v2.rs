//! Version 2: a binary header, perhaps with extensions.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::checksum::crc32c;
use super::{Addresses, Header, begins_with};
use crate::http::Refused;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and protocol, length of the rest.
const FIXED: usize = 16;
pub(super) const LONGEST: usize = 4096;
/// The extension with a checksum over the whole header (PP2_TYPE_CRC32C).
const CHECKSUM: u8 = 0x03;

pub(super) fn parse(bytes: &[u8]) -> Result<Option<Header>, Refused> {
    if begins_with(bytes, SIGNATURE)?.is_none() {
        return Ok(None);
    }
    check_kind(&bytes[SIGNATURE.len()..])?;
    let Some(fixed) = bytes.first_chunk::<FIXED>() else {
        return Ok(None);
    };
    let len = FIXED + usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if len > LONGEST {
        return Err(Refused::ProxyHeaderTooLong);
    }
    match bytes.get(..len) {
        Some(header) => read(header).map(Some),
        None => Ok(None),
    }
}

/// Version and command, family and protocol, as far as they are there.
fn check_kind(bytes: &[u8]) -> Result<(), Refused> {
    match bytes {
        [] | [0x20 | 0x21] | [0x20, _, ..] => Ok(()),
        [0x21, family, ..] if family >> 4 <= 3 && family & 0xf <= 2 => Ok(()),
        _ => Err(Refused::ProxyHeaderInvalid),
    }
}

/// A complete header.
fn read(header: &[u8]) -> Result<Header, Refused> {
    let (fixed, rest) = header.split_at(FIXED);
    let is_local = fixed[12] == 0x20;
    let size = if is_local {
        0
    } else {
        addresses_len(fixed[13])
    };
    let (addresses, extensions) = rest
        .split_at_checked(size)
        .ok_or(Refused::ProxyHeaderInvalid)?;
    // What LOCAL carries is to be ignored, whatever it is.
    if !is_local {
        check_extensions(header, extensions)?;
    }
    Ok(Header {
        addresses: read_addresses(addresses),
        len: header.len(),
    })
}

/// By address family; the protocol within it doesn't matter.
fn addresses_len(family: u8) -> usize {
    match family >> 4 {
        1 => 12,
        2 => 36,
        3 => 216,
        _ => 0,
    }
}

/// None for UNSPEC and for Unix sockets, whose names are no addresses a policy could use.
fn read_addresses(bytes: &[u8]) -> Option<Addresses> {
    let port = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let (source, destination): (SocketAddr, SocketAddr) = match bytes.len() {
        12 => {
            let host = |at| bytes[at..].first_chunk().copied().map(Ipv4Addr::from);
            ((host(0)?, port(8)).into(), (host(4)?, port(10)).into())
        }
        36 => {
            let host = |at| bytes[at..].first_chunk().copied().map(Ipv6Addr::from);
            ((host(0)?, port(32)).into(), (host(16)?, port(34)).into())
        }
        _ => return None,
    };
    Some(Addresses {
        source,
        destination,
    })
}

/// Extensions are skipped, but they must be whole, and a checksum must be right.
fn check_extensions(header: &[u8], mut extensions: &[u8]) -> Result<(), Refused> {
    while let [kind, high, low, rest @ ..] = extensions {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let (value, next) = rest
            .split_at_checked(len)
            .ok_or(Refused::ProxyHeaderInvalid)?;
        if *kind == CHECKSUM {
            check_sum(header, value, next.len())?;
        }
        extensions = next;
    }
    match extensions {
        [] => Ok(()),
        _ => Err(Refused::ProxyHeaderInvalid),
    }
}

/// The checksum counts as zero while it is computed. `behind` bytes follow it.
fn check_sum(header: &[u8], value: &[u8], behind: usize) -> Result<(), Refused> {
    let stated: [u8; 4] = value.try_into().map_err(|_| Refused::ProxyHeaderInvalid)?;
    let end = header.len() - behind;
    let parts = [&header[..end - 4], &[0; 4], &header[end..]];
    match crc32c(parts) == u32::from_be_bytes(stated) {
        true => Ok(()),
        false => Err(Refused::ProxyChecksumWrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let len = (rest.len() as u16).to_be_bytes();
        [SIGNATURE, &[command, family], &len, rest].concat()
    }

    const V4: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 1, 0xc8, 0x22, 1, 0xbb];

    #[test]
    fn addresses_of_both_families() {
        let bytes = header(0x21, 0x11, &V4);
        let both = parse(&bytes).unwrap().unwrap().addresses.unwrap();
        assert_eq!(both.source.to_string(), "192.0.2.1:51234");
        assert_eq!(both.destination.to_string(), "198.51.100.1:443");
        let mut v6 = [0; 36];
        (v6[15], v6[31], v6[33], v6[35]) = (1, 2, 80, 81);
        let both = parse(&header(0x21, 0x21, &v6))
            .unwrap()
            .unwrap()
            .addresses
            .unwrap();
        assert_eq!(both.source.to_string(), "[::1]:80");
        assert_eq!(both.destination.to_string(), "[::2]:81");
    }

    #[test]
    fn no_addresses() {
        for bytes in [
            header(0x20, 0, b""),
            header(0x20, 0x11, b"anything"),
            header(0x21, 0, b""),
            header(0x21, 0x31, &[0; 216]),
        ] {
            let expected = Header {
                addresses: None,
                len: bytes.len(),
            };
            assert_eq!(parse(&bytes), Ok(Some(expected)));
        }
    }

    #[test]
    fn a_header_byte_by_byte() {
        let bytes = header(0x21, 0x11, &[&V4[..], &[4, 0, 1, 9]].concat());
        for cut in 0..bytes.len() {
            assert_eq!(parse(&bytes[..cut]), Ok(None), "{cut}");
        }
        assert!(parse(&bytes).unwrap().is_some());
    }

    #[test]
    fn what_isnt_one() {
        assert_eq!(parse(b"\r\n\r\nX"), Err(Refused::ProxyHeaderMissing));
        assert_eq!(
            parse(b"GET / HTTP/1.1\r\n"),
            Err(Refused::ProxyHeaderMissing)
        );
        for (command, family, rest) in [
            (0x11, 0x11, &V4[..]),
            (0x22, 0x11, &V4),
            (0x21, 0x41, &V4),
            (0x21, 0x13, &V4),
            (0x21, 0x11, &V4[..11]),
            (0x21, 0x21, &V4),
        ] {
            assert_eq!(
                parse(&header(command, family, rest)),
                Err(Refused::ProxyHeaderInvalid)
            );
        }
        for extension in [&[4][..], &[4, 0], &[4, 0, 2, 9], &[3, 0, 1, 9]] {
            let bytes = header(0x21, 0x11, &[&V4[..], extension].concat());
            assert_eq!(parse(&bytes), Err(Refused::ProxyHeaderInvalid));
        }
        assert_eq!(
            parse(&header(0x21, 0x11, &[0; 5000])),
            Err(Refused::ProxyHeaderTooLong)
        );
    }

    #[test]
    fn a_checksum_is_checked() {
        let blank = header(
            0x21,
            0x11,
            &[&V4[..], &[CHECKSUM, 0, 4, 0, 0, 0, 0, 4, 0, 0]].concat(),
        );
        let sum = crc32c([&blank[..]]).to_be_bytes();
        let mut bytes = blank.clone();
        let at = blank.len() - 7;
        bytes[at..at + 4].copy_from_slice(&sum);
        assert!(parse(&bytes).unwrap().is_some());
        assert_eq!(parse(&blank), Err(Refused::ProxyChecksumWrong));
    }
}
