//! What every process counts, on one page of memory that all of them map.
//!
//! A process has a row of its own; a balancer has one more for each backend. Nobody but its process adds to a row, so
//! an add is a load and a store, not a locked instruction, and who reads them, the master for its admin pages, asks
//! nobody. What a process counted outlives it: its successor counts on in the same row. Its gauges do not, and are
//! [cleared](ProcessRow::clear_gauges) by the master once it is gone.
//!
//! [`policy::shared::Counters`] counts the same way but for rows that several may add to, which costs a locked add
//! each, and gives totals only: here a row is read by itself, and has histograms and gauges.

mod backend;
mod histogram;
mod layout;
mod page;
mod process;
mod refusal;
#[cfg(test)]
mod tests;
mod word;

pub use backend::{BackendCount, BackendGauge, BackendRow, Breaker, Health};
pub use histogram::{BOUNDS, Distribution};
pub use layout::{Layout, PageError};
pub use page::Page;
pub use process::{Count, Gauge, ProcessRow};
pub use refusal::Refusal;
