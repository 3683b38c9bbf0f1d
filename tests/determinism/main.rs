//! Same seed, same bytes: any number of threads, run after run, build after build.

// `--cfg loom` is for the model checkers: it changes nothing here, and this is the slowest part of the tests.
#![cfg(not(loom))]

mod golden;
mod threads;
