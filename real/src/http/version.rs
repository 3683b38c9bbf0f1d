//! The version of a message (RFC 9112, 2.3).

use super::Refused;

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

    /// From the beginning of `bytes`; `None` while it could still become one.
    #[inline]
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Version>, Refused> {
        match bytes.first_chunk() {
            Some(b"HTTP/1.1") => Ok(Some(Version::Http11)),
            Some(b"HTTP/1.0") => Ok(Some(Version::Http10)),
            _ => Self::other(bytes).map_or(Ok(None), Err),
        }
    }

    /// Why `bytes` begin with no version that is spoken; `None` if they only end too early.
    #[cold]
    fn other(bytes: &[u8]) -> Option<Refused> {
        const NAME: &[u8] = b"HTTP/";
        let common = NAME.len().min(bytes.len());
        if bytes[..common] != NAME[..common] {
            return Some(Refused::VersionInvalid);
        }
        match bytes[common..] {
            [] | [b'1'] | [b'1', b'.'] => None,
            [b'1', b'.', b'0'..=b'9', ..] => Some(Refused::VersionUnsupported),
            [b'1', ..] => Some(Refused::VersionInvalid),
            [b'0'..=b'9', ..] => Some(Refused::VersionUnsupported),
            _ => Some(Refused::VersionInvalid),
        }
    }
}
