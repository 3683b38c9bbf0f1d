//! Who gets how much: shares and placements as the simulator deals them out, against what each strategy states.

// `--cfg loom` is for the model checkers: it changes nothing here, and this is the slowest part of the tests.
#![cfg(not(loom))]

mod bound;
mod disruption;
mod ring;
mod support;
mod weights;
