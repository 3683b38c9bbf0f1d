//! A memory that watches another: it knows every atomic step's place in the source, and can change one.
//!
//! What it watches for, and what it changes, belongs to a [`Run`], which stands beside the code under check: the
//! structures know nothing of it. Three things can be changed, each at one place at a time:
//!
//! - one step's ordering or atomicity ([`Mutation`]), to see whether any property notices;
//! - a process's life, ended before its n-th step ([`Change::kill`]): from there on its steps have no effect;
//! - a weak compare-and-swap, failed without a reason ([`Change::fail_spuriously`]).

mod cell;
mod memory;
mod mutation;
mod run;
mod step;

pub use memory::Watched;
pub use mutation::Mutation;
pub use run::{Change, Run, STOPPED, mortal, reached, steps_of};
pub use step::{Call, Operation, Site, Step};
