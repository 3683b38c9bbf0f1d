//! By what a request is known: to strategies that place by a key, and to limits on each client.

use std::net::IpAddr;

use policy::hash::{combine, of_bytes};

use super::cookie;
use crate::http::RequestHead;
use crate::settings::{self, Balancing};

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Key {
    by: settings::Key,
    /// Whether anybody asks.
    placed: bool,
    limited: bool,
}

impl Key {
    pub(super) fn new(balancing: &Balancing, limited: bool) -> Self {
        Key {
            by: balancing.key.clone(),
            placed: balancing.strategy.about().keyed,
            limited,
        }
    }

    /// What a strategy places by; 0 if it doesn't.
    #[inline]
    pub(super) fn of_request(&self, head: &RequestHead, bytes: &[u8], client: IpAddr) -> u64 {
        match self.placed {
            true => self.hash(head, bytes, client),
            false => 0,
        }
    }

    /// Whose rate is limited: what a request is placed by, if that is who sent it; a path is nobody.
    pub(super) fn of_client(&self, head: &RequestHead, bytes: &[u8], client: IpAddr) -> u64 {
        debug_assert!(self.limited);
        match self.by {
            settings::Key::Path => of_address(client),
            _ => self.hash(head, bytes, client),
        }
    }

    /// Who lacks the header or cookie is known by his address.
    fn hash(&self, head: &RequestHead, bytes: &[u8], client: IpAddr) -> u64 {
        let found = match &self.by {
            settings::Key::Client => None,
            settings::Key::Header(name) => head.get(bytes, name),
            settings::Key::Cookie(name) => {
                cookies(head, bytes).find_map(|field| cookie::find(field, name.as_bytes()))
            }
            settings::Key::Path => Some(path(head, bytes)),
        };
        found.map_or_else(|| of_address(client), of_bytes)
    }
}

/// A request may have several `Cookie` fields, when it was HTTP/2 before.
pub(super) fn cookies<'b>(head: &RequestHead, bytes: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
    head.values(bytes, "cookie")
}

/// Without the query: pages of one thing are kept together.
fn path<'b>(head: &RequestHead, bytes: &'b [u8]) -> &'b [u8] {
    let path = head.path(bytes);
    let end = path.iter().position(|&byte| byte == b'?');
    &path[..end.unwrap_or(path.len())]
}

/// Of an IPv6 address the first 64 bits: who has one of the others has them all.
pub(crate) fn of_address(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => combine(4, u64::from(address.to_bits())),
        IpAddr::V6(address) => combine(6, (address.to_bits() >> 64) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Limits;

    fn key(by: settings::Key, request: &str, peer: &str) -> u64 {
        let mut head = RequestHead::default();
        assert_eq!(head.parse(request.as_bytes(), &Limits::default()), Ok(true));
        let key = Key {
            by,
            placed: true,
            limited: true,
        };
        let peer: std::net::SocketAddr = peer.parse().unwrap();
        key.of_request(&head, request.as_bytes(), peer.ip())
    }

    const REQUEST: &str =
        "GET /a/b?c HTTP/1.1\r\nHost: h\r\nX-User: 7\r\nCookie: a=1\r\nCookie: who=me\r\n\r\n";

    #[test]
    fn a_request_is_known_by_what_was_chosen() {
        let from = |by| key(by, REQUEST, "192.0.2.1:5");
        assert_eq!(from(settings::Key::Header("x-user".into())), of_bytes(b"7"));
        assert_eq!(from(settings::Key::Cookie("who".into())), of_bytes(b"me"));
        assert_eq!(from(settings::Key::Path), of_bytes(b"/a/b"));
        let client = from(settings::Key::Client);
        assert_eq!(from(settings::Key::Header("none".into())), client);
        assert_eq!(from(settings::Key::Cookie("none".into())), client);
    }

    #[test]
    fn a_client_is_its_address_whatever_the_port() {
        let from = |peer| key(settings::Key::Client, REQUEST, peer);
        assert_eq!(from("192.0.2.1:5"), from("192.0.2.1:6"));
        assert_eq!(from("192.0.2.1:5"), from("[::ffff:192.0.2.1]:5"));
        assert_ne!(from("192.0.2.1:5"), from("192.0.2.2:5"));
        assert_eq!(from("[2001:db8::1]:5"), from("[2001:db8::2]:5"));
        assert_ne!(from("[2001:db8::1]:5"), from("[2001:db8:0:1::1]:5"));
    }
}
