//! The server as its users meet it: real processes, real sockets, real signals.
//!
//! What needs minutes is the deep tier, which `cargo test -p real --test e2e -- --ignored` runs. How many requests the tests
//! without a failed request make is set by `EVENKEEL_E2E_REQUESTS` (12,000; the deep tier makes 100,000).
//!
//! No test depends on the machine's speed: bounds are counts, or relative to what was measured a moment before, and
//! deadlines are only there so that nothing hangs.
#![cfg(not(loom))]
#![expect(
    clippy::disallowed_methods,
    reason = "other processes are waited for, in real time"
)]

mod harness;

mod accept;
mod attack;
mod change;
mod crash;
mod descriptors;
mod idle;
mod instruments;
mod stop;
mod upstream;
