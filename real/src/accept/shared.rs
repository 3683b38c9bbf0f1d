//! Workers accept from one socket, which they inherit: waiting for connections where other processes wait, too.
//!
//! The kernel wakes one of those who wait with EPOLLEXCLUSIVE, and all of those who wait without: of eight idle workers
//! seven are woken for nothing. tokio knows no exclusive waiting, and an epoll of our own behind tokio's does not help:
//! the kernel only takes a wake-up for used if somebody sleeps in that very epoll, and those sleep in tokio's.
//!
//! So the socket goes to tokio's own epoll, under the token of a descriptor that tokio knows and that itself never
//! becomes ready. The kernel's `/proc/self/fdinfo` says which epoll that is and what the token is. Where it does not, the
//! socket is watched as tokio does it, and all are woken.
//!
//! Level-triggered: a connection that is left for the next turn is reported again. Who does not want any stops
//! watching, or it would be reported for ever; and no wake-up is spent on who is not going to accept.

use std::cell::Cell;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::event::{EventfdFlags, epoll, eventfd};
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

use crate::sys;

/// Who is woken by a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waking {
    /// One of the processes that wait, idle ones only.
    One,
    /// All of them.
    All,
}

/// A socket in tokio's epoll. See the [module](self).
#[derive(Debug)]
pub(crate) struct Watch {
    how: How,
    watching: Cell<bool>,
}

#[derive(Debug)]
enum How {
    Exclusively(Exclusive),
    WithAll(AsyncFd<OwnedFd>),
}

#[derive(Debug)]
struct Exclusive {
    socket: OwnedFd,
    epoll: OwnedFd,
    /// Stays registered for as long as the socket goes by its token.
    marker: AsyncFd<OwnedFd>,
    token: u64,
}

/// There may be something at the socket.
pub(crate) struct Woken<'w> {
    watch: &'w Watch,
    ready: AsyncFdReadyGuard<'w, OwnedFd>,
}

impl Watch {
    /// Watches `socket`, within a runtime.
    ///
    /// # Errors
    /// If it cannot be watched.
    pub(crate) fn new(socket: OwnedFd, waking: Waking) -> io::Result<Watch> {
        let how = match waking {
            Waking::One => Exclusive::new(&socket).map(How::Exclusively),
            Waking::All => How::with_all(socket.try_clone()?),
        };
        let how = how.or_else(|error| {
            tracing::warn!(%error, "processes that wait for connections are woken all at once");
            How::with_all(socket)
        })?;
        let watching = Cell::new(matches!(how, How::WithAll(_)));
        let watch = Watch { how, watching };
        watch.resume()?;
        Ok(watch)
    }

    /// The socket itself.
    pub(crate) fn socket(&self) -> BorrowedFd<'_> {
        match &self.how {
            How::Exclusively(exclusive) => exclusive.socket.as_fd(),
            How::WithAll(watched) => watched.get_ref().as_fd(),
        }
    }

    /// Waits for a wake-up.
    ///
    /// # Errors
    /// If the runtime is going away.
    pub(crate) async fn woken(&self) -> io::Result<Woken<'_>> {
        let watched = match &self.how {
            How::Exclusively(exclusive) => &exclusive.marker,
            How::WithAll(watched) => watched,
        };
        let ready = watched.readable().await?;
        Ok(Woken { watch: self, ready })
    }

    /// Wants no wake-ups from now on.
    pub(crate) fn pause(&self) -> io::Result<()> {
        let How::Exclusively(exclusive) = &self.how else {
            return Ok(());
        };
        if self.watching.replace(false) {
            epoll::delete(&exclusive.epoll, &exclusive.socket)?;
        }
        Ok(())
    }

    /// Wants wake-ups again.
    pub(crate) fn resume(&self) -> io::Result<()> {
        let How::Exclusively(exclusive) = &self.how else {
            return Ok(());
        };
        if !self.watching.replace(true) {
            let token = epoll::EventData::new_u64(exclusive.token);
            let when = epoll::EventFlags::IN | epoll::EventFlags::EXCLUSIVE;
            epoll::add(&exclusive.epoll, &exclusive.socket, token, when)?;
        }
        Ok(())
    }
}

impl Woken<'_> {
    /// What `take` finds at the socket. It may be nothing: somebody else was quicker.
    ///
    /// # Errors
    /// `take`'s.
    pub(crate) fn take<T>(
        mut self,
        take: impl FnOnce(BorrowedFd<'_>) -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        let taken = take(self.watch.socket());
        // tokio's own registration tells of changes only, so it is done with when there is nothing left.
        if matches!(self.watch.how, How::Exclusively(_)) || matches!(taken, Ok(None)) {
            self.ready.clear_ready();
        }
        taken
    }
}

