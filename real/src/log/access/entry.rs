//! What a line says.

use std::net::{IpAddr, Ipv4Addr};

use policy::time::{Duration, Instant};

/// What was asked for, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The client.
    pub client: IpAddr,
    /// Its method.
    pub method: &'a [u8],
    /// The target, its query included.
    pub target: &'a [u8],
    /// Whether it speaks HTTP/1.0.
    pub is_http10: bool,
    /// `Referer`.
    pub referer: Option<&'a [u8]>,
    /// `User-Agent`.
    pub user_agent: Option<&'a [u8]>,
}

impl Asked<'_> {
    pub(super) fn protocol(&self) -> &'static [u8] {
        match self.is_http10 {
            true => b"HTTP/1.0",
            false => b"HTTP/1.1",
        }
    }
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Asked {
            client: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            method: b"",
            target: b"",
            is_http10: false,
            referer: None,
            user_agent: None,
        }
    }
}

/// A request and what became of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'a> {
    /// What was asked for.
    pub asked: Asked<'a>,
    /// When its head was there.
    pub arrived: Instant,
    /// The answer's status; 0 if the client went away first, which is written as nginx's 499.
    pub status: u16,
    /// Bytes of its body.
    pub bytes_in: u64,
    /// Bytes of the answer.
    pub bytes_out: u64,
    /// How long it was worked on, which is its demand in a simulation; waiting is not counted. Zero if nobody knows:
    /// then the response time is written, of which it was a part.
    pub service: Duration,
    /// From its arrival to the end of the answer.
    pub response: Duration,
    /// Who answered behind a balancer.
    pub backend: Option<&'a str>,
    /// How many were asked.
    pub attempts: u32,
}

impl Entry<'_> {
    pub(super) fn written_service(&self) -> Duration {
        match self.service {
            Duration::ZERO => self.response,
            service => service,
        }
    }

    pub(super) fn written_status(&self) -> u64 {
        match self.status {
            0 => 499,
            status => u64::from(status),
        }
    }
}

/// What was asked for, kept. Costs no allocation once buffers go round.
#[derive(Debug)]
pub struct Pending {
    client: IpAddr,
    is_http10: bool,
    /// Method, target, referer, user agent, one after the other, each with where it ends.
    text: Vec<u8>,
    ends: [usize; 4],
    has: [bool; 2],
}

impl Pending {
    pub(super) fn new(asked: &Asked<'_>, mut text: Vec<u8>) -> Pending {
        text.clear();
        let parts = [
            asked.method,
            asked.target,
            asked.referer.unwrap_or_default(),
            asked.user_agent.unwrap_or_default(),
        ];
        let ends = parts.map(|part| {
            text.extend_from_slice(part);
            text.len()
        });
        Pending {
            client: asked.client,
            is_http10: asked.is_http10,
            text,
            ends,
            has: [asked.referer.is_some(), asked.user_agent.is_some()],
        }
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        let [method, target, referer, user_agent] = self.ends;
        let text = &self.text;
        Asked {
            client: self.client,
            method: &text[..method],
            target: &text[method..target],
            is_http10: self.is_http10,
            referer: self.has[0].then(|| &text[target..referer]),
            user_agent: self.has[1].then(|| &text[referer..user_agent]),
        }
    }

    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.text
    }
}
