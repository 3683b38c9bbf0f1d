//! From text to values that only a server has: addresses, sizes, names. `Err` is the reason, which names the text and
//! what is allowed.

use std::fmt::{self, Display, Formatter};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

use policy::Weight;
use serde_json::Value;
use spec::value::{Parsed, count, number};
use spec::{Shown, Spec};

use crate::settings::{Network, Upstream};

/// Where to listen.
pub(super) fn address(text: &str) -> Parsed<Spec<SocketAddr>> {
    text.trim().parse().map(Spec).map_err(|_| {
        format!(
            "`{text}` is not an address to listen at; write IP:PORT, such as 127.0.0.1:8080 or [::1]:8080"
        )
    })
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) u64);

/// Longer names first, so that `KiB` is not read as `B`. What has none of these is a count, which may end with k, M or
/// G.
const UNITS: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let whole = |(_, unit): &&(&str, u64)| self.0 >= *unit && self.0.is_multiple_of(*unit);
        let mut binary = UNITS[..3].iter().rev();
        match binary.find(whole) {
            Some((name, unit)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Shown for Bytes {
    fn shown(&self) -> Value {
        self.to_string().into()
    }
}

/// A number of bytes within `range`.
pub(super) fn bytes(text: &str, range: RangeInclusive<u64>) -> Parsed<Bytes> {
    let trimmed = text.trim();
    let unit = UNITS.iter().find_map(|(name, unit)| {
        let digits = trimmed.strip_suffix(name)?.trim_end();
        Some((digits, *unit))
    });
    let (digits, unit) = unit.unwrap_or((trimmed, 1));
    let (least, most) = (Bytes(*range.start()), Bytes(*range.end()));
    let units = count(digits, 0..=u64::MAX).map_err(|_| {
        format!(
            "`{text}` is not a size; write bytes, or a whole number and kB, MB, GB, KiB, MiB or GiB"
        )
    })?;
    let bytes = units
        .checked_mul(unit)
        .filter(|bytes| range.contains(bytes));
    bytes
        .map(Bytes)
        .ok_or_else(|| format!("`{text}` is out of range; allowed are {least} to {most}"))
}

/// A server that already runs: `[https://]HOST:PORT[*WEIGHT]`.
pub(super) fn upstream(text: &str) -> Parsed<Written> {
    let refuse = |problem: &str| {
        format!(
            "`{text}`: {problem}; write [https://]HOST:PORT[*WEIGHT], such as 10.0.0.1:8000, https://[::1]:8443 or a:80*2"
        )
    };
    let (place, weight) = match text.trim().split_once('*') {
        Some((place, weight)) => (place, Some(weight)),
        None => (text.trim(), None),
    };
    let (tls, authority) = match place.split_once("://") {
        Some(("https", authority)) => (true, authority),
        Some(("http", authority)) => (false, authority),
        Some(_) => return Err(refuse("its scheme is neither http nor https")),
        None => (false, place),
    };
    let (host, port) = split(authority).ok_or_else(|| refuse("it has no port"))?;
    if !is_host(host) {
        return Err(refuse("this is no name of a host"));
    }
    if !port.parse::<u16>().is_ok_and(|port| port > 0) || port.starts_with('+') {
        return Err(refuse("its port is not one of 1 to 65535"));
    }
    let weight = weight.map_or(Ok(Weight::ONE), |weight| {
        self::weight(weight).map_err(|reason| refuse(&reason))
    })?;
    Ok(Written(Upstream {
        authority: authority.to_owned(),
        tls,
        weight,
    }))
}

/// Host and port of `host:port`, the host of `[::1]:80` without its brackets.
fn split(authority: &str) -> Option<(&str, &str)> {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split_once("]:"),
        None => authority.rsplit_once(':'),
    }
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    is_name || host.parse::<Ipv6Addr>().is_ok()
}

fn weight(text: &str) -> Parsed<Weight> {
    let number = number(text, Weight::MIN.as_f64()..=Weight::MAX.as_f64())?;
    Weight::new(number).ok_or_else(|| format!("`{text}` is no weight"))
}

/// A server, shown as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written(pub(super) Upstream);

impl Display for Written {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scheme = if self.0.tls { "https://" } else { "" };
        write!(f, "{scheme}{}", self.0.authority)?;
        match self.0.weight {
            Weight::ONE => Ok(()),
            weight => write!(f, "*{}", weight.as_f64()),
        }
    }
}

