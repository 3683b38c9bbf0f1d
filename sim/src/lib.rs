//! A deterministic discrete-event simulator of backends behind balancers whose decisions are made by the
//! `policy` crate: the code that is simulated is the code that serves.
//!
//! Entry points: [`scenario::Scenario`] (what to simulate), [`run::run`] (one replication of one strategy),
//! [`study::simulate`] (all of them, compared, with intervals).

pub mod accept;
pub mod attempt;
pub mod client;
mod control;
pub mod fault;
pub mod operations;
pub mod outcome;
pub mod probe;
pub mod report;
pub mod request;
pub mod run;
pub mod scenario;
pub mod station;
pub mod stats;
pub mod study;
mod timeouts;
mod timers;
pub mod world;
