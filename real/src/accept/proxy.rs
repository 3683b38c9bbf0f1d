//! Balancers accept and choose a worker for each request; a worker has a socket of its own, for them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;

use super::listener;

/// A socket for the balancers of this machine, at a port of the kernel's choice.
///
/// # Errors
/// If there is none.
pub(crate) fn own_socket(backlog: u32) -> io::Result<(OwnedFd, SocketAddr)> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let socket = listener::listen(anywhere, backlog, false)?;
    let address = listener::address(&socket)?;
    Ok((socket, address))
}
