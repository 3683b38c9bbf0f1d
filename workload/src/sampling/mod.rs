//! Samplers from which every distribution here is made: uniform, exponential, normal.
//!
//! Written here rather than taken from `rand_distr`, because that crate's results depend on which features
//! other crates of the build happen to enable (a platform's `exp` or libm's). These are the same bits
//! everywhere, and golden tests pin them.

mod exp1;
mod normal;
mod uniform;
mod ziggurat;

pub use exp1::Exp1;
pub use normal::Normal;
pub use uniform::{uniform_below, uniform_open, uniform01};
