//! Checks with teeth: what `policy` claims, under loom, shuttle, explicit-state search and real threads.

pub mod check;
pub mod child;
pub mod examine;
pub mod findings;
pub mod job;
pub mod linear;
pub mod museum;
pub mod mutate;
pub mod platform;
pub mod property;
pub mod report;
pub mod suite;
pub mod watch;
