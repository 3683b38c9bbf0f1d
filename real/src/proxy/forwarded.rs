//! What the backend is told of the client: `X-Forwarded-For`, `-Proto`, `-Host` and `Forwarded` (RFC 7239).
//!
//! What a trusted peer (another proxy of ours) says is kept, and the peer's own address is appended. What anybody
//! else says is dropped: an application that believes the field would believe its attacker.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};

use crate::http::RequestHead;
use crate::settings::Network;

/// The fields of an incoming request that may be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard<'a> {
    pub(super) x_for: Vec<&'a [u8]>,
    pub(super) x_proto: Option<&'a [u8]>,
    pub(super) x_host: Option<&'a [u8]>,
    pub(super) forwarded: Vec<&'a [u8]>,
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
    append(out, &heard.x_for);
    write_address(out, address);
    out.extend_from_slice(b"\r\nX-Forwarded-Proto: ");
    out.extend_from_slice(heard.x_proto.unwrap_or(proto));
    if let Some(host) = heard.x_host.or(origin.host) {
        out.extend_from_slice(b"\r\nX-Forwarded-Host: ");
        out.extend_from_slice(host);
    }
    out.extend_from_slice(b"\r\nForwarded: ");
    append(out, &heard.forwarded);
    write_element(out, address, proto, origin.host);
    out.extend_from_slice(b"\r\n");
}

/// What was there before, and a comma.
fn append(out: &mut Vec<u8>, earlier: &[&[u8]]) {
    for earlier in earlier.iter().filter(|earlier| !earlier.is_empty()) {
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

/// Who a request comes from: the peer, or whom it names if it is trusted; and if that is one we trust, whom that one
/// named. What says nothing of an address ends the search.
pub(super) fn client(
    trusted: &[Network],
    head: &RequestHead,
    bytes: &[u8],
    peer: IpAddr,
) -> IpAddr {
    if !is_trusted(trusted, peer) {
        return peer;
    }
    let mut named: Vec<_> = elements(head, bytes, "x-forwarded-for").collect();
    if named.is_empty() {
        named = elements(head, bytes, "forwarded").collect();
    }
    let mut client = peer;
    for element in named.into_iter().rev() {
        let Some(address) = named_by(element) else {
            break;
        };
        client = address;
        if !is_trusted(trusted, address) {
            break;
        }
    }
    client
}

fn elements<'b>(
    head: &RequestHead,
    bytes: &'b [u8],
    name: &'static str,
) -> impl Iterator<Item = &'b [u8]> {
    let lines = head.values(bytes, name);
    lines.flat_map(|line| line.split(|&byte| byte == b','))
}

/// The address in an element of `X-Forwarded-For`, or behind the `for=` in one of `Forwarded`.
fn named_by(element: &[u8]) -> Option<IpAddr> {
    let element = std::str::from_utf8(element).ok()?.trim();
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let named = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let node = named
        .map_or(element, |(_, node)| node)
        .trim()
        .trim_matches('"');
    let bare = || node.strip_prefix('[')?.strip_suffix(']');
    let address = node.parse().ok();
    let address = address.or_else(|| Some(node.parse::<SocketAddr>().ok()?.ip()));
    address.or_else(|| bare()?.parse().ok())
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
            x_for: vec![b"198.51.100.1, 10.0.0.2"],
            x_proto: Some(b"https"),
            x_host: Some(b"shop.example"),
            forwarded: vec![b"for=198.51.100.1;proto=https"],
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

    #[test]
    fn the_client_is_whom_those_we_trust_name() {
        let ours = [Network {
            address: "10.0.0.0".parse().unwrap(),
            prefix: 8,
        }];
        let from = |peer: &str, fields: &str| {
            let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let mut head = RequestHead::default();
            let limits = crate::http::Limits::default();
            assert_eq!(head.parse(request.as_bytes(), &limits), Ok(true));
            client(&ours, &head, request.as_bytes(), peer.parse().unwrap()).to_string()
        };
        let two = "X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-Forwarded-For: 10.0.0.9\r\n";
        assert_eq!(from("10.0.0.1", two), "2.2.2.2");
        assert_eq!(
            from("3.3.3.3", two),
            "3.3.3.3",
            "who is not trusted names nobody"
        );
        assert_eq!(from("10.0.0.1", ""), "10.0.0.1");
        let unknown = "X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.9\r\n";
        assert_eq!(from("10.0.0.1", unknown), "10.0.0.9");
        for (node, address) in [
            ("for=1.2.3.4;proto=http", "1.2.3.4"),
            ("proto=http; For=\"[2001:db8::1]:80\"", "2001:db8::1"),
            ("for=\"[2001:db8::1]\"", "2001:db8::1"),
            ("for=1.2.3.4:80", "1.2.3.4"),
            ("for=_hidden", "10.0.0.1"),
        ] {
            assert_eq!(from("10.0.0.1", &format!("Forwarded: {node}\r\n")), address);
        }
    }
}
