//! Why a message is refused.

use std::fmt;

/// One line a reason: the variant, the status it is answered with, its label in metrics, its sentence.
macro_rules! reasons {
    ($($(#[$doc:meta])* $Variant:ident $status:literal $kind:literal $sentence:literal;)*) => {
        /// Why a message is refused. After any of them nobody knows where the next message begins, so the connection is
        /// closed (RFC 9112, 2.2 and 6.3).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Refused {
            $($(#[$doc])* $Variant,)*
        }

        impl Refused {
            /// All of them.
            pub const ALL: &[Refused] = &[$(Refused::$Variant),*];

            /// What a client is answered with. What an upstream sends is answered with 502, whatever stands here.
            pub fn status(self) -> u16 {
                match self { $(Refused::$Variant => $status,)* }
            }

            /// A label for metrics.
            pub fn kind(self) -> &'static str {
                match self { $(Refused::$Variant => $kind,)* }
            }

            fn sentence(self) -> &'static str {
                match self { $(Refused::$Variant => $sentence,)* }
            }
        }
    };
}

reasons! {
    /// A second empty line, or white space.
    StartInvalid 400 "start_invalid" "before the start line only one empty line (CR LF) is allowed";
    /// A method of other characters, or none.
    MethodInvalid 400 "method_invalid" "the method must be a token (letters, digits and marks such as `-`) followed by one space";
    /// No method that is registered is half as long.
    MethodTooLong 501 "method_too_long" "the method is longer than 32 characters, which none that exists is";
    /// Nothing, or more than one space before it.
    TargetMissing 400 "target_missing" "after the method and one space the request target must follow";
    /// A byte that no URI may contain.
    TargetInvalid 400 "target_invalid" "the request target may contain only visible ASCII characters, and no `#`";
    /// `*` with GET, no port with CONNECT, no leading slash, another scheme ...
    TargetForm 400 "target_form" "the request target must be a path that begins with `/`, an http or https URI with a path, \
        `*` for OPTIONS, or host:port for CONNECT";
    /// HTTP/0.9.
    VersionMissing 400 "version_missing" "the request line must end in a space and `HTTP/1.1` or `HTTP/1.0`";
    /// Lower case, white space, more digits.
    VersionInvalid 400 "version_invalid" "the version must read `HTTP/1.1` or `HTTP/1.0` exactly, with one space before it and none after";
    /// Another version of HTTP, or HTTP/2 without negotiation.
    VersionUnsupported 505 "version_unsupported" "only HTTP/1.1 and HTTP/1.0 are spoken here";
    /// The limit lies in the request line.
    RequestLineTooLong 414 "request_line_too_long" "the request line is longer than a head may be";
    /// The limit lies in the fields.
    HeadTooLong 431 "head_too_long" "the head is longer than the limit";
    /// More lines than the limit.
    TooManyFields 431 "too_many_fields" "the head has more fields than the limit";
    /// LF without CR.
    BareLineFeed 400 "bare_line_feed" "lines must end in CR LF; an LF stands alone";
    /// CR without LF.
    BareCarriageReturn 400 "bare_carriage_return" "lines must end in CR LF; a CR stands alone";
    /// White space after the start line.
    SpaceBeforeFields 400 "space_before_fields" "the line after the start line begins with white space, where a field name must stand";
    /// A continuation line.
    ObsoleteFold 400 "obsolete_fold" "a field is continued on a line that begins with white space (obs-fold); it must stand on one line";
    /// A colon first.
    FieldNameEmpty 400 "field_name_empty" "a field line begins with a colon, where a field name must stand";
    /// Not a token.
    FieldNameInvalid 400 "field_name_invalid" "a field name must be a token (letters, digits and marks such as `-`)";
    /// `Name : value`.
    SpaceBeforeColon 400 "space_before_colon" "between a field name and its colon no white space is allowed";
    /// A line that ends before it has one.
    ColonMissing 400 "colon_missing" "a field line must have a colon after the field name";
    /// A control character.
    FieldValueInvalid 400 "field_value_invalid" "a field value may contain no control characters but tabs";
    /// Required since HTTP/1.1.
    HostMissing 400 "host_missing" "an HTTP/1.1 request must have a Host field";
    /// Two lines.
    HostRepeated 400 "host_repeated" "a request must have only one Host field";
    /// Not `host[:port]`.
    HostInvalid 400 "host_invalid" "Host must be a host name, an IPv4 address or an IPv6 address in brackets, and may have a port";
    /// Two hosts for one request.
    HostDiffers 400 "host_differs" "Host and the request target must name the same host";
    /// Signs, spaces, hexadecimal, leading zeros, lists.
    LengthInvalid 400 "length_invalid" "Content-Length must be one decimal number without sign, spaces or leading zeros";
    /// Above 2^64 - 1.
    LengthOverflow 400 "length_overflow" "Content-Length is above 18446744073709551615";
    /// Two lines, even of the same value.
    LengthRepeated 400 "length_repeated" "a message must have only one Content-Length field";
    /// Both ways of framing.
    LengthAndCoding 400 "length_and_coding" "a message must not have both Content-Length and Transfer-Encoding";
    /// Two lines.
    CodingRepeated 400 "coding_repeated" "a message must have only one Transfer-Encoding field";
    /// Where the body ends is then unknown.
    ChunkedNotLast 400 "chunked_not_last" "the last transfer coding must be `chunked`, without parameters";
    /// `chunked, chunked`.
    ChunkedTwice 400 "chunked_twice" "the transfer coding `chunked` must be applied only once";
    /// Before `chunked`.
    CodingUnknown 501 "coding_unknown" "the only transfer coding known here is `chunked`";
    /// HTTP/1.0 has no transfer codings.
    CodingInOldVersion 400 "coding_in_old_version" "an HTTP/1.0 message must not have a Transfer-Encoding field";
    /// CONNECT has none.
    ConnectWithContent 400 "connect_with_content" "a CONNECT request must have no content";
    /// More than there may be fields.
    TooManyOptions 431 "too_many_options" "Connection lists more options than a head may have fields";
    /// By its length, or by the sum of its chunks.
    BodyTooLong 413 "body_too_long" "the body is longer than the limit";
    /// No digit.
    ChunkSizeInvalid 400 "chunk_size_invalid" "a chunk must begin with its size in hexadecimal digits, followed by `;` or CR LF";
    /// More than 16 digits.
    ChunkSizeOverflow 400 "chunk_size_overflow" "a chunk size has more than 16 hexadecimal digits";
    /// A control character.
    ChunkExtensionInvalid 400 "chunk_extension_invalid" "a chunk extension may contain no control characters but tabs and must end in CR LF";
    /// They mean nothing to anybody, and cost.
    ChunkExtensionsTooLong 431 "chunk_extensions_too_long" "the chunk extensions of one body are longer than 16 KiB together";
    /// More data than its size says, or something else.
    ChunkEndMissing 400 "chunk_end_missing" "after a chunk's data CR LF must follow";
    /// Their own limit.
    TrailersTooLong 431 "trailers_too_long" "the trailers are longer than 8 KiB or have more than 64 fields";
    /// What must be known before the body.
    TrailerForbidden 400 "trailer_forbidden" "a trailer must not be a field that frames, routes, authenticates or describes the message";
    /// Not three digits from 100 on.
    StatusInvalid 400 "status_invalid" "a status line must read `HTTP/1.1`, a space and a status of three digits, from 100 on";
    /// A control character.
    ReasonInvalid 400 "reason_invalid" "a reason phrase may contain no control characters but tabs";
    /// A client that should have sent one.
    ProxyHeaderMissing 400 "proxy_header_missing" "the connection must begin with a PROXY protocol header, version 1 or 2";
    /// Version 1.
    ProxyLineInvalid 400 "proxy_line_invalid" "a PROXY line must read `PROXY TCP4|TCP6 source destination port port` or `PROXY UNKNOWN`, \
        in at most 107 bytes with its CR LF";
    /// Version 2.
    ProxyHeaderInvalid 400 "proxy_header_invalid" "a binary PROXY header must have version 2, the command LOCAL or PROXY, a known \
        address family and as many bytes as its addresses need";
    /// Version 2, with extensions.
    ProxyHeaderTooLong 400 "proxy_header_too_long" "a binary PROXY header is longer than 4 KiB";
    /// Version 2, with a checksum.
    ProxyChecksumWrong 400 "proxy_checksum_wrong" "the checksum of a binary PROXY header doesn't match";
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for Refused {}
