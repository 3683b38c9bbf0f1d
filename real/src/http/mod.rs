//! HTTP/1.1 without input and output: bytes in, decisions out (RFC 9110, RFC 9112).
//!
//! Whoever owns a connection hands in the bytes it has; these types say what they mean, how many of them that took, or
//! why they are refused. Nothing here waits, reads a clock or allocates from one request to the next.
//!
//! A head is read in one pass, and what a server must know of it (framing, persistence, host, which fields end at this
//! hop) is found on the way. Where a recipient may be lenient, this one is strict: what two programs on the way of a
//! request could read in two ways is refused, because that is how requests are smuggled. `real/tests/parser/shapes/`
//! is the list of what is refused, and by which section of which RFC.

mod body;
mod chunked;
mod connection;
mod date;
mod field;
mod fields;
mod framing;
mod host;
mod known;
mod limits;
mod method;
pub mod proxy_protocol;
mod refused;
mod request;
mod request_line;
mod response;
mod span;
mod status;
mod stop;
mod target;
mod token;
mod trailers;
mod version;
pub mod write;

pub use body::{BodyReader, Piece};
pub use date::DateCache;
pub use field::Field;
pub use framing::Framing;
pub use limits::Limits;
pub use method::Method;
pub use refused::Refused;
pub use request::RequestHead;
pub use response::ResponseHead;
pub use span::Span;
pub use status::reason;
pub use target::Form;
pub use version::Version;
