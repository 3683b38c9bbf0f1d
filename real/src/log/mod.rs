//! What is written down: requests in the access log, and what happens to the server on the standard error output.

mod access;
mod diagnostics;

pub use access::{AccessLog, Asked, Entry, Pending};
pub use diagnostics::{FilterError, start};
