//! What the backend is told of the client: `X-Forwarded-For`, `-Proto`, `-Host` and `Forwarded` (RFC 7239).
//!
//! What a trusted peer (another proxy of ours) says is kept, and the peer's own address is appended. What anybody
//! else says is dropped: an application that believes the field would believe its attacker.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};

use crate::settings::Network;

/// The fields of an incoming request that may be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard<'a> {
    pub(super) x_for: Option<&'a [u8]>,
    pub(super) x_proto: Option<&'a [u8]>,
    pub(super) x_host: Option<&'a [u8]>,
    pub(super) forwarded: Option<&'a [u8]>,
}

/// Where a request comes from, as far as we saw it ourselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) peer: SocketAddr,
    pub(super) tls: bool,
    pub(super) host: Option<&'a [u8]>,
}

/// Appends the four fields. `heard` is empty unless the peer is trusted.
pub(super) fn write(out: &mut Vec<u8>, origin: &Origin<'_>, heard: &Heard<'_>) {
    let address = canonical(origin.peer.ip());
    let proto: &[u8] = if origin.tls { b"https" } else { b"http" };

    out.extend_from_slice(b"X-Forwarded-For: ");
    append(out, heard.x_for);
    write_address(out, address);
    out.extend_from_slice(b"\r\nX-Forwarded-Proto: ");
    out.extend_from_slice(heard.x_proto.unwrap_or(proto));
    if let Some(host) = heard.x_host.or(origin.host) {
        out.extend_from_slice(b"\r\nX-Forwarded-Host: ");
        out.extend_from_slice(host);
    }
    out.extend_from_slice(b"\r\nForwarded: ");
    append(out, heard.forwarded);
    write_element(out, address, proto, origin.host);
    out.extend_from_slice(b"\r\n");
}

/// What was there before, and a comma.
fn append(out: &mut Vec<u8>, earlier: Option<&[u8]>) {
    if let Some(earlier) = earlier.filter(|earlier| !earlier.is_empty()) {
        out.extend_from_slice(earlier);
        out.extend_from_slice(b", ");
    }
}

/// One `forwarded-element`.
fn write_element(out: &mut Vec<u8>, address: IpAddr, proto: &[u8], host: Option<&[u8]>) {
    out.extend_from_slice(b"for=");
    match address {
        IpAddr::V4(_) => write_address(out, address),
        IpAddr::V6(_) => {
            out.extend_from_slice(b"\"[");
            write_address(out, address);
            out.extend_from_slice(b"]\"");
        }
    }
    out.extend_from_slice(b";proto=");
    out.extend_from_slice(proto);
    // What would have to be escaped inside of quotes is left out.
    if let Some(host) = host.filter(|host| !host.iter().any(|byte| b"\"\\".contains(byte))) {
        out.extend_from_slice(b";host=\"");
        out.extend_from_slice(host);
        out.push(b'"');
    }
}

/// An IPv4 address in IPv6's clothes is an IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn write_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (n, octet) in address.octets().into_iter().enumerate() {
                if n > 0 {
                    out.push(b'.');
                }
                write_octet(out, octet);
            }
        }
        IpAddr::V6(address) => {
            let _ = write!(out, "{address}");
        }
    }
}

fn write_octet(out: &mut Vec<u8>, octet: u8) {
    if octet >= 100 {
        out.push(b'0' + octet / 100);
    }
    if octet >= 10 {
        out.push(b'0' + octet / 10 % 10);
    }
    out.push(b'0' + octet % 10);
}

/// Whether `address` lies in one of `networks`.
pub(super) fn is_trusted(networks: &[Network], address: IpAddr) -> bool {
    let address = canonical(address);
    networks.iter().any(|network| contains(network, address))
}

fn contains(network: &Network, address: IpAddr) -> bool {
    let (base, address, bits) = match (network.address, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => (
            u128::from(base.to_bits()),
            u128::from(address.to_bits()),
            32,
        ),
        (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let free = bits - u32::from(network.prefix).min(bits);
    (base ^ address).checked_shr(free).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(peer: &str, tls: bool, host: Option<&str>, heard: &Heard<'_>) -> String {
        let mut out = Vec::new();
        let origin = Origin {
            peer: peer.parse().unwrap(),
            tls,
            host: host.map(str::as_bytes),
        };
        write(&mut out, &origin, heard);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_client_of_one_we_do_not_trust_is_that_one() {
        assert_eq!(
            written(
                "203.0.113.9:4711",
                false,
                Some("a.example:80"),
                &Heard::default()
            ),
            "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example:80\r\n\
             Forwarded: for=203.0.113.9;proto=http;host=\"a.example:80\"\r\n"
        );
    }

    #[test]
    fn what_a_trusted_one_says_is_kept_and_it_is_appended() {
        let heard = Heard {
            x_for: Some(b"198.51.100.1, 10.0.0.2"),
            x_proto: Some(b"https"),
            x_host: Some(b"shop.example"),
            forwarded: Some(b"for=198.51.100.1;proto=https"),
        };
        assert_eq!(
            written("[2001:db8::7]:1", false, Some("inner"), &heard),
            "X-Forwarded-For: 198.51.100.1, 10.0.0.2, 2001:db8::7\r\nX-Forwarded-Proto: https\r\n\
             X-Forwarded-Host: shop.example\r\nForwarded: for=198.51.100.1;proto=https, \
             for=\"[2001:db8::7]\";proto=http;host=\"inner\"\r\n"
        );
    }

    #[test]
    fn a_host_that_could_end_the_quotes_is_left_out() {
        let forwarded = written("127.0.0.1:1", true, Some("a\";for=evil"), &Heard::default());
        assert!(
            forwarded.ends_with("Forwarded: for=127.0.0.1;proto=https\r\n"),
            "{forwarded}"
        );
    }

    #[test]
    fn every_octet_is_written_as_the_standard_library_does() {
        for octet in 0..=255u8 {
            let mut out = Vec::new();
            write_octet(&mut out, octet);
            assert_eq!(out, octet.to_string().as_bytes());
        }
        assert!(
            written("[::ffff:10.1.2.3]:1", false, None, &Heard::default())
                .contains("For: 10.1.2.3\r")
        );
    }

    #[test]
    fn networks_contain_what_begins_alike() {
        let network = |address: &str, prefix| Network {
            address: address.parse().unwrap(),
            prefix,
        };
        let trusted =
            |networks: &[Network], address: &str| is_trusted(networks, address.parse().unwrap());
        let private = [network("10.0.0.0", 8), network("fd00::", 8)];
        for inside in ["10.255.0.1", "::ffff:10.0.0.1", "fd12::1"] {
            assert!(trusted(&private, inside), "{inside}");
        }
        for outside in ["11.0.0.1", "fe80::1", "::a00:1"] {
            assert!(!trusted(&private, outside), "{outside}");
        }
        assert!(trusted(&[network("0.0.0.0", 0)], "1.2.3.4"));
        assert!(!trusted(&[network("0.0.0.0", 0)], "::1"));
        assert!(trusted(&[network("::", 0)], "::1"));
        assert!(trusted(&[network("127.0.0.1", 32)], "127.0.0.1"));
        assert!(!trusted(&[network("127.0.0.1", 32)], "127.0.0.2"));
        assert!(!trusted(&[], "127.0.0.1"));
    }
}
