//! What goes wrong, as data: which backends, when, and how.
//!
//! [`Fault`] is what a user writes, [`Schedule`] turns faults into one transition after the other, and
//! [`Conditions`] is what then holds of each backend. None of them acts: the world does.

mod condition;
mod machine;
mod parse;
mod schedule;
mod spec;
mod targets;
mod trigger;

pub use condition::{Changed, Conditions};
pub use schedule::{Effect, Schedule, Transition};
pub use spec::{Cold, Fault, Kind, Recurrence, Span};
pub use targets::Targets;
pub use trigger::{Trigger, triggers};
