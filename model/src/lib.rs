//! Checks with teeth: what `policy` claims, under loom, shuttle, explicit-state search and real threads.

pub mod check;
pub mod platform;
pub mod property;
pub mod watch;
