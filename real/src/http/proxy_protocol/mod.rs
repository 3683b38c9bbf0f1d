//! The PROXY protocol: who a connection comes from, told by a balancer in front of this one.
//!
//! HAProxy's specification, versions 1 (a line) and 2 (binary). It stands before the first byte of TLS or HTTP, and is
//! believed only where the settings ask for it, for every connection then: a client that could choose would choose its
//! own address.

mod checksum;
mod v1;
mod v2;

use std::net::SocketAddr;

use super::Refused;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The client, and the address it connected to. `None` if the balancer speaks for itself (a health check) or
    /// doesn't know: then the connection's own addresses count.
    pub addresses: Option<Addresses>,
    /// How many bytes the header has.
    pub len: usize,
}

/// The ends of the connection that the balancer accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The client's.
    pub source: SocketAddr,
    /// The balancer's.
    pub destination: SocketAddr,
}

/// The longest header that is accepted.
pub const LONGEST: usize = v2::LONGEST;

/// Reads the header at the beginning of `bytes`; `None` while it is incomplete. What can't become one is refused at once.
pub fn parse(bytes: &[u8]) -> Result<Option<Header>, Refused> {
    match bytes.first() {
        None => Ok(None),
        Some(b'P') => v1::parse(bytes),
        Some(b'\r') => v2::parse(bytes),
        Some(_) => Err(Refused::ProxyHeaderMissing),
    }
}

/// Whether `bytes` begin with `text`; `None` while they could still.
fn begins_with(bytes: &[u8], text: &[u8]) -> Result<Option<()>, Refused> {
    let common = bytes.len().min(text.len());
    match bytes[..common] == text[..common] {
        true if common == text.len() => Ok(Some(())),
        true => Ok(None),
        false => Err(Refused::ProxyHeaderMissing),
    }
}
