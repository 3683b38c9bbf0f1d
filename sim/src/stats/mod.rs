//! From runs to statements: when the start no longer matters, how sure a mean is, what differs.

mod interval;
mod mser;
mod student;

pub use interval::{Interval, batch_interval, interval};
pub use mser::{WarmUp, mser};
pub use student::quantile;
