//! What the workspace's tests have in common.
//!
//! [`setup`] builds scenarios, [`measure`] runs them and reads off numbers, [`verdict`] holds the numbers
//! against exact ones, and [`exact`] says what is exact: formulas and small Markov chains, solved without the
//! simulator. Times are in units of the mean service, [`setup::UNIT_SECONDS`].

pub mod exact;
pub mod measure;
pub mod setup;
pub mod verdict;
