//! How work reaches a backend.

mod proxy;

pub(crate) use proxy::SECURE_WORDS_PER_REQUEST;
pub use proxy::{Knowledge, PolicyRng, Proxy};
