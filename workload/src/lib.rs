//! What both the simulator and the load generator draw from.
//!
//! A workload is a deterministic function of its specification and a seed: the k-th request has an arrival
//! time, a service demand and a key. Whoever asks, in whatever order, gets the same sequence.

pub mod arrivals;
mod decimal;
pub mod demand;
pub mod key;
pub mod quantity;
pub mod sampling;
mod spec;
pub mod stream;
pub mod trace;

pub use spec::SpecError;
