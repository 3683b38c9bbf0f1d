//! A descriptor kept for when there are no more.
//!
//! A process that has no descriptor left can neither accept a connection nor refuse it: it waits in the kernel and the
//! socket stays ready, so that whoever watches it spins. The one that is kept is given up for it: the connection is
//! accepted and closed at once, and its client knows.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use super::listener;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Reserve(Option<File>);

impl Reserve {
    /// Takes one.
    pub(crate) fn new() -> Reserve {
        Reserve(open())
    }

    /// Closes one connection of `socket`, if one waits. Whether one did.
    pub(crate) fn turn_away(&mut self, socket: impl AsFd) -> io::Result<bool> {
        drop(self.0.take());
        let turned_away = listener::accept(socket).map(|connection| connection.is_some());
        self.0 = open();
        turned_away
    }
}

fn open() -> Option<File> {
    File::open("/dev/null").ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpStream;

    #[test]
    fn who_is_turned_away_knows_it() {
        let socket = listener::listen("127.0.0.1:0".parse().unwrap(), 8, false).unwrap();
        let mut client = TcpStream::connect(listener::address(&socket).unwrap()).unwrap();
        let mut reserve = Reserve::new();
        assert!(reserve.turn_away(&socket).unwrap());
        assert!(!reserve.turn_away(&socket).unwrap());
        assert_eq!(client.read(&mut [0; 8]).unwrap_or(0), 0);
    }
}
