//! Checks of the policy code.

pub mod exact;
