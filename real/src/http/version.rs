//! The version of a message (RFC 9112, 2.3).

use super::Refused;
use super::stop::Stop;

/// The two that are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// No `Host` needed, no transfer codings, connections close unless asked.
    Http10,
    /// Connections stay unless asked.
    #[default]
    Http11,
}

impl Version {
    /// As it is written in a start line.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        }
    }

    /// How long it is written.
    pub(super) const LEN: usize = 8;

    /// From the beginning of `bytes`.
    #[inline]
    pub(super) fn read(bytes: &[u8]) -> Result<Version, Stop> {
        match bytes.first_chunk() {
            Some(b"HTTP/1.1") => Ok(Version::Http11),
            Some(b"HTTP/1.0") => Ok(Version::Http10),
            _ => Err(Self::other(bytes)),
        }
    }

    /// Why `bytes` begin with no version that is spoken.
    #[cold]
    fn other(bytes: &[u8]) -> Stop {
        const NAME: &[u8] = b"HTTP/";
        let common = NAME.len().min(bytes.len());
        if bytes[..common] != NAME[..common] {
            return Refused::VersionInvalid.into();
        }
        match bytes[common..] {
            [] | [b'1'] | [b'1', b'.'] => Stop::Unfinished,
            [b'1', b'.', b'0'..=b'9', ..] => Refused::VersionUnsupported.into(),
            [b'0' | b'2'..=b'9', ..] => Refused::VersionUnsupported.into(),
            _ => Refused::VersionInvalid.into(),
        }
    }
}
