//! What the command lines of the programs have in common.
//!
//! A setting is text under the long name of its flag, whoever gave it: [`typed`] reads flags and environment into a
//! [`Table`], to which programs add what their files say. From there everything is read and refused alike:
//! [`value`] and [`Pairs`] are the grammar, [`strategy`], [`requests`], [`backends`], [`admission`] and [`pool`] read
//! what `policy` can be told, so that the simulator and the server take the same words for the same thing. What was
//! resolved and from where is put on record in a [`Config`].

pub mod admission;
pub mod backends;
mod config;
mod failure;
mod pairs;
pub mod pool;
pub mod requests;
mod shown;
pub mod strategy;
mod table;
pub mod typed;
pub mod value;

pub use config::Config;
pub use failure::{Failure, FailureStatus, INTERRUPTED, Status};
pub use pairs::{Pairs, Written, jitter};
pub use shown::{Shown, Spec, Specs, Word};
pub use table::{Given, Origin, Table};
