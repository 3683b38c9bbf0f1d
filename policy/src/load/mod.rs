//! Measuring, kept apart from choosing: how loaded a backend is and how fast it answers.
//! Reading a measurement never changes it.

mod ewma_sum;
mod peak_ewma;
mod relative;

pub use ewma_sum::EwmaSum;
pub use peak_ewma::PeakEwma;
pub use relative::Load;
