//! Passing connections to another process (SCM_RIGHTS), one a message, over a pair of sequenced-packet sockets.
//!
//! The message says where the connection is from, so that its receiver need not ask the kernel again.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};

/// An address: 16 bytes as of IPv6, 2 of the port. A message must not be empty anyway: that would mean the end.
const ADDRESS: usize = 18;

/// Two ends.
///
/// # Errors
/// If there are no descriptors left.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let pair = rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
    Ok(pair)
}

/// Passes `descriptor` on, a connection from `peer`. `false` if whoever receives has too many that it did not take yet.
///
/// # Errors
/// If nobody will take it.
pub(crate) fn pass(to: impl AsFd, descriptor: impl AsFd, peer: SocketAddr) -> io::Result<bool> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = [descriptor.as_fd()];
    control.push(SendAncillaryMessage::ScmRights(&descriptors));
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    match rustix::net::sendmsg(to, &[IoSlice::new(&to_bytes(peer))], &mut control, flags) {
        Ok(_) => Ok(true),
        // The socket is full, or too many descriptors are on their way.
        Err(Errno::AGAIN | Errno::NOBUFS | Errno::TOOMANYREFS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What became of receiving.
#[derive(Debug)]
pub(crate) enum Received {
    /// A connection, and where it is from.
    Connection(OwnedFd, SocketAddr),
    /// One that this process had no room for: it is lost.
    Lost,
    /// Nothing yet.
    Nothing,
    /// Nothing ever again.
    End,
}

/// Receives a connection, if one was passed.
///
/// # Errors
/// If the socket is none.
pub(crate) fn receive(from: impl AsFd) -> io::Result<Received> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut address = [0; ADDRESS];
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let into = &mut [IoSliceMut::new(&mut address)];
    let bytes = match rustix::net::recvmsg(from, into, &mut control, flags) {
        Ok(received) => received.bytes,
        Err(Errno::AGAIN | Errno::INTR) => return Ok(Received::Nothing),
        Err(Errno::CONNRESET) => return Ok(Received::End),
        Err(error) => return Err(error.into()),
    };
    let mut descriptors = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    Ok(match descriptors.next().and_then(|mut some| some.next()) {
        Some(descriptor) => Received::Connection(descriptor, of_bytes(address)),
        None if bytes == 0 => Received::End,
        None => Received::Lost,
    })
}

fn to_bytes(address: SocketAddr) -> [u8; ADDRESS] {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    let mut bytes = [0; ADDRESS];
    bytes[..16].copy_from_slice(&ip.octets());
    bytes[16..].copy_from_slice(&address.port().to_be_bytes());
    bytes
}

fn of_bytes(bytes: [u8; ADDRESS]) -> SocketAddr {
    let (ip, port) = bytes.split_first_chunk().expect("16 of 18");
    let port = u16::from_be_bytes([port[0], port[1]]);
    SocketAddr::new(Ipv6Addr::from(*ip).to_canonical(), port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    const PEER: &str = "192.0.2.7:4711";

    #[test]
    fn addresses_of_both_kinds_come_through() {
        for text in [PEER, "[2001:db8::1]:65535", "[::1]:1"] {
            let address = text.parse().unwrap();
            assert_eq!(of_bytes(to_bytes(address)), address);
        }
    }

    #[test]
    fn what_is_passed_is_the_same_open_thing() {
        let (master, worker) = pair().unwrap();
        assert!(matches!(receive(&worker).unwrap(), Received::Nothing));
        let (mut near, far) = UnixStream::pair().unwrap();
        assert!(pass(&master, &far, PEER.parse().unwrap()).unwrap());
        drop(far);
        let Received::Connection(far, peer) = receive(&worker).unwrap() else {
            panic!("nothing came");
        };
        assert_eq!(peer.to_string(), PEER);
        near.write_all(b"hello").unwrap();
        let mut heard = [0; 5];
        UnixStream::from(far).read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"hello");
        drop(master);
        assert!(matches!(receive(&worker).unwrap(), Received::End));
    }

    #[test]
    fn a_receiver_that_sleeps_gets_so_many_and_no_more() {
        let (master, worker) = pair().unwrap();
        let peer = PEER.parse().unwrap();
        let passed = (0..100_000).take_while(|_| pass(&master, &master, peer).unwrap());
        let passed = passed.count();
        assert!((8..100_000).contains(&passed), "{passed}");
        assert!(matches!(
            receive(&worker).unwrap(),
            Received::Connection(..)
        ));
        assert!(pass(&master, &master, peer).unwrap());
        drop(worker);
        assert!(pass(&master, &master, peer).is_err());
    }
}
