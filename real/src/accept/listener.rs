//! Listening sockets: how they are made, and what the kernel keeps for them.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::SocketFlags;
use rustix::net::sockopt;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// A socket that listens at `address`, where others may listen too if `shared_port`.
///
/// What is set here is inherited by the connections that are accepted from it, which saves a system call for each.
///
/// # Errors
/// In a sentence: if the address is taken, say.
pub(crate) fn listen(address: SocketAddr, backlog: u32, shared_port: bool) -> io::Result<OwnedFd> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared_port)?;
    socket.bind(&address.into())?;
    socket.listen(backlog.min(i32::MAX as u32) as i32)?;
    prepare(&socket)?;
    Ok(socket.into())
}

/// Makes `socket`, which may come from somebody else, as ours are.
///
/// # Errors
/// If it is no listening TCP socket.
pub(crate) fn prepare(socket: impl AsFd) -> io::Result<()> {
    let socket = SockRef::from(&socket);
    if !socket.is_listener()? {
        let sentence = "the inherited socket does not listen";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)
}

/// Where `socket` listens.
///
/// # Errors
/// If it is no IP socket.
pub(crate) fn address(socket: impl AsFd) -> io::Result<SocketAddr> {
    let address = rustix::net::getsockname(socket)?;
    Ok(SocketAddr::try_from(address)?)
}

/// Whether others may listen where `socket` does.
pub(crate) fn shares_its_port(socket: impl AsFd) -> bool {
    sockopt::socket_reuseport(socket).unwrap_or(false)
}

/// A connection that somebody made, and from where. `None` if there is none.
///
/// # Errors
/// If there is one and it cannot be had, for want of descriptors or memory. A connection that ended before it was
/// accepted is none.
pub(crate) fn accept(socket: impl AsFd) -> io::Result<Option<(OwnedFd, SocketAddr)>> {
    use rustix::io::Errno;
    const FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

    loop {
        match rustix::net::acceptfrom_with(&socket, FLAGS) {
            Ok((connection, peer)) => {
                let peer = peer.map(SocketAddr::try_from).transpose()?;
                return Ok(peer.map(|peer| (connection, peer)));
            }
            Err(Errno::AGAIN) => return Ok(None),
            Err(error) if is_out_of_something(error) => return Err(error.into()),
            // accept(2): the errors of a connection that is already over, and of signals. The next one may be well.
            Err(_) => {}
        }
    }
}

fn is_out_of_something(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    let ours = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    // Nor will these go away by trying again.
    let wrong = [
        Errno::BADF,
        Errno::INVAL,
        Errno::NOTSOCK,
        Errno::OPNOTSUPP,
        Errno::FAULT,
    ];
    ours.contains(&error) || wrong.contains(&error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    const ANYWHERE: &str = "127.0.0.1:0";

    #[test]
    fn connections_inherit_what_was_set_for_all() {
        let listener = listen(ANYWHERE.parse().unwrap(), 8, false).unwrap();
        assert!(accept(&listener).unwrap().is_none());
        let client = TcpStream::connect(address(&listener).unwrap()).unwrap();
        let (connection, peer) = accept(&listener).unwrap().unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        assert!(SockRef::from(&connection).tcp_nodelay().unwrap());
        assert!(accept(&listener).unwrap().is_none());
    }

    #[test]
    fn a_port_is_shared_only_by_those_who_all_say_so() {
        let one = listen(ANYWHERE.parse().unwrap(), 8, true).unwrap();
        let there = address(&one).unwrap();
        assert!(listen(there, 8, true).is_ok() && shares_its_port(&one));
        assert!(listen(there, 8, false).is_err());
    }

    #[test]
    fn what_does_not_listen_is_refused() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        assert!(
            prepare(&socket)
                .unwrap_err()
                .to_string()
                .contains("does not listen")
        );
    }
}