impl How {
    fn with_all(socket: OwnedFd) -> io::Result<How> {
        sys::watch(socket).map(How::WithAll)
    }
}

impl Drop for Watch {
    /// Before the marker goes: its token means nothing after that.
    fn drop(&mut self) {
        // It fails if and only if the socket is not there.
        let _ = self.pause();
    }
}

impl Exclusive {
    fn new(socket: &OwnedFd) -> io::Result<Exclusive> {
        let marker = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let marker = sys::watch(marker)?;
        let (epoll, token) = find(marker.as_raw_fd())?;
        Ok(Exclusive {
            socket: socket.try_clone()?,
            epoll: sys::duplicate(epoll)?,
            marker,
            token,
        })
    }
}

/// The epoll that watches `marker`, and under which token.
fn find(marker: RawFd) -> io::Result<(RawFd, u64)> {
    for entry in fs::read_dir("/proc/self/fdinfo")? {
        let entry = entry?;
        // Whatever was closed meanwhile is not it.
        let Ok(info) = fs::read_to_string(entry.path()) else {
            continue;
        };
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let (Some(number), Some(token)) = (number, token_of(&info, marker)) {
            return Ok((number, token));
        }
    }
    Err(io::Error::new(
        io::ErrorKind::NotFound,
        "the runtime's epoll is not to be found in /proc/self/fdinfo",
    ))
}

/// From `tfd:       11 events: 8000201d data: 55d0c0ffee00 pos:0 ...`, a line for each descriptor that is watched.
fn token_of(info: &str, watched: RawFd) -> Option<u64> {
    info.lines().find_map(|line| {
        let mut words = line.strip_prefix("tfd:")?.split_whitespace();
        let number: RawFd = words.next()?.parse().ok()?;
        let mut after = words.skip_while(|&word| word != "data:").skip(1);
        let data = u64::from_str_radix(after.next()?, 16).ok()?;
        (number == watched).then_some(data)
    })
}

#[cfg(test)]
mod tests {
    use super::super::listener::{accept, address, listen};
    use super::*;
    use std::net::TcpStream;
    use std::time::Duration;
    use tokio::time::timeout;

    #[test]
    fn tokens_are_read_as_the_kernel_writes_them() {
        let info = "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1057\n\
                    tfd:        5 events: 80000019 data:         80000000 pos:0 ino:421 sdev:f\n\
                    tfd:       11 events: 8000201d data:     55d0c0ffee00 pos:0 ino:421 sdev:f\n";
        assert_eq!(token_of(info, 11), Some(0x55d0_c0ff_ee00));
        assert_eq!(token_of(info, 1), None);
        assert_eq!(token_of("tfd: 1 events: zz", 1), None);
    }

    fn watch(waking: Waking) -> (Watch, std::net::SocketAddr) {
        let socket = listen("127.0.0.1:0".parse().unwrap(), 8, false).unwrap();
        let address = address(&socket).unwrap();
        (Watch::new(socket, waking).unwrap(), address)
    }

    /// Whether it is woken within 20 ms, and then what it finds.
    async fn wake(watch: &Watch) -> Option<bool> {
        let woken = timeout(Duration::from_millis(20), watch.woken())
            .await
            .ok()?;
        let found = woken.unwrap().take(|socket| accept(socket)).unwrap();
        Some(found.is_some())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn each_connection_is_one_wake_up() {
        let (watch, address) = watch(Waking::One);
        assert!(matches!(watch.how, How::Exclusively(_)), "no fdinfo here?");
        let _clients = [(); 3].map(|()| TcpStream::connect(address).unwrap());
        for expected in [Some(true), Some(true), Some(true), None] {
            assert_eq!(wake(&watch).await, expected);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn watched_with_all_the_last_wake_up_finds_nothing() {
        let (watch, address) = watch(Waking::All);
        let _clients = [(); 2].map(|()| TcpStream::connect(address).unwrap());
        for expected in [Some(true), Some(true), Some(false), None] {
            assert_eq!(wake(&watch).await, expected);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_pauses_is_not_woken() {
        let (watch, address) = watch(Waking::One);
        watch.pause().unwrap();
        let _client = TcpStream::connect(address).unwrap();
        assert_eq!(wake(&watch).await, None);
        watch.resume().unwrap();
        assert_eq!(wake(&watch).await, Some(true));
    }
}
