//! Sockets that this process was started with: by systemd, or by the master whose place it takes.

use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use serde::{Deserialize, Serialize};

use crate::sys;

/// The variable in which a master finds what its predecessor hands on.
pub(super) const HANDED_ON: &str = "REAL_HANDED_ON";
/// What a child must not take for meant for itself.
pub(super) const OURS: [&str; 5] = [
    HANDED_ON,
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "NOTIFY_SOCKET",
];
/// The first descriptor that systemd passes.
const FIRST: RawFd = 3;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Inherited {
    /// Listening sockets for requests.
    pub(super) listeners: Vec<OwnedFd>,
    /// The listening socket of the admin pages.
    pub(super) admin: Option<OwnedFd>,
    /// Over which the predecessor waits to hear that its successor serves.
    pub(super) predecessor: Option<UnixStream>,
}

/// What a master hands on, by the numbers that its successor has for them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HandedOn {
    pub(super) listeners: Vec<RawFd>,
    pub(super) admin: Option<RawFd>,
    pub(super) line: RawFd,
}

impl Inherited {
    /// Takes over what there is. To be called once, before anything else.
    ///
    /// # Errors
    /// If something was announced that is not there.
    pub(super) fn take() -> io::Result<Inherited> {
        if let Some(text) = variable(HANDED_ON) {
            return Inherited::from_predecessor(&serde_json::from_str(&text)?);
        }
        let for_us =
            variable("LISTEN_PID").is_some_and(|pid| pid == std::process::id().to_string());
        let sockets = variable("LISTEN_FDS").and_then(|number| number.parse().ok());
        match (for_us, sockets) {
            (true, Some(sockets)) => {
                let names = variable("LISTEN_FDNAMES").unwrap_or_default();
                Inherited::from_systemd(sockets, &names)
            }
            _ => Ok(Inherited::default()),
        }
    }

    fn from_predecessor(handed: &HandedOn) -> io::Result<Inherited> {
        let listeners = handed
            .listeners
            .iter()
            .map(|&number| sys::inherited(number));
        Ok(Inherited {
            listeners: listeners.collect::<io::Result<_>>()?,
            admin: handed.admin.map(sys::inherited).transpose()?,
            predecessor: Some(sys::inherited(handed.line)?.into()),
        })
    }

    /// sd_listen_fds(3). The one named `admin` is for the admin pages, all others are for requests.
    fn from_systemd(sockets: RawFd, names: &str) -> io::Result<Inherited> {
        let mut inherited = Inherited::default();
        let names = names.split(':').chain(std::iter::repeat(""));
        for (number, name) in (FIRST..FIRST.saturating_add(sockets)).zip(names) {
            let socket = sys::inherited(number)?;
            match name {
                "admin" => inherited.admin = Some(socket),
                _ => inherited.listeners.push(socket),
            }
        }
        Ok(inherited)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is no configuration: systemd, and our predecessor, have no other way to tell"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::IntoRawFd;

    /// A descriptor as one is inherited: not closed on execution.
    fn number(of: impl Into<OwnedFd>) -> RawFd {
        rustix::io::dup(of.into()).unwrap().into_raw_fd()
    }

    #[test]
    fn a_successor_has_what_it_was_handed() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let handed = HandedOn {
            listeners: vec![number(listener)],
            admin: None,
            line: number(theirs),
        };
        let text = serde_json::to_string(&handed).unwrap();
        let inherited = Inherited::from_predecessor(&serde_json::from_str(&text).unwrap()).unwrap();
        let listener = std::net::TcpListener::from(inherited.listeners.into_iter().next().unwrap());
        assert_eq!(listener.local_addr().unwrap(), address);
        assert!(inherited.predecessor.is_some() && inherited.admin.is_none());
        drop(ours);
        // Nothing is taken twice.
        assert!(Inherited::from_predecessor(&handed).is_err());
    }
}
