//! How connections come in.

use std::net::SocketAddr;

use policy::time::Duration;
use spec::value::{duration, list, or_none, small_count, switch};
use spec::{Failure, Spec, Specs, Table, Word};

use super::Scoped;
use super::shape::How;
use crate::config::value::{Shared, address, network};
use crate::settings::{Accept, Network, Steering};

const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);
const ADMIN: ([u8; 4], u16) = ([127, 0, 0, 1], 9901);
/// What the kernel keeps in 16 bits.
const MOST_WAITING: u32 = 65_535;

const STEERING: &[(&str, Steering)] = &[("hash", Steering::Hash), ("cpu", Steering::Cpu)];

pub(super) struct Listening {
    pub(super) listen: SocketAddr,
    pub(super) admin: Option<SocketAddr>,
    pub(super) backlog: u32,
    pub(super) accept: Accept,
    pub(super) accept_delay: Duration,
    pub(super) proxy_protocol: bool,
    pub(super) trusted: Vec<Network>,
}

pub(super) fn resolve(scoped: &mut Scoped<'_>) -> Result<Listening, Failure> {
    let accept = accept(scoped)?;
    let delays = accept == Accept::Shared;
    let accept_delay = scoped.where_it_matters(delays, |given| {
        given.or("accept-delay", None, |text| or_none(text, duration))
    })?;
    let given = &mut *scoped.given;
    let listen = given.or("listen", Spec(LISTEN.into()), address)?.0;
    let admin = admin(given, listen)?;
    Ok(Listening {
        listen,
        admin,
        backlog: given.or("backlog", 4096, |text| small_count(text, 1..=MOST_WAITING))?,
        accept,
        accept_delay: accept_delay.unwrap_or(Duration::ZERO),
        proxy_protocol: given.or("proxy-protocol", false, switch)?,
        trusted: trusted(given)?,
    })
}

fn accept(scoped: &mut Scoped<'_>) -> Result<Accept, Failure> {
    Ok(match scoped.shape.accept {
        How::Single => Accept::Single,
        How::Shared => Accept::Shared,
        How::Handoff => Accept::Handoff,
        How::Proxy => Accept::Proxy,
        How::Reuseport => {
            let default = Word::of(Steering::Hash, STEERING);
            let steering = scoped.given.or("steering", default, |text| {
                Word::read(text, "a way to steer", STEERING)
            })?;
            Accept::Reuseport(steering.value)
        }
    })
}

fn admin(given: &mut Table, listen: SocketAddr) -> Result<Option<SocketAddr>, Failure> {
    let default = Some(Spec(ADMIN.into()));
    let admin = given.or("admin", default, |text| or_none(text, address))?;
    let admin: Option<SocketAddr> = admin.map(|Spec(address)| address);
    if admin == Some(listen) && listen.port() != 0 {
        let reason = format!("`{listen}` is where --listen is, and requests are something else");
        return Err(given.refuse("admin", &reason));
    }
    Ok(admin)
}

fn trusted(given: &mut Table) -> Result<Vec<Network>, Failure> {
    let networks = |text: &str| match text.trim() {
        "none" => Ok(Specs(Vec::new())),
        text => list(text, |text| network(text).map(|Spec(network)| network)).map(Specs),
    };
    let Specs(networks) = given.or("trusted-proxies", Specs(Vec::new()), networks)?;
    Ok(networks
        .into_iter()
        .map(|Shared(network)| network)
        .collect())
}
