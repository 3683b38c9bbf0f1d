//! What holds of every outcome, whatever was simulated.

// `--cfg loom` is for the model checkers: it changes nothing here, and this is the slowest part of the tests.
#![cfg(not(loom))]

mod any_operations;
mod any_scenario;
mod budgets;
mod comparisons;
mod conservation;
mod conservation_at_every_instant;
mod two_worlds;
