//! Serving connections: reading requests, waiting for a turn, writing answers, and noticing who is too slow.

mod answer;
mod arrive;
mod buffer;
mod client;
mod connection;
mod context;
mod deadlines;
mod gate;
mod logged;
mod run;
mod sleep;
#[cfg(test)]
mod tests;

pub use answer::{TEXT, Whole, refusal};
pub use arrive::{Front, arrive};
pub use buffer::{Buffer, Memory, USUAL};
pub use client::Client;
pub use connection::{Answer, Broken, Connection, Peer, Transport};
pub use context::Context;
pub use deadlines::{Deadlines, Expired, Watch};
pub use gate::{Entered, Full, Gate, Pool};
pub use run::{After, LARGE, Service, serve_connection};
pub use sleep::sleep;
