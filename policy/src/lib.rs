//! Every decision of a worker pool and its load balancer, as pure code.
//!
//! Nothing here does I/O, reads a clock or the environment, or owns a random generator: the time, the
//! generator and what is known of the backends are arguments. The same code is therefore driven by the
//! simulator, by model checkers and by a real server's request loop.
//!
//! Entry points: [`Balancer`] (a strategy and the fleet it chooses from), [`strategy::Strategy`] (how to
//! choose), [`View`] (what a strategy may know), [`Fleet`] (who is there, how loaded, who is eligible);
//! [`breaker`], [`retry`] and [`backoff`] (whether and when to try), [`deadline`] (until when), [`admission`] (who is
//! let in), [`dispatcher`] (all that one
//! balancer holds against its backends, put together), [`supervise`] (which workers run), [`lifo`] (which connections are kept).

#[macro_use]
mod named;

pub mod admission;
pub mod agenda;
pub mod backoff;
mod balancer;
mod bits;
pub mod breaker;
pub mod deadline;
pub mod dispatcher;
pub mod fleet;
pub mod growth;
pub mod hash;
pub mod health;
mod invalid;
pub mod lifo;
pub mod load;
pub mod outlier;
mod owner;
pub mod random;
pub mod recycle;
pub mod retry;
pub mod shared;
pub mod sizing;
pub mod slow_start;
pub mod standing;
pub mod strategy;
pub mod supervise;
pub mod time;
mod view;

pub use balancer::{Balancer, Chooser};
pub use fleet::Fleet;
pub use invalid::Invalid;
pub use owner::Owner;
pub use view::{BackendId, Member, Request, View, Weight};
