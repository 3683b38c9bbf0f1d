//! Trying again: whether, after how long, and at whose expense.
//!
//! [`Retries`] decides whether a failed attempt is made again, [`Delays`] how long to wait before it, [`Budget`] how
//! many of them a service may be asked to bear, and [`Hedge`] when to send a second attempt although the first has not
//! failed yet.

mod budget;
pub mod decide;
mod delay;
mod hedge;
mod reason;

pub use budget::{Budget, Config, Options, State};
pub use decide::{Failed, NoRetry, Retries};
pub use delay::{Delays, Spread};
pub use hedge::{After, Hedge};
pub use reason::{Reason, Reasons};
