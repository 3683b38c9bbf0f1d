//! A second, independent engine, held against the simulator to the last digit.
//!
//! It has no events, no agenda, no stations and no request records. First come, first served on one server is
//! Lindley's recursion (1952): a service begins when the request has come and the one before it has left,
//! D_k = max(A_k, D_{k-1}) + S_k. With several servers it begins when the first of them is free (Kiefer and
//! Wolfowitz 1955). At the same seed it draws the same arrivals, demands, keys and picks, so every request has the
//! same response time in both.

// `--cfg loom` is for the model checkers: it changes nothing here, and this is the slowest part of the tests.
#![cfg(not(loom))]

mod blind;
mod compare;
mod counting;
mod lindley;
