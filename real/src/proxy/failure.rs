//! How an attempt fails, and what the client and the policy are told of it.

use std::fmt;
use std::io;

use policy::retry::Reason;
use rustix::io::Errno;

use crate::http::Refused;
use crate::serve::Broken;

/// Why an attempt has no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection: the reason, and whether time ran out.
    Unconnected(io::Error),
    /// The backend is there, but TLS comes to nothing with it.
    Handshake(io::Error),
    /// No connection in time.
    ConnectTimeout,
    /// The connection ended before the answer did; whether anything of the answer had come.
    Reset {
        /// Whether any of it had come.
        heard: bool,
    },
    /// No answer in time.
    Timeout,
    /// What came is no answer.
    Invalid(Refused),
    /// It is the client's doing, or undoing.
    Client(Broken),
}

impl Failure {
    /// What the policy goes by; `None` if it says nothing of the backend.
    pub(super) fn reason(&self) -> Option<Reason> {
        match self {
            Failure::Unconnected(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Some(Reason::Refused)
            }
            Failure::Unconnected(error) if is_our_own(error) => None,
            Failure::Unconnected(_) | Failure::Handshake(_) | Failure::ConnectTimeout => {
                Some(Reason::Unreachable)
            }
            Failure::Reset { .. } | Failure::Invalid(_) => Some(Reason::Reset),
            Failure::Timeout => Some(Reason::Timeout),
            Failure::Client(_) => None,
        }
    }

    /// What the client is answered with.
    pub(super) fn status(&self) -> u16 {
        match self {
            Failure::ConnectTimeout | Failure::Timeout => 504,
            Failure::Unconnected(error) if is_our_own(error) => 503,
            _ => 502,
        }
    }

    /// More than a client needs to know, for the log.
    pub(super) fn detail(&self) -> String {
        match self {
            Failure::Unconnected(error) => error.to_string(),
            Failure::Handshake(error) => format!("the TLS handshake failed: {error}"),
            other => other.to_string(),
        }
    }

    /// What an error of an established connection means.
    pub(super) fn cut(heard: bool) -> impl Fn(io::Error) -> Failure {
        move |_| Failure::Reset { heard }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Unconnected(error) if is_our_own(error) => {
                f.write_str("no further connection can be made at present")
            }
            Failure::Unconnected(_) => f.write_str("the backend could not be reached"),
            Failure::Handshake(_) => f.write_str("no TLS connection to the backend can be made"),
            Failure::ConnectTimeout => f.write_str("the backend could not be reached in time"),
            Failure::Reset { heard: false } => {
                f.write_str("the backend closed the connection without an answer")
            }
            Failure::Reset { heard: true } => {
                f.write_str("the backend closed the connection within its answer")
            }
            Failure::Timeout => f.write_str("the backend did not answer in time"),
            Failure::Invalid(refused) => {
                write!(f, "what the backend answered is not valid: {refused}")
            }
            Failure::Client(_) => f.write_str("the client went away"),
        }
    }
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Failure::Client(broken)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure::Invalid(refused)
    }
}

/// Whether a connection failed for want of something here: descriptors, ports, memory. No backend is worse for that.
fn is_our_own(error: &io::Error) -> bool {
    let ours = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::ADDRNOTAVAIL,
        Errno::NOBUFS,
        Errno::NOMEM,
    ];
    ours.iter()
        .any(|ours| error.raw_os_error() == Some(ours.raw_os_error()))
}

/// How a status is to be taken: some say that the backend, or what is behind it, failed. A 500 is the answer of an
/// application that works, and a client that can cause one must not be able to open breakers with it.
pub(super) fn of_status(status: u16) -> Option<Reason> {
    match status {
        502 | 504 => Some(Reason::Error),
        503 => Some(Reason::Full),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_lack_is_not_held_against_a_backend() {
        let failure = |errno: Errno| Failure::Unconnected(errno.into());
        assert_eq!(failure(Errno::CONNREFUSED).reason(), Some(Reason::Refused));
        assert_eq!(
            failure(Errno::NETUNREACH).reason(),
            Some(Reason::Unreachable)
        );
        let full = failure(Errno::MFILE);
        assert_eq!((full.reason(), full.status()), (None, 503));
    }
}
