//! Who is let in when there is more than can be served.
//!
//! [`TokenBucket`] limits how many come in a time, [`Limiter`] how many are there at once (a fixed number, or one that
//! [`Aimd`] or [`Gradient`] adapts to what comes back), and [`CoDel`] how long a queue may stay long.

pub mod aimd;
pub mod codel;
mod concurrency;
pub mod gradient;
mod rate;

pub use aimd::Aimd;
pub use codel::{CoDel, Verdict};
pub use concurrency::{Limit, Limiter, Outcome};
pub use gradient::Gradient;
pub use rate::{Rate, TokenBucket};
