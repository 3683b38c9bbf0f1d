//! The simulator against queueing theory, each model against its exact value, at loads of 0.8 and more: at 0.3 a
//! wrong simulator agrees, too.
//!
//! Every comparison makes two assertions: the 99.9 % Student-t interval over the replications has a half-width of
//! less than 1 % of the exact value, and it contains that value. The seed is 1 everywhere and was fixed before the
//! first run. Tests with the same kind of traffic therefore see the same gaps and demands, and where chance has
//! brought a little too much work in one it has in most: their deviations are not independent.
//! `-- --nocapture` shows what was found.

// `--cfg loom` is for the model checkers: it changes nothing here, and this is the slowest part of the tests.
#![cfg(not(loom))]

mod amplification;
mod bounded_queue;
mod breakdowns;
mod bursts;
mod closed_loop;
mod codel;
mod contended_backoff;
mod coverage;
mod exact_chain;
mod general_service;
mod hedging;
mod last_come;
mod mean_field;
mod metastable;
mod old_information;
mod patience;
mod processor_sharing;
mod several_servers;
mod shortest_queue;
mod single_server;
mod slow_start;
mod splitting;
