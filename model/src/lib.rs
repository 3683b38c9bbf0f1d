//! Checks with teeth: what `policy` claims, under loom, shuttle, explicit-state search and real threads.

pub mod check;
pub mod child;
pub mod explicit;
pub mod job;
pub mod linear;
pub mod mutate;
pub mod platform;
pub mod property;
pub mod suite;
pub mod watch;
