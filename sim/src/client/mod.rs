//! Where requests come from.

mod closed;
mod open;
mod redraw;

use policy::time::{Duration, Instant};

pub use closed::{ClosedLoop, Streams};
pub use open::{Demands, OpenLoop, RequestKeys};
pub use redraw::Redraw;

/// One request as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// When.
    pub time: Instant,
    /// Counted from 0 in the order of sending.
    pub number: u64,
    /// Who sends it; 0 in an open loop, where nobody waits.
    pub client: u32,
    /// The work it brings: its service time on a backend of speed 1.
    pub demand: Duration,
    /// What hashing strategies place it by.
    pub key: u64,
}

/// Sends requests, in order of time.
pub trait Client {
    /// When the next request is sent; [`Instant::NEVER`] if none is due unless another ends first.
    fn next_time(&self) -> Instant;

    /// Sends that request. Called only when [`Client::next_time`] has come.
    fn send(&mut self) -> Sent;

    /// The request that `client` waits for was answered or failed at `now`.
    fn ended(&mut self, client: u32, now: Instant);

    /// Whether everything has been sent, so that the system only drains.
    fn is_exhausted(&self) -> bool;

    /// Sends nothing more.
    fn stop(&mut self);
}
