//! Fields that mean something to the connection itself.

/// A field's name, as far as reading a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Connection,
    ContentLength,
    Expect,
    Host,
    KeepAlive,
    ProxyConnection,
    Te,
    TransferEncoding,
    Upgrade,
    Other,
}

impl Known {
    /// By length first: one comparison of texts at most, and for most fields none.
    #[inline(always)]
    pub(super) fn of(name: &[u8]) -> Known {
        let (text, known): (&[u8], _) = match (name.len(), name[0] | 0x20) {
            (2, b't') => (b"te", Known::Te),
            (4, b'h') => (b"host", Known::Host),
            (6, b'e') => (b"expect", Known::Expect),
            (7, b'u') => (b"upgrade", Known::Upgrade),
            (10, b'c') => (b"connection", Known::Connection),
            (10, b'k') => (b"keep-alive", Known::KeepAlive),
            (14, b'c') => (b"content-length", Known::ContentLength),
            (16, b'p') => (b"proxy-connection", Known::ProxyConnection),
            (17, b't') => (b"transfer-encoding", Known::TransferEncoding),
            _ => return Known::Other,
        };
        if name.eq_ignore_ascii_case(text) {
            known
        } else {
            Known::Other
        }
    }

    /// Whether it is for the next recipient only (RFC 9110, 7.6.1), even where `Connection` doesn't say so.
    #[inline(always)]
    pub(super) fn is_hop_by_hop(self) -> bool {
        !matches!(
            self,
            Known::ContentLength | Known::Expect | Known::Host | Known::Other
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_nothing_like_them() {
        for (name, known) in [
            ("connection", Known::Connection),
            ("content-length", Known::ContentLength),
            ("expect", Known::Expect),
            ("host", Known::Host),
            ("keep-alive", Known::KeepAlive),
            ("proxy-connection", Known::ProxyConnection),
            ("te", Known::Te),
            ("transfer-encoding", Known::TransferEncoding),
            ("upgrade", Known::Upgrade),
        ] {
            assert_eq!(Known::of(name.as_bytes()), known);
            assert_eq!(Known::of(name.to_uppercase().as_bytes()), known);
            assert_eq!(
                Known::of(name.replace(['e', 'o'], "x").as_bytes()),
                Known::Other
            );
        }
    }
}
