//! Checks with teeth: what `policy` claims, under loom, shuttle, explicit-state search and real threads.
//!
//! [`property`] says what must hold, generic over a [`platform`]; [`check`] runs it under each checker; [`watch`] is the
//! memory that sees every atomic step and can change one, which [`mutate`] uses to see whether the checks notice.
//! [`explicit`] searches all states of what is pure, [`museum`] keeps the bugs of others, [`exact`] solves small cases.
//! [`examine`] does all of it, [`report`] prints it.

pub mod check;
pub mod child;
pub mod exact;
pub mod examine;
pub mod explicit;
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
