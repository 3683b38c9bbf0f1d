//! What a request wants done (RFC 9110, 9).

use super::Span;

/// One method a line.
macro_rules! methods {
    ($($(#[$doc:meta])* $Variant:ident $name:literal;)*) => {
        /// What a request wants done.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum Method {
            $($(#[$doc])* $Variant,)*
            /// One that means nothing here, and where it stands in the head.
            Other(Span),
        }

        impl Method {
            /// By its name, which stands at `span`. Names are case-sensitive.
            #[inline]
            pub(super) fn of(name: &[u8], span: Span) -> Method {
                match name {
                    $($name => Method::$Variant,)*
                    _ => Method::Other(span),
                }
            }

            /// Its name, given the bytes its head was read from.
            #[inline]
            pub fn name<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
                match self {
                    $(Method::$Variant => $name,)*
                    Method::Other(span) => span.of(bytes),
                }
            }
        }
    };
}

methods! {
    /// The usual one.
    #[default]
    Get b"GET";
    /// Like GET, without the body.
    Head b"HEAD";
    /// Whatever the target does with a body.
    Post b"POST";
    /// Replace the target.
    Put b"PUT";
    /// Remove it.
    Delete b"DELETE";
    /// What can be done with it.
    Options b"OPTIONS";
    /// Send the request back.
    Trace b"TRACE";
    /// Change the target in part (RFC 5789).
    Patch b"PATCH";
    /// Make a tunnel.
    Connect b"CONNECT";
}

impl Method {
    /// Whether doing it asks for no change (RFC 9110, 9.2.1).
    #[inline]
    pub fn is_safe(&self) -> bool {
        matches!(
            self,
            Method::Get | Method::Head | Method::Options | Method::Trace
        )
    }

    /// Whether doing it twice is doing it once (RFC 9110, 9.2.2). What isn't known isn't known to be.
    #[inline]
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self, Method::Put | Method::Delete)
    }
}