/// `ADDRESS/PREFIX`, or an address alone.
pub(super) fn network(text: &str) -> Parsed<Spec<Shared>> {
    let refuse = |problem: &str| {
        format!(
            "`{text}` is not a network: {problem}; write an address, or ADDRESS/BITS such as 10.0.0.0/8"
        )
    };
    let (address, bits) = match text.trim().split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text.trim(), None),
    };
    let address: IpAddr = address.parse().map_err(|_| refuse("there is no address"))?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match bits.map(str::parse::<u8>) {
        None => most,
        Some(Ok(bits)) if bits <= most => bits,
        Some(_) => return Err(refuse(&format!("behind the slash are 0 to {most} bits"))),
    };
    Ok(Spec(Shared(Network { address, prefix })))
}

/// A network, shown as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared(pub(super) Network);

impl Display for Shared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.address, self.0.prefix)
    }
}

/// The name of a header or a cookie; RFC 9110, section 5.6.2.
pub(super) fn token(text: &str) -> Parsed<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let text = text.trim();
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is no name; one has letters, digits and !#$%&'*+-.^_`|~"
        )),
    }
}

/// What to ask for: a path, perhaps with a query.
pub(super) fn path(text: &str) -> Parsed<String> {
    let text = text.trim();
    match text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is no path; one begins with / and has neither blanks nor letters beyond ASCII"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_have_units() {
        let read = |text| bytes(text, 1..=1 << 40);
        for (text, size, shown) in [
            ("16KiB", 16 << 10, "16KiB"),
            ("65536", 65_536, "64KiB"),
            ("1 GiB", 1 << 30, "1GiB"),
            ("10k", 10_000, "10000"),
            ("1MB", 1_000_000, "1000000"),
            ("100B", 100, "100"),
        ] {
            assert_eq!(read(text), Ok(Bytes(size)), "{text}");
            assert_eq!(Bytes(size).to_string(), shown);
        }
        for (text, why) in [
            ("0", "allowed are 1 to 1024GiB"),
            ("16KB", "not a size"),
            ("much", "not a size"),
            ("99999999999GiB", "out of range"),
            ("", "not a size"),
        ] {
            let reason = read(text).unwrap_err();
            assert!(reason.contains(why), "{reason}");
        }
    }

    #[test]
    fn servers_are_written_with_port_scheme_and_weight() {
        for (text, authority, tls, weight) in [
            ("a:80", "a:80", false, 1.0),
            ("10.0.0.1:8000*2.5", "10.0.0.1:8000", false, 2.5),
            ("https://[::1]:8443*3", "[::1]:8443", true, 3.0),
            ("http://web_1.local.:1", "web_1.local.:1", false, 1.0),
        ] {
            let Written(server) = upstream(text).unwrap();
            assert_eq!((&*server.authority, server.tls), (authority, tls));
            assert_eq!(server.weight, Weight::new(weight).unwrap());
            let shown = Written(server.clone()).to_string();
            assert_eq!(upstream(&shown), Ok(Written(server)));
        }
        for (text, why) in [
            ("a", "it has no port"),
            ("", "it has no port"),
            ("::1", "no name of a host"),
            ("[::1]", "it has no port"),
            ("[a]:80*", "`` is not a number"),
            ("a:0", "1 to 65535"),
            ("a:+80", "1 to 65535"),
            ("a:http", "1 to 65535"),
            ("a b:80", "no name of a host"),
            ("a/b:80", "no name of a host"),
            ("ftp://a:80", "neither http nor https"),
            ("a:80*0", "`0` is out of range"),
        ] {
            let reason = upstream(text).unwrap_err();
            assert!(reason.contains(why), "{reason}");
        }
    }

    #[test]
    fn networks_have_as_many_bits_as_their_addresses() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::1", "::1/128"),
            ("1.2.3.4", "1.2.3.4/32"),
        ] {
            assert_eq!(network(text).unwrap().0.to_string(), shown);
        }
        for text in [
            "10.0.0.0/33",
            "::/129",
            "10/8",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "all",
        ] {
            assert!(network(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_and_paths() {
        assert_eq!(token(" x-user "), Ok("x-user".to_owned()));
        assert_eq!(path("/a?b=c"), Ok("/a?b=c".to_owned()));
        for text in ["", "a b", "a:b", "ä", "a;b"] {
            assert!(token(text).is_err(), "{text}");
        }
        for text in ["", "a", "/a b", "/ä", "/\u{1}"] {
            assert!(path(text).is_err(), "{text}");
        }
        assert!(address("localhost:80").unwrap_err().contains("IP:PORT"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = upstream(&text);
            let _ = network(&text);
            let _ = bytes(&text, 0..=u64::MAX);
            let _ = address(&text);
        }

        #[test]
        fn what_is_shown_is_read_back(size in 0..1u64 << 62) {
            prop_assert_eq!(bytes(&Bytes(size).to_string(), 0..=u64::MAX), Ok(Bytes(size)));
        }
    }
}
