//! How work reaches a backend.

mod proxy;

pub use proxy::{Knowledge, PolicyRng, Proxy};
